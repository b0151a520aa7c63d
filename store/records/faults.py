"""What a check of the log can find."""

from typing import Literal

from pydantic import Field

from finops.errors import CheckFailed
from finops.query import Frozen

What = Literal["changed", "missing", "reordered", "cut_off", "rewritten", "head", "record", "database"]
MOST_FAULTS = 100


class Head(Frozen):
    """The last event of a log. Kept elsewhere, it shows later that nothing up to it was rewritten."""

    seq: int = Field(ge=0, description="number of the last event, 0 where there is none")
    hash: str = Field(description="SHA-256 of that event, 64 hexadecimal digits; zeros where there is none")


class Fault(Frozen):
    """One thing that is not as it was written. `seq` is the event it concerns, 0 where it concerns none."""

    seq: int
    what: What
    detail: str


class Verification(Frozen):
    """What a check of the whole log found. `faults` holds the first hundred, those of the log itself first."""

    ok: bool
    events: int
    head: Head
    faults: tuple[Fault, ...] = ()

    def require(self) -> None:
        """Raise `CheckFailed` with the first fault, where there is one."""
        if self.faults:
            first = self.faults[0]
            more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
            raise CheckFailed(f"audit log does not hold at event {first.seq}: {first.detail}{more}",
                              fix="restore the records from a backup and find out who wrote to them")  # fmt: skip
