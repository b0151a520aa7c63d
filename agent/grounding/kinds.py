"""What kind of number a figure is: a cost, what it was before, a share, a change, a saving. Pure."""

from typing import Literal

from finops.evidence import Evidence, Figure
from tools.cost_completeness import GROWING

Kind = Literal[
    "amount", "before", "share", "change", "points", "excess", "expected", "saving", "part", "mean", "count", "other"
]
_OPERATIONS: dict[object, Kind] = {"share": "share", "percent_change": "change", "difference": "change", "mean": "mean"}
_ENDINGS: dict[str, Kind] = {
    "share": "share", "change": "change", "change_percent": "change", "compare": "before", "compare_gross": "part",
    "compare_credits": "part", "gross": "part", "credits": "part", "corrections": "part", "tax": "part", "support": "part",
    "marketplace": "part", "saving": "saving", "expected": "expected",
}  # fmt: skip
_EXCESS = (" excess", " excess in % of expected")


def kind_of(figure: Figure, evidence: Evidence) -> Kind:
    """Return the kind of a figure. It comes from the tool and the figure's own name and definition, never from words around it."""
    if figure.unit == "count":
        return "count"
    if evidence.tool == "calculate":
        kind = _OPERATIONS.get(evidence.input.get("op"), "other" if figure.unit == "ratio" else "amount")
        return (
            "points" if kind == "change" and evidence.input.get("op") == "difference" and figure.unit == "%" else kind
        )
    if figure.definition.endswith(_EXCESS):
        return "excess"
    if figure.definition.endswith(" saving"):
        return "saving"
    return _ENDINGS.get(ending_of(figure), "amount" if figure.unit not in ("%", "ratio") else "other")


def ending_of(figure: Figure) -> str:
    """Return what follows the last point of a figure's name where that is an ending tools give; empty for a plain one.

    A name may hold points of its own: shares are in percent, and of a part of the cost the definition says so too.
    """
    stem, _, ending = figure.name.rpartition(".")
    if not stem or ending not in _ENDINGS:
        return ""
    if ending in ("share", "change_percent"):
        return ending if figure.unit == "%" else ""
    if _ENDINGS[ending] == "part":
        return ending if definition_of(figure).endswith(f" {ending.removeprefix('compare_')}") else ""
    return ending


def definition_of(figure: Figure) -> str:
    """Return the definition of a figure, whether or not it still grows."""
    return figure.definition.replace(GROWING, "")
