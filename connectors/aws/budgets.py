"""Set an account's monthly cost budget, and set it back.

A budget watches and stops nothing. Its name is its key, so CreateBudget cannot make it twice. UpdateBudget replaces the whole
budget, so all that it says besides the limit is sent along as it was seen.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

from botocore.exceptions import ClientError
from pydantic import JsonValue

from connectors.aws.clients import code_of, plainly
from connectors.aws.grants import Grant, budget_arn
from connectors.aws.sessions import Access
from connectors.aws.steps import NO_RUN, Sight, Step, Way, in_words
from finops.actions import Action, SetBudget, Target
from finops.errors import Refused
from finops.money import plain, trimmed
from finops.ports import Observation, Place, UndoPlan

NONE: Final = "none"
# What AWS says of a budget that changes by itself, or that the limit and the name say already.
LEFT_OUT: Final = frozenset(
    {"BudgetName", "BudgetLimit", "CalculatedSpend", "LastUpdatedTime", "HealthStatus", "TimeUnit", "BudgetType"}
)
# Terms that set the limit some other way.
OTHER_LIMITS: Final = ("PlannedBudgetLimits", "AutoAdjustData")


@dataclass(frozen=True, slots=True)
class BudgetWork:
    """`Work` on a budget. What is observed exists wherever the account can be asked; `amount` is none without a budget."""

    action: SetBudget

    @property
    def target(self) -> Target:
        """The account and the name of the budget."""
        return self.action.target

    @property
    def reads(self) -> tuple[str, ...]:
        """What `look` calls."""
        return ("budgets:ViewBudget",)

    def look(self, access: Access, mark: str) -> Sight:
        """Return the budget as it is; budgets carry no mark, their name is enough."""
        client = access.budgets
        with plainly(access.endpoint):
            try:
                found = client.describe_budget(AccountId=self.target.account, BudgetName=self.target.resource_id)
            except ClientError as error:
                if code_of(error) != "NotFoundException":
                    raise
                return Sight(Observation(exists=True, attributes={"account": self.target.account, "amount": NONE}))
        return Sight(_observation(self.target.account, cast(dict[str, Any], found["Budget"])))

    def check(self, present: Observation) -> None:
        """Raise `Refused` where the budget of this name is of another kind."""
        seen, terms = present.attributes, present.attributes.get("terms")
        if seen.get("amount", NONE) == NONE:
            return
        is_that = (seen.get("budget_type"), seen.get("time_unit"), seen.get("currency"))
        other = [key for key in OTHER_LIMITS if isinstance(terms, dict) and key in terms]
        if is_that != ("COST", "MONTHLY", self.action.currency) or other:
            raise Refused(
                f"budget `{self.target.resource_id}` is no monthly cost budget with one limit in {self.action.currency}",
                fix="use another name",
            )

    def steps(self, way: Way, before: Observation, now: Sight, mark: str) -> tuple[Step, ...]:
        """Return the one call that is missing, if any."""
        wanted, amount = self._amount(way, before), now.target.attributes.get("amount", NONE)
        if wanted == amount:
            return ()
        name, account = self.target.resource_id, self.target.account
        if wanted == NONE:
            return (self._step("delete_budget", {"AccountId": account, "BudgetName": name}),)
        budget: dict[str, Any] = {
            "BudgetName": name, "BudgetLimit": {"Amount": wanted, "Unit": self.action.currency},
            "TimeUnit": "MONTHLY", "BudgetType": "COST",
        }  # fmt: skip
        terms = (now.target if amount != NONE else before).attributes.get("terms")
        budget |= terms if isinstance(terms, dict) else {}
        made = {"AccountId": account, "Budget" if amount == NONE else "NewBudget": budget}
        return (self._step("create_budget" if amount == NONE else "update_budget", made),)

    def missed(self, way: Way, before: Observation, now: Sight) -> str:
        """Say what is wrong in the end."""
        wanted, amount = self._amount(way, before), now.target.attributes.get("amount")
        return "" if wanted == amount else f"budget `{self.target.resource_id}` is `{amount}`, not `{wanted}`"

    def place(self, before: Observation, present: Observation) -> Place:
        """Say whether the limit is as before or as asked for, with all else of the budget as it was."""
        amount = present.attributes.get("amount")
        there = NONE not in (amount, before.attributes.get("amount"))
        if there and _fixed(present) != _fixed(before):
            return "elsewhere"
        if amount == before.attributes.get("amount"):
            return "before"
        return "after" if amount == self._amount("apply", before) else "elsewhere"

    def back(self, before: Observation) -> Action:
        """Return the earlier limit; the action itself where there was no budget."""
        was = before.attributes.get("amount", NONE)
        return self.action if was == NONE else self.action.model_copy(update={"amount": Decimal(str(was))})

    def undo_plan(self, before: Observation) -> UndoPlan:
        """Say how it would be undone."""
        after: dict[str, JsonValue] = {**before.attributes, "amount": self._amount("apply", before)}
        back = self.steps("undo", before, Sight(Observation(exists=True, attributes=after)), NO_RUN)
        return UndoPlan(words=in_words(back) or "nothing to undo: the budget is that way already")

    def _amount(self, way: Way, before: Observation) -> str:
        return _digits(self.action.amount) if way == "apply" else str(before.attributes.get("amount", NONE))

    def _step(self, call: str, arguments: dict[str, Any]) -> Step:
        return Step("budgets", call, arguments, (Grant(("budgets:ModifyBudget",), (budget_arn(self.target),)),))


def _digits(amount: Decimal) -> str:
    return plain(trimmed(amount))


def _observation(account: str, budget: dict[str, Any]) -> Observation:
    """Return a budget without what changes by itself, such as the actual spend."""
    limit = cast(dict[str, str], budget.get("BudgetLimit", {}))
    terms = {key: value for key, value in budget.items() if key not in LEFT_OUT}
    attributes: dict[str, JsonValue] = {
        "account": account,
        "amount": _digits(Decimal(limit["Amount"])) if "Amount" in limit else "planned",
        "currency": limit.get("Unit", ""),
        "time_unit": str(budget.get("TimeUnit", "")),
        "budget_type": str(budget.get("BudgetType", "")),
        "terms": _plain(terms),
    }
    return Observation(exists=True, attributes=attributes)


def _plain(value: Any) -> JsonValue:
    """Return what boto3 gave as JSON; a time as text, which boto3 takes as well."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in cast(dict[Any, Any], value).items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in cast(list[Any], value)]
    return value.isoformat() if isinstance(value, datetime) else cast(JsonValue, value)


def _fixed(observation: Observation) -> dict[str, JsonValue]:
    return {key: value for key, value in observation.attributes.items() if key != "amount"}
