"""What is said where no planner's words may be shown: the figures of the evidence, largest groups first, by reference."""

from collections.abc import Iterator, Mapping

from agent.grounding.names import quoted
from finops.evidence import Evidence, Figure

_SHOWN = 12


def summarise(evidence: Mapping[str, Evidence]) -> str:
    """Return lines that name each figure and refer to it; every word around them comes from the evidence."""
    lines = [line for alias, item in evidence.items() for line in _of(alias, item)]
    return "\n".join(lines) or "No tool gave a result."


def _of(alias: str, item: Evidence) -> Iterator[str]:
    periods = [figure.period for figure in item.figures[:_SHOWN] if figure.period]
    when = f", {periods[0].label()}" if periods and all(period == periods[0] for period in periods) else ""
    yield f"Result of {item.tool}{when}:"
    yield from (_line(alias, figure, dated=not when) for figure in item.figures[:_SHOWN])
    if len(item.figures) > _SHOWN:
        yield "- more stands in the evidence"


def _line(alias: str, figure: Figure, *, dated: bool) -> str:
    about = [figure.definition.replace("_", " ")] if figure.definition else []
    about += [figure.period.label()] if dated and figure.period else []
    told = f" ({', '.join(about)})" if about else ""
    return f"- {quoted(figure.name)}{told}: {{{{{alias}.{figure.name}}}}}"
