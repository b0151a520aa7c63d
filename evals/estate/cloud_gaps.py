"""What real AWS does and the simulator lacks: UpdateBudget. Needs the `demo` extra."""

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time


def fill_gaps() -> None:
    """Add to the simulator, in this process, what it lacks."""
    setattr(BudgetsResponse, "update_budget", _update_budget)  # noqa: B010 - it has no such attribute


def _update_budget(self: Any) -> str:
    """Replace a budget as UpdateBudget does: what is not given falls back to its default, the period to what it was."""
    account, new = self._get_param("AccountId"), self._get_param("NewBudget")
    held = self.backend.budgets[account].get(new["BudgetName"])
    if held is None:
        raise NotFoundException(f"Unable to update budget: {new['BudgetName']} - the budget doesn't exist.")
    period = new.get("TimePeriod", held.budget["TimePeriod"])
    held.budget = {**new, "TimePeriod": period, "LastUpdatedTime": unix_time()}
    return json.dumps({})
