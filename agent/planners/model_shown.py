"""How data is shown to a model, whoever sends it: as JSON that cannot end a message, figures ranked, the rest cut to size with a
count. Light: no planner, no client. Data, never instructions.
"""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

from finops.evidence import Figure
from finops.money import plain, trimmed

MOST_FIGURES = 80
MOST_RESULT = 4_000
MOST_TEXT = 300
# What a chat template could take for the start of a message: `<|im_start|>`, `</tool>`, `[INST]`.
_TEMPLATE = re.compile(r"[<>]|\[(?=/?[A-Z_]+\])")


def as_data(value: object) -> str:
    """Return JSON in which nothing can be read as the end of the message: ASCII only, `<` and `[INST]` escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return _TEMPLATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def neutral(text: str) -> str:
    """Return text on its way to a model outside JSON: what could begin a message or a line in it is written as an escape."""
    safe = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)
    return _TEMPLATE.sub(lambda match: f"\\u{ord(match[0]):04x}", safe)


def ranked(figures: tuple[Figure, ...]) -> list[Figure]:
    """Return totals first, then plain figures, then what is derived from them; in the tool's own order within each."""
    # Sorting is stable.
    return sorted(figures, key=_rank)


def _rank(figure: Figure) -> int:
    base = figure.name.partition(" ")[0].partition(".")[0]
    return 0 if base in ("total", "saving", "result", "rows") else 1 if "." not in figure.name else 2


def digits(figure: Figure) -> str:
    """Return a figure's exact value without trailing zeros."""
    return plain(trimmed(figure.value, least=0))


def fitted(result: Mapping[str, JsonValue]) -> JsonValue:
    """Return the result with its lists shortened until it fits; what was left out is counted, so that it is not taken for all."""
    whole = dict(result)
    for most in (50, 20, 10, 5, 2, 1, 0):
        short = _shortened(whole, most)
        if len(as_data(short)) <= MOST_RESULT:
            return short
    return {"status": result.get("status", "ok"), "not_shown": "the result is too large"}


def _shortened(value: JsonValue, most: int, name: str = "") -> JsonValue:
    if isinstance(value, dict):
        # A field without a value says nothing, but for `group`, where it means the rows that lack the dimension.
        kept_nulls = name == "group"
        return {cut(k): _shortened(v, most, k) for k, v in value.items() if v is not None or kept_nulls}
    if isinstance(value, list):
        kept: list[JsonValue] = [_shortened(item, most, name) for item in value[:most]]
        return [*kept, {"not_shown": len(value) - most}] if len(value) > most else kept
    return cut(value) if isinstance(value, str) else value


def cut(text: str, most: int = MOST_TEXT) -> str:
    """Return `text`, shortened to `most` characters with the number left out."""
    return text if len(text) <= most else f"{text[:most]}... ({len(text) - most} more characters)"
