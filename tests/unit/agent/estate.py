"""A small estate for the agent's tests: a lake in memory whose tools answer from fixed rows, without a file or a database."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from pydantic import JsonValue

from finops.evidence import Evidence, Figure, seal
from finops.periods import Period

SEPTEMBER = Period.month(2024, 9)
AUGUST = Period.month(2024, 8)
TODAY = date(2024, 10, 1)


def figure(
    name: str,
    value: str,
    unit: str = "USD",
    subject: str = "all",
    *,
    period: Period | None = SEPTEMBER,
    definition: str = "BilledCost",
) -> Figure:
    """Return one figure; the amount as text, so that it is exact."""
    return Figure(name=name, value=Decimal(value), unit=unit, subject=subject, period=period, definition=definition)


def evidence(
    *figures: Figure, tool: str = "cost_query", result: Mapping[str, JsonValue] | None = None, rows: int = 1000
) -> Evidence:
    """Return sealed evidence of these figures."""
    return seal(
        tool=tool,
        arguments={"period": {"start": "2024-09-01", "end": "2024-10-01"}},
        snapshot="s1",
        as_of=TODAY.isoformat(),
        rows_read=rows,
        result=dict(result or {}),
        figures=figures,
        formula="sum",
    )


def providers() -> Evidence:
    """Return what each provider of the real sample cost in September 2024."""
    return evidence(
        figure("total", "20.52022672899"),
        figure("AWS", "18.00663861840", subject="ProviderName=AWS"),
        figure("AWS.share", "87.7507", "%", "ProviderName=AWS"),
        figure("Microsoft", "1.97651418586", subject="ProviderName=Microsoft"),
        figure("Oracle", "0.53707392473", subject="ProviderName=Oracle"),
        figure("rows", "1000", "rows", period=None, definition=""),
    )
