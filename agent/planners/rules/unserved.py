"""Questions that are understood and cannot be answered: each is told apart, so that nobody takes silence for a zero."""

from agent.planners.rules.misread import misread
from agent.planners.rules.reading import Misread
from agent.planners.rules.scan import Scan

_FORECAST: tuple[tuple[str, ...], ...] = (
    ("forecast",), ("forecasts",), ("forecasted",), ("predict",), ("predicted",), ("prediction",), ("projection",), ("projected",),
    ("run", "rate"), ("run-rate",), ("on", "track"), ("end", "up"), ("next", "month"), ("next", "quarter"), ("next", "year"),
    ("next", "week"), ("will", "we"), ("what", "will"), ("how", "much", "will"),
    ("estimate", "for"), ("annualised",), ("annualized",), ("extrapolate",), ("by", "year", "end"),
)  # fmt: skip
_BUDGET: tuple[tuple[str, ...], ...] = (
    ("budget",),
    ("budgets",),
    ("budgeted",),
    ("over", "budget"),
    ("under", "budget"),
)
_WHAT_IF: tuple[tuple[str, ...], ...] = (
    ("what", "if"),
    ("if", "we"),
    ("if", "traffic"),
    ("if", "usage"),
    ("if", "spend"),
    ("if", "i"),
)
_BUSINESS: tuple[tuple[str, ...], ...] = (
    ("per", "customer"), ("per", "customers"), ("per", "user"), ("per", "order"), ("per", "request"), ("per", "requests"), ("per", "seat"),
    ("per", "transaction"), ("per", "token"), ("unit", "economics"), ("1m", "tokens"), ("1k", "tokens"), ("million", "tokens"),
)  # fmt: skip
_RETURN: tuple[tuple[str, ...], ...] = (
    ("roi",), ("return", "on"), ("worth", "it"), ("pay", "off"), ("paying", "off"), ("value", "for", "money"), ("per", "success"),
    ("successful", "task"), ("successful", "tasks"), ("per", "successful"), ("success", "rate"),
)  # fmt: skip
_CARBON: tuple[tuple[str, ...], ...] = (
    ("carbon",),
    ("co2",),
    ("co2e",),
    ("emissions",),
    ("footprint",),
    ("sustainability",),
)

_WHY: tuple[tuple[tuple[tuple[str, ...], ...], str, str], ...] = (
    (_CARBON, "the bill holds no carbon or energy data", "`cost by region last month`"),
    (_BUDGET, "there are no budgets to compare with yet; spend so far can be told", "`cost by month in 2026`"),
    (_RETURN, "what AI work was worth is not recorded, so no return can be told", "`AI cost by team last month`"),
    (_BUSINESS, "no business volumes or requests are loaded, so no cost per unit of them can be told", "`unit cost by service last month`"),
    (_WHAT_IF, "a what-if cannot be computed yet; what was spent can be told", "`cost by month in 2026`"),
    (_FORECAST, "I do not forecast; I can say what was spent so far", "`cost by month in 2026`"),
)  # fmt: skip


def unserved(scan: Scan) -> Misread | None:
    """Return why a question of a kind that is not served cannot be answered; None for every other."""
    for phrases, why, example in _WHY:
        if any(scan.phrase(at, phrases) for at in range(len(scan.tokens))):
            return misread(why, example)
    return None
