"""What `measure_saving` takes and returns."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from finops.query import Frozen


class MeasureSaving(Frozen):
    """What an executed action really saved, day by day, against what the resource cost before."""

    resource_id: Annotated[str, Field(min_length=1, max_length=256)]
    executed_on: date
    monthly_saving: Decimal = Field(max_digits=38, description="what was promised for 30 days")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    since: date | None = Field(
        default=None, description="first day to compare with, such as the day after the action before on it"
    )
    until: date | None = Field(
        default=None, description="first day not to count, such as that of the next action on it"
    )


class RealisedSaving(Frozen):
    """A resource's EffectiveCost after an action beside what it would have been. Figures: every amount's name, `days`, `ratio`."""

    status: Literal["ok"] = "ok"
    resource_id: str
    currency: str
    first_day: date = Field(description="first and last of the days measured; the day of execution is none of them")
    last_day: date
    days: int = Field(description="whole days after the execution whose cost is known and final")
    days_before: int = Field(description="of the 28 days before, from `since` on, those whose cost is known and final")
    expected: Decimal = Field(description="mean of the same weekday before, summed over these days")
    actual: Decimal
    saved: Decimal = Field(description="expected less actual; negative where it cost more")
    low: Decimal = Field(description="lower end of the 95 % interval of what was saved")
    high: Decimal
    promised: Decimal = Field(description="the monthly saving / 30 x days")
    ratio: Decimal | None = Field(description="saved over promised; None where nothing was promised")
    caveats: tuple[str, ...] = ()
