"""What models took on one UTC day, by person and model, beside the caps. Costs the ORM."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from pydantic import Field

from finops.people import Principal, require
from finops.query import Frozen
from finops.spend_caps import Caps
from gateway.clock import clock_of
from gateway.home import Home
from gateway.models_file import load_models
from store.records import Records, model_calls
from store.records.guard import stamp
from store.records.tables import ModelCallRow


class Sum(Frozen):
    """Attempts, their tokens, and their price in USD where the model has one."""

    calls: int = 0
    tokens: int = 0
    usd: Decimal = Decimal(0)


class ModelSpend(Frozen):
    """One person's attempts at one model. What counts against the caps is the three sums together."""

    person: str
    model: str
    endpoint: str
    settled: Sum = Field(description="as the endpoint counted it")
    presumed: Sum = Field(description="kept at its worst case: nobody knows what was charged")
    reserved: Sum = Field(description="under way, at its worst case")
    cached_tokens: int = Field(description="part of the settled tokens")
    reasoning_tokens: int = Field(description="part of the settled tokens")
    priced: bool = Field(
        description="false where a call of a model without a price is among them: the USD are a lower bound"
    )


class DaySpend(Frozen):
    """One UTC day."""

    day: date
    models: tuple[ModelSpend, ...]
    total: Sum = Field(description="everything that counts against the day's cap")
    caps: Caps
    settings: str = Field(description="the file in which the caps are set")


def spend_of_day(home: Home, principal: Principal, day: date | None = None) -> DaySpend:
    """Return what every person's model calls took on `day`, today where none is given."""
    require(principal, "read_audit")
    records = Records.open(home.database_url, clock=clock_of(home))
    now = records.clock()
    asked = day.isoformat() if day else model_calls.day_of(now)
    with records.read() as session:
        rows = model_calls.of_day(session, asked)
        models = tuple(_spend(list(group), now) for _, group in groupby(sorted(rows, key=_of), key=_of))
        total = _sum(rows)
    return DaySpend(
        day=date.fromisoformat(asked), models=models, total=total, caps=load_models(home).caps, settings=str(home.models)
    )  # fmt: skip


def _of(row: ModelCallRow) -> tuple[str, str, str]:
    return row.person, row.model, row.endpoint


def _spend(rows: list[ModelCallRow], now: datetime) -> ModelSpend:
    settled = [row for row in rows if row.state == "settled"]
    # One whose process died counts as presumed before anybody has written so.
    lost = [row for row in rows if row.state == "presumed" or (row.state == "reserved" and row.until < stamp(now))]
    under_way = [row for row in rows if row.state == "reserved" and row.until >= stamp(now)]
    person, model, endpoint = _of(rows[0])
    return ModelSpend(
        person=person, model=model, endpoint=endpoint, settled=_sum(settled), presumed=_sum(lost), reserved=_sum(under_way),
        cached_tokens=sum(row.cached for row in settled), reasoning_tokens=sum(row.reasoning for row in settled),
        priced=all(row.priced for row in rows if row.state != "released"),
    )  # fmt: skip


def _sum(rows: Iterable[ModelCallRow]) -> Sum:
    counted = [row for row in rows if row.state != "released"]
    return Sum(
        calls=len(counted), tokens=sum(row.tokens for row in counted),
        usd=model_calls.usd_of(sum(row.pico_usd for row in counted)),
    )  # fmt: skip
