"""What a bill says of a resource that is no instance: its lines by day and meter, over one period."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from finops.errors import ToolError, UnknownName
from finops.periods import Period
from finops.ports import DataHandle, TableInfo
from finops.relational import Aggregate, Key, Question
from tools.cost_questions import count, text_or_none
from tools.instances import amount, is_aws, moment, read_tags, sources_of, whole_days
from tools.resource_names import RESOURCE, is_named, rows_of
from tools.scope import CHARGE_START, as_day, days_of

_DAY = Key("ChargePeriodStart", grain="day")
_KEYS = (
    RESOURCE, *map(Key, (
        "SubAccountId", "RegionId", "ProviderName", "BillingCurrency", "ServiceName", "x_Source", "Tags", "SkuMeter",
        "ChargeDescription", "PricingUnit", "CommitmentDiscountId",
    )), _DAY,
)  # fmt: skip
_AGGREGATES = (
    Aggregate("cost", "sum", "EffectiveCost"),
    Aggregate("quantity", "sum", "PricingQuantity"),
    Aggregate("rows", "count"),
    Aggregate("start", "max", "ChargePeriodStart"),
    Aggregate("end", "max", "ChargePeriodEnd"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """What one meter charged on one day, or in one month where the bill is of months: EffectiveCost and PricingQuantity."""

    day: date
    end: datetime
    meter: str
    description: str
    unit: str
    cost: Decimal
    quantity: Decimal | None
    committed: bool


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource with its lines of a period; `live` tells whether it has a charge on the last day of the bill."""

    resource_id: str
    account: str | None
    region: str | None
    aws: bool
    currency: str
    currencies: int
    service: str | None
    sources: tuple[str | None, ...]
    newest_row: Period | None
    tags: dict[str, str]
    cost: Decimal
    rows: int
    live: bool
    lines: tuple[Line, ...]


def find(resource_id: str, data: DataHandle, table: TableInfo, *, period: Period, what: str) -> tuple[Resource, str]:
    """Return the resource as `period` has it. Raises `UnknownName`, and `ToolError` where it has no charge in it any more."""
    where = (rows_of(resource_id), *days_of(CHARGE_START, period.start, period.end))
    answer = data.ask(Question("cost", _AGGREGATES, _KEYS, where))
    records = [one for one in answer.records() if is_named(resource_id, one[RESOURCE.name])]
    if not records:
        raise _missing(resource_id, data, period, what)
    return _resource(resource_id, records, table), answer.query


def _missing(resource_id: str, data: DataHandle, period: Period, what: str) -> ToolError:
    answer = data.ask(Question("cost", (Aggregate("rows", "count"),), (RESOURCE,), (rows_of(resource_id),)))
    if any(is_named(resource_id, one) for one in answer.column(RESOURCE.name)):
        return ToolError(
            f"`{resource_id}` has had no charge since {period.start}, it is gone", fix=f"choose {what} that is billed"
        )
    known = next((info.values for info in data.dimensions if info.name == RESOURCE.column), ())
    return UnknownName("resource", resource_id, known)


def _resource(resource_id: str, records: list[dict[str, object]], table: TableInfo) -> Resource:
    newest = max(records, key=_age)
    start, end = moment(newest["start"]), moment(newest["end"])
    return Resource(
        resource_id=resource_id,
        account=text_or_none(newest["SubAccountId"]),
        region=text_or_none(newest["RegionId"]),
        aws=is_aws(newest["ProviderName"]),
        currency=str(newest["BillingCurrency"]),
        currencies=len({str(one["BillingCurrency"]) for one in records}),
        service=text_or_none(newest["ServiceName"]),
        sources=sources_of(records),
        newest_row=whole_days(start, end),
        tags=read_tags(newest["Tags"]),
        cost=sum((amount(one["cost"]) for one in records), Decimal(0)),
        rows=sum(count(one["rows"]) for one in records),
        live=end.date() > table.last_day or start.date() >= table.last_day,
        lines=tuple(_lines(records)),
    )


def _lines(records: Iterable[Mapping[str, object]]) -> Iterable[Line]:
    for one in records:
        quantity = one["quantity"]
        yield Line(
            day=as_day(one[_DAY.name]),
            end=moment(one["end"]),
            meter=text_or_none(one["SkuMeter"]) or "",
            description=text_or_none(one["ChargeDescription"]) or "",
            unit=text_or_none(one["PricingUnit"]) or "",
            cost=amount(one["cost"]),
            quantity=None if quantity is None else amount(quantity),
            committed=one["CommitmentDiscountId"] is not None,
        )


def _age(record: Mapping[str, object]) -> tuple[datetime, Decimal, str]:
    """Newest first; of rows equally new, the dearest, then by text."""
    return moment(record["start"]), amount(record["cost"]), repr(sorted(record.items(), key=lambda item: item[0]))
