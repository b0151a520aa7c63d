"""Resource types: Azure's `microsoft.compute/virtualmachines` to the name of one such resource, `Virtual machine`."""

from collections.abc import Sequence

from connectors.billing.normal.subject import Change, Key, Seen, Subject, replaced
from connectors.billing.normal.tables import key, resource_types


def resource_type(raw: str) -> str | None:
    """Return the name of one resource of a type, None where it is not known. No name is itself a type."""
    return resource_types().get(key(raw))


def changes(seen: Sequence[Seen]) -> dict[Key, Change]:
    """Return what changes among resource types; a type holds a `/`, so that no other provider's can be one."""
    found: dict[Key, Change] = {}
    for one in seen:
        (raw,) = one.key
        change = replaced(SETS, one.key, (resource_type(raw) if raw else None,))
        if change:
            found[one.key] = change
    return found


SETS = ("ResourceType",)
RESOURCE_TYPES = Subject("resource types", SETS, SETS, changes)
