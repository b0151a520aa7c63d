"""What a bill says about instances: type, tags, cost of 30 days, what of it a commitment covers, whether it still runs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

from finops.errors import ToolError
from finops.money import exact
from finops.periods import Period
from finops.ports import TableInfo
from finops.query import Filter
from finops.relational import Aggregate, Condition, Key, Question, Rows
from tools.cost_questions import count, text_or_none
from tools.ownership import environment_of, owner_of
from tools.scope import conditions

MONTH_DAYS = 30
TYPE = Key("SkuPriceDetails", json_key="InstanceType")
RESOURCE = Key("ResourceId")
_COLUMNS = (
    "ResourceId", "ResourceName", "SubAccountId", "RegionId", "ProviderName", "BillingCurrency", "CommitmentDiscountId", "Tags",
)  # fmt: skip
_AGGREGATES = (
    Aggregate("cost", "sum", "EffectiveCost"),
    Aggregate("rows", "count"),
    Aggregate("start", "max", "ChargePeriodStart"),
    Aggregate("end", "max", "ChargePeriodEnd"),
)
_AWS = ("AWS", "Amazon Web Services")


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance. Costs are EffectiveCost of the days asked for, in `currency`.

    `own_cost` is that of its present type at prices it pays itself, `committed_cost` what a commitment covers of it.
    """

    resource_id: str
    name: str | None
    account: str | None
    region: str | None
    aws: bool
    currency: str
    currencies: int
    type: str | None
    tags: dict[str, str]
    cost: Decimal
    own_cost: Decimal
    committed_cost: Decimal
    rows: int
    newest: datetime
    newest_end: datetime
    running: bool
    service: str | None = None
    sources: tuple[str | None, ...] = ()

    def idle_month(self) -> "Instance":
        """Return it with no cost: it had none in the days asked for."""
        return replace(self, cost=Decimal(0), own_cost=Decimal(0), committed_cost=Decimal(0), running=False)

    @property
    def newest_row(self) -> Period | None:
        """Return the days that its newest row spans; None where that is no whole day."""
        return whole_days(self.newest, self.newest_end)

    @property
    def environment(self) -> str | None:
        """Return the tag environment or env in lower case; None where there is none, or they disagree."""
        return environment_of(self.tags)

    @property
    def owner(self) -> str | None:
        """Return the tag owner, or else team; None where there is neither, or it says two things."""
        return owner_of(self.tags)


def last_month(as_of: date) -> Period:
    """Return the 30 days before `as_of`."""
    return Period(start=as_of - timedelta(days=MONTH_DAYS), end=as_of)


def fleet(filters: tuple[Filter, ...], period: Period) -> Question:
    """Return the question for every resource of the service category Compute."""
    compute = Condition(Key("ServiceCategory"), "is", ("Compute",))
    return _ask((compute, Condition(RESOURCE, "present"), *conditions(filters, period)))


def single(resource_id: str, period: Period | None) -> Question:
    """Return the question for one resource, whatever it is; without a period over all days."""
    return _ask((Condition(RESOURCE, "is", (resource_id,)), *conditions((), period)), "ServiceName", "x_Source")


def _ask(where: tuple[Condition, ...], *more: str) -> Question:
    return Question("cost", _AGGREGATES, (*(Key(name) for name in (*_COLUMNS, *more)), TYPE), where)


def read_instances(rows: Rows, table: TableInfo) -> list[Instance]:
    """Return the resources of an answer that are instances, that is have a type, by id."""
    records: dict[str, list[Mapping[str, object]]] = {}
    for record in rows.records():
        records.setdefault(str(record["ResourceId"]), []).append(record)
    return [_instance(r, mine, table) for r, mine in sorted(records.items()) if any(one[TYPE.name] for one in mine)]


def _instance(resource_id: str, records: list[Mapping[str, object]], table: TableInfo) -> Instance:
    newest = max((one for one in records if one[TYPE.name]), key=_age)
    mine = [one for one in records if one[TYPE.name] == newest[TYPE.name]]
    currencies = {str(one["BillingCurrency"]) for one in records}
    return Instance(
        resource_id=resource_id,
        name=text_or_none(newest["ResourceName"]),
        account=text_or_none(newest["SubAccountId"]),
        region=text_or_none(newest["RegionId"]),
        aws=is_aws(newest["ProviderName"]),
        currency=str(newest["BillingCurrency"]),
        currencies=len(currencies),
        type=text_or_none(newest[TYPE.name]),
        tags=read_tags(newest["Tags"]),
        cost=_cost(records),
        own_cost=_cost(one for one in mine if one["CommitmentDiscountId"] is None),
        committed_cost=_cost(one for one in mine if one["CommitmentDiscountId"] is not None),
        rows=sum(count(one["rows"]) for one in records),
        newest=moment(newest["start"]),
        newest_end=moment(newest["end"]),
        running=moment(newest["end"]).date() > table.last_day or moment(newest["start"]).date() >= table.last_day,
        service=text_or_none(newest.get("ServiceName")),
        sources=sources_of(records),
    )


def is_aws(provider: object) -> bool:
    """Tell whether a ProviderName is AWS's."""
    return text_or_none(provider) in _AWS


def sources_of(records: Iterable[Mapping[str, object]]) -> tuple[str | None, ...]:
    """Return the sources of rows, each once, by name."""
    return tuple(sorted({text_or_none(one.get("x_Source")) for one in records}, key=str))


def whole_days(start: datetime, end: datetime) -> Period | None:
    """Return the days from `start` to `end`; None where they are less than a day."""
    first, after = start.date(), end.date()
    return Period(start=first, end=after) if after > first else None


def _age(record: Mapping[str, object]) -> tuple[datetime, Decimal, str]:
    """Newest first; of rows equally new, the dearest, then by text."""
    return moment(record["start"]), amount(record["cost"]), repr(sorted(record.items(), key=lambda item: item[0]))


def _cost(records: Iterable[Mapping[str, object]]) -> Decimal:
    return sum((amount(one["cost"]) for one in records), Decimal(0))


def amount(value: object) -> Decimal:
    """Return a store's amount, nothing where there is none."""
    return exact(value) if isinstance(value, int | Decimal) else Decimal(0)


def moment(value: object) -> datetime:
    """Return a store's moment, in UTC and naive; refuses anything else."""
    if not isinstance(value, datetime):
        raise ToolError(f"the store gave `{value}` for a moment", fix="load the bill again with `toll ingest`")
    return value.replace(tzinfo=None)


def read_tags(value: object) -> dict[str, str]:
    """Return the tags of one row; values that are no text are written as JSON."""
    if value is None:
        return {}
    tags: object = json.loads(str(value))
    if not isinstance(tags, dict):
        return {}
    pairs = cast(dict[str, object], tags)
    return {k: v if isinstance(v, str) else json.dumps(v, sort_keys=True) for k, v in sorted(pairs.items())}
