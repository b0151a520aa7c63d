"""Who may do what. A principal comes from a credential that was checked, never from an argument."""

from typing import Literal

from finops.errors import Forbidden
from finops.query import Frozen

Role = Literal["analyst", "approver", "admin"]
Permission = Literal[
    "ask",
    "propose",
    "approve",
    "reject",
    "execute",
    "undo",
    "ingest",
    "manage_people",
    "read_audit",
    "exempt",
    "set_team_facts",
]

_ANALYST: frozenset[Permission] = frozenset[Permission]({"ask", "propose", "read_audit"})
_APPROVER: frozenset[Permission] = _ANALYST | frozenset[Permission]({"approve", "reject", "execute", "undo", "exempt"})
_ADMIN: frozenset[Permission] = _APPROVER | frozenset[Permission]({"ingest", "manage_people", "set_team_facts"})
PERMISSIONS: dict[Role, frozenset[Permission]] = {"analyst": _ANALYST, "approver": _APPROVER, "admin": _ADMIN}


class Principal(Frozen):
    """A person who has proved who they are. `local` marks the one person of local mode."""

    name: str
    role: Role
    local: bool = False


def require(principal: Principal, permission: Permission) -> None:
    """Refuse unless the person's role grants `permission`."""
    if permission not in PERMISSIONS[principal.role]:
        able = " or ".join(role for role, granted in PERMISSIONS.items() if permission in granted)
        raise Forbidden(f"`{principal.name}` has the role `{principal.role}` and may not {permission.replace('_', ' ')}",
                        fix=f"ask someone with the role {able}")  # fmt: skip
