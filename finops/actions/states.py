"""The one state machine of a proposal: its states, and which may follow which."""

from typing import Literal

State = Literal[
    "proposed", "denied", "pending", "approved", "rejected", "expired", "executing", "verified", "failed", "undone"
]  # fmt: skip
TRANSITIONS: dict[State, frozenset[State]] = {
    "proposed": frozenset({"denied", "pending", "approved"}),
    "denied": frozenset(),
    "pending": frozenset({"approved", "rejected", "expired", "denied"}),
    # Back to pending when what was approved is no longer what would run.
    "approved": frozenset({"executing", "expired", "denied", "pending", "rejected"}),
    "rejected": frozenset(),
    "expired": frozenset(),
    "executing": frozenset({"verified", "failed"}),
    "verified": frozenset({"undone", "failed"}),
    "failed": frozenset({"undone"}),
    "undone": frozenset(),
}
# States in which a proposal takes from the limits: it may run, runs, or ran.
COUNTED: tuple[State, ...] = ("pending", "approved", "executing", "verified", "failed", "undone")
# States in which another action on the same resource has to wait.
IN_FLIGHT: tuple[State, ...] = ("approved", "executing")
