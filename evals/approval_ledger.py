"""An account of who approved what, kept apart from the product: from what clients were told alone, it says which execution was allowed.

INVARIANT: nothing of `gateway`, `policies` or `store` is used here. What the two-person and admin rules ask is written anew.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from finops.actions import Action, ChangeCode, Facts, Infrastructure

APPROVAL_HOURS, TWO_ABOVE, ADMIN_ABOVE = 24, Decimal(500), Decimal(5000)


def aim_of(action: Action) -> Action | Infrastructure:
    """Return what happens in the end: what a change of code stands for, where it says so."""
    return action.stands_for if isinstance(action, ChangeCode) and action.stands_for else action


@dataclass
class Exempt:
    """Days on which a target is left alone, through `until`."""

    target: str
    until: date


@dataclass(frozen=True)
class FrozenDays:
    """Days on which nothing is changed, both taken in; of every kind where none is named."""

    start: date
    end: date
    kinds: tuple[str, ...] = ()


@dataclass
class Yes:
    """One approval that the door confirmed: by whom, when, of which action, while the target was at which version."""

    person: str
    at: datetime
    action: str
    version: int


@dataclass
class Account:
    """What is known of one proposal."""

    asked_by: str
    action: str
    given: list[Yes] = field(default_factory=list[Yes])
    over: str = ""
    runs: int = 0


@dataclass
class Ledger:
    """Keeps accounts and judges executions. `facts` is what is true of a target, `versions` how often that changed.

    `latest` is the latest moment that is on record: no clock that is set back makes it earlier.
    """

    roles: dict[str, str]
    facts: dict[str, Facts]
    versions: dict[str, int] = field(default_factory=dict[str, int])
    exempt: dict[str, Exempt] = field(default_factory=dict[str, Exempt])
    freezes: tuple[FrozenDays, ...] = ()
    latest: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    accounts: dict[str, Account] = field(default_factory=dict[str, Account])
    executions: int = 0
    faults: list[str] = field(default_factory=list[str])

    def proposed(self, proposal: str, person: str, action: Action) -> None:
        """Note a proposal; one that was returned again keeps who asked first."""
        self.accounts.setdefault(proposal, Account(person, action.model_dump_json()))

    def approved(self, proposal: str, person: str, action: Action, at: datetime) -> None:
        """Note an approval that the door took."""
        version = self.versions.get(aim_of(action).target.resource_id, 0)
        self.accounts[proposal].given.append(Yes(person, at, action.model_dump_json(), version))

    def ended(self, proposal: str, why: str) -> None:
        """Note that it was rejected or that another took its place: nothing may run of it."""
        self.accounts[proposal].over = why

    def changed(self, target: str) -> None:
        """Note that what a target is has changed: what was approved before is not what is there."""
        self.versions[target] = self.versions.get(target, 0) + 1

    def ran(self, proposal: str, action: Action, at: datetime) -> None:
        """Judge one execution, as the executor saw it."""
        self.executions += 1
        if fault := self._fault(proposal, action, max(at, self.latest)):
            self.faults.append(f"`{proposal}` ran {fault}")

    def _fault(self, proposal: str, action: Action, at: datetime) -> str:
        account = self.accounts.get(proposal)
        if account is None:
            return "and was never proposed"
        account.runs += 1
        if account.runs > 1:
            return f"{account.runs} times"
        if account.over:
            return f"after it was {account.over}"
        aim = aim_of(action)
        if left_alone := self._left_alone(aim, {aim.kind, action.kind}, at.date()):
            return left_alone
        facts = self.facts[aim.target.resource_id]
        # A change of code is a branch, which its owners review.
        if not isinstance(action, ChangeCode) and {facts.environment, facts.tags.get("environment")} & {
            "production",
            "prod",
        }:
            return "in production"
        return self._lacking(account, action, facts, at)

    def _left_alone(self, aim: Action | Infrastructure, kinds: set[str], day: date) -> str:
        """Say why nothing may be done to a target on a day; empty where it may."""
        name = aim.target.resource_id
        if any(one.target == name and one.until >= day for one in self.exempt.values()):
            return "while its target was exempt"
        frozen = [
            one for one in self.freezes if one.start <= day <= one.end and (not one.kinds or kinds & {*one.kinds})
        ]
        return "in a change freeze" if frozen else ""

    def _lacking(self, account: Account, action: Action, facts: Facts, at: datetime) -> str:
        """Say what the approvals lack; empty where they do."""
        target, text = aim_of(action).target.resource_id, action.model_dump_json()
        good = [
            one for one in account.given
            if one.at + timedelta(hours=APPROVAL_HOURS) > at and one.action == text == account.action
            and one.version == self.versions.get(target, 0) and one.person != account.asked_by
            and self.roles.get(one.person) in ("approver", "admin")
        ]  # fmt: skip
        people, amount = {one.person for one in good}, abs(facts.monthly_cost_before - facts.monthly_cost_after)
        needed = 2 if amount > TWO_ABOVE or not facts.undo_certain or facts.risk == "high" else 1
        if len(people) < needed:
            return f"with {len(people)} valid approvals of {needed}"
        if amount > ADMIN_ABOVE and not any(self.roles[one] == "admin" for one in people):
            return "without an admin's approval"
        return ""
