"""Every error a person or a model can meet.

TollError
├── BadInput          exit 2: a file, an argument or a question that cannot be used
│   ├── BadFile       the file, or a row of it, is not what it should be
│   ├── UnknownName   a name that does not exist, with the nearest that does
│   └── ToolError     a tool call that cannot be answered; the only one that goes back to a model
├── Refused           exit 1: understood, and not done
│   ├── Forbidden     the person may not do this
│   ├── Denied        a policy forbids it; carries the deciding policies
│   ├── Capped        a cap on what models may cost leaves no room for it
│   └── StateConflict the proposal is not in a state that allows it
├── Unauthenticated   exit 1: no credential, or one that does not hold
├── Unavailable       exit 1: an endpoint that is down, slow, limited or talks nonsense
└── CheckFailed       exit 1: a check that ran to its end and found a fault

Messages are lower case, carry the user's value in backticks, and end in the fix.
"""

import difflib
from collections.abc import Iterable


class TollError(Exception):
    """Base of every error Tollkeeper raises on purpose; `str()` is the one sentence a person reads."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(f"{message}; {fix}" if fix else message)
        self.message = message
        self.fix = fix


class BadInput(TollError):
    """Input that cannot be used; nothing was changed."""

    exit_code = 2


class BadFile(BadInput):
    """A file that is missing, empty, cut off, wrongly encoded or holds something else."""


class ToolError(BadInput):
    """A tool call that cannot be answered as asked; goes back to the planner as text."""


class UnknownName(ToolError):
    """A name that does not exist: says what it was taken for and the nearest one that does exist."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
        lower = {n.lower(): n for n in names}
        if not near:
            near = [lower[n] for n in difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.5)]
        known_ones = f"known are {', '.join(f'`{n}`' for n in names[:8])}" if names else "there is none yet"
        fix = f"did you mean `{near[0]}`?" if near else known_ones
        super().__init__(f"unknown {what} `{name}`", fix=fix)


class Refused(TollError):
    """Understood and not done."""


class Forbidden(Refused):
    """The person who asks may not do this."""


class Denied(Refused):
    """A policy forbids it. `policies` are the ids that decided."""

    def __init__(self, message: str, *, policies: tuple[str, ...], fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.policies = policies


class Capped(Refused):
    """A cap on what models may cost leaves no room for it; nothing was asked of a model."""


class StateConflict(Refused):
    """The proposal is not in a state from which this step is allowed."""


class Unauthenticated(TollError):
    """No credential, or one that does not hold."""


class Unavailable(TollError):
    """Something outside could not be reached or did not answer in its own protocol."""


class CheckFailed(TollError):
    """A check that ran to its end and found a fault."""
