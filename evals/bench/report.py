"""What a benchmark returns."""

from decimal import Decimal

from pydantic import Field

from finops.query import Frozen


class Row(Frozen):
    """One measure beside its baseline. `ratio` is value over baseline, None where there is none."""

    measure: str
    value: Decimal
    unit: str
    baseline: Decimal | None = None
    ratio: Decimal | None = None
    goal: str = Field(description="what must hold, in words")
    met: bool


class Benchmark(Frozen):
    """One benchmark's rows."""

    name: str
    rows: tuple[Row, ...]
