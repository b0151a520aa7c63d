"""What the engine is asked: an action, the facts the server computed, what the records say around it, and who has approved it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from finops.actions import Action, Facts
from finops.people import Role
from finops.query import Frozen


def _in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


# A moment without a time zone is in UTC, and a date alone is the start of its day.
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class ApprovalFacts(Frozen):
    """One person's approval, as the records say it; nothing here comes from an argument of the caller."""

    approver: str = Field(min_length=1, max_length=200)
    approver_role: Role
    approver_is_proposer: bool = Field(description="whether it was proposed on behalf of the approver")
    local: bool = Field(description="whether the approver is the one person of local mode")


class Circumstances(Frozen):
    """What the records and the calendar say at one moment. Counts take the action itself in, where it would be let through.

    What was rejected or undone is a moment, or None where there was no such thing in the time that is remembered.
    """

    freeze: str = Field(default="", max_length=200, description="name of the change freeze it falls into")
    exempt_until: date | None = Field(default=None, description="last day of an exemption of the resource")
    exempt_reason: str = Field(default="", max_length=2000)
    exempt_by: str = ""
    rejected_on: Moment | None = Field(default=None, description="when this very action was rejected, the last time")
    rejected_by: str = ""
    undone_on: Moment | None = Field(
        default=None, description="when an action on this resource was undone, the last time"
    )
    in_flight: str = Field(
        default="", description="id of another proposal approved, running or being undone on this resource"
    )
    amount_today: Decimal = Field(
        default=Decimal(0), description="sizes of the monthly changes of cost of the last 24 hours"
    )
    actions_last_hour: int = Field(default=0, ge=0, description="runs begun in the last 60 minutes")
    owner_resources_today: int = Field(
        default=0, ge=0, description="the owner's resources acted on or about to be, in 24 hours"
    )
    failures: int = Field(default=0, ge=0, description="actions of this kind that failed or were undone in 30 days")


class PolicyRequest(Frozen):
    """One question to the engine. There are no `approvals` while it is only proposed; `at` is the moment of the decision, UTC."""

    action: Action
    facts: Facts
    at: Moment
    circumstances: Circumstances
    approvals: tuple[ApprovalFacts, ...] = ()

    @property
    def now(self) -> date:
        """The day of the decision."""
        return self.at.date()
