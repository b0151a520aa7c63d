"""What a benchmark returns."""

from pydantic import Field

from finops.query import Frozen


class Row(Frozen):
    """One measure beside its baseline, which was run in the same call. `ratio` is value over baseline."""

    measure: str
    value: float
    unit: str
    baseline: float | None = Field(default=None, description="None where there is nothing to compare with")
    ratio: float | None = None
    goal: str = Field(description="what must hold, in words")
    met: bool | None = Field(description="None where nothing must hold")


class Benchmark(Frozen):
    """One benchmark's rows; all of them, named `all`, hold the rows of each with its name before the measure."""

    name: str
    rows: tuple[Row, ...]


def ratio_row(measure: str, value: float, unit: str, baseline: float, what: str, *, most: float) -> Row:
    """Return a row whose goal is a ratio to `baseline`, which is `what`."""
    ratio = value / baseline
    return Row(
        measure=measure, value=value, unit=unit, baseline=baseline, ratio=round(ratio, 2), goal=f"at most {most:g} times {what}",
        met=ratio <= most,
    )  # fmt: skip


def at_least_row(measure: str, value: float, unit: str, baseline: float, what: str, *, least: float) -> Row:
    """Return a row of which more is better, and whose goal is a ratio to `baseline`, which is `what`."""
    ratio = value / baseline
    return Row(
        measure=measure, value=value, unit=unit, baseline=baseline, ratio=round(ratio, 2), goal=f"at least {least:g} times {what}",
        met=ratio >= least,
    )  # fmt: skip


def known_row(measure: str, value: float, unit: str, *, about: float | None = None) -> Row:
    """Return a row that is told and need not hold: what it is on this machine, `about` what to expect of a usual one."""
    goal = "for information" if about is None else f"for information; about {about:g} {unit}"
    return Row(measure=measure, value=value, unit=unit, goal=goal, met=None)


def below_row(measure: str, value: float, unit: str, *, most: float) -> Row:
    """Return a row whose goal is a number."""
    return Row(measure=measure, value=value, unit=unit, goal=f"under {most:,g} {unit}", met=value < most)
