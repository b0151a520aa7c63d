"""Evidence for the browser tests, sealed as the gateway seals it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import cast

from pydantic import JsonValue

from finops.actions import Draft
from finops.evidence import Evidence, Figure, seal
from finops.periods import Period
from tools.cost_result import CostResult, CostRow, CostTotal

SQL = """SELECT "ProviderName", SUM("BilledCost") AS "value", COUNT(*) AS "rows"
FROM read_parquet($files)
WHERE "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2
GROUP BY ALL ORDER BY ALL"""


def costs(
    rows: Sequence[CostRow], *, period: str, group_by: Sequence[str] = (), grain: str | None = None, compare: str = ""
) -> Evidence:
    """Return a cost query's evidence: totals, shares and changes are computed here, so that the parts sum."""
    over = Period.parse(period)
    units = sorted({row.unit for row in rows})
    totals = tuple(
        CostTotal(figure="total" if len(units) == 1 else f"total {unit}", unit=unit, rows=len(rows) * 31,
                  value=sum((row.value for row in rows if row.unit == unit), Decimal(0)))
        for unit in units
    )  # fmt: skip
    result = CostResult(
        metric="BilledCost", period=over, compare_period=Period.parse(compare) if compare else None,
        rows=tuple(rows), totals=totals,
    )  # fmt: skip
    figures = [
        Figure(
            name=item.figure,
            value=item.value,
            unit=item.unit,
            subject=item.figure,
            period=over,
            definition="BilledCost",
        )
        for item in (*rows, *totals)
    ]
    return seal(
        tool="cost_query",
        arguments={"metric": "BilledCost", "period": cast(JsonValue, over.model_dump(mode="json")),
                   "group_by": list(group_by), "grain": grain, "filters": [], "compare": compare or None, "top": None},
        snapshot="s-4f2a91c07be3", as_of="2024-10-01", rows_read=1000,
        result=cast("dict[str, JsonValue]", result.model_dump(mode="json")), figures=tuple(figures),
        formula="sum of BilledCost over the rows of the period, grouped; exact, never rounded before it is shown", query=SQL,
    )  # fmt: skip


def providers(names: Sequence[str] = ("AWS", "Microsoft", "Oracle")) -> Evidence:
    """Return what each provider cost in September 2024, set beside August: the real bill's own figures."""
    values = ("18.00663861840", "1.97651418586", "0.53707392473")
    before = ("15.20113", "2.41", "0.537")
    total = sum(map(Decimal, values), Decimal(0))
    rows = [
        CostRow(figure=name, group={"ProviderName": name}, value=Decimal(value), unit="USD", compare=Decimal(old),
                change=Decimal(value) - Decimal(old), share=(Decimal(value) * 100 / total).quantize(Decimal("0.01")))
        for name, value, old in zip(names, values, before, strict=True)
    ]  # fmt: skip
    return costs(rows, period="2024-09", group_by=["ProviderName"], compare="2024-08")


def services_by_month() -> Evidence:
    """Return six months of five services."""
    base = {"Amazon EC2": 41200, "Amazon RDS": 18300, "Azure Storage": 9100, "OpenAI API": 4200, "BigQuery": 2600}
    rows = [
        CostRow(figure=f"{name}@2024-{month:02d}-01", group={"ServiceName": name}, bucket=date(2024, month, 1), unit="USD",
                value=Decimal(amount) * (100 + (month * 7 + index * 5) % 23) / 100 + Decimal("0.37"))
        for index, (name, amount) in enumerate(base.items()) for month in range(4, 10)
    ]  # fmt: skip
    return costs(rows, period="2024-04-01..2024-09-30", group_by=["ServiceName"], grain="month")


def days() -> Evidence:
    """Return thirty days of the whole bill."""
    rows = [
        CostRow(figure=f"2024-09-{day:02d}", group={}, bucket=date(2024, 9, day), unit="USD",
                value=Decimal(620 + (day * 37) % 90) + (Decimal(410) if day == 19 else Decimal("0.05")))
        for day in range(1, 31)
    ]  # fmt: skip
    return costs(rows, period="2024-09", grain="day")


def many_services() -> Evidence:
    """Return a breakdown longer than any chart: forty services."""
    rows = [
        CostRow(
            figure=f"Service {n:02d}", group={"ServiceName": f"Service {n:02d}"}, unit="USD", value=Decimal(9000) / n
        )
        for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 25, 30, 36, 40, 45)
    ]
    return costs(rows, period="2024-09", group_by=["ServiceName"])


def drafted(draft: Draft) -> Evidence:
    """Return the evidence behind a proposal."""
    facts = draft.facts
    return seal(
        tool="propose_action", arguments={"action": cast(JsonValue, draft.action.model_dump(mode="json"))},
        snapshot="s-4f2a91c07be3", as_of="2024-10-01", rows_read=34560,
        result=cast("dict[str, JsonValue]", draft.model_dump(mode="json")),
        figures=(Figure(name="saving", value=facts.monthly_saving, unit=facts.currency, definition="EffectiveCost"),
                 Figure(name="before", value=facts.monthly_cost_before, unit=facts.currency, definition="EffectiveCost")),
        formula=facts.formula,
    )  # fmt: skip
