"""A conversation as a document to take away: Markdown or JSON, every figure with the id of the evidence behind it."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from gateway.conversations import Conversation, Exchange

_CODE = re.compile(r"(`[^`\n]*`)")


def as_document(conversation: Conversation, exchanges: Sequence[Exchange]) -> dict[str, object]:
    """Return it as plain JSON: what was asked, answered and bound, in order."""
    return {
        "conversation": conversation.model_dump(mode="json"),
        "exchanges": [exchange.model_dump(mode="json") for exchange in exchanges],
    }


def as_markdown(conversation: Conversation, exchanges: Sequence[Exchange]) -> str:
    """Return it as Markdown; markup in names of the data stays text."""
    lines = [f"# {_text(conversation.title)}", "", f"Conversation `{conversation.id}`, begun {_moment(conversation)}."]
    for number, exchange in enumerate(exchanges, 1):
        lines += ["", f"## {number}. {_text(exchange.question)}", "", *_answer(exchange)]
    return "\n".join(lines) + "\n"


def _moment(conversation: Conversation) -> str:
    return f"{conversation.created:%Y-%m-%d %H:%M} UTC"


def _answer(exchange: Exchange) -> Iterator[str]:
    answer = exchange.answer
    yield _text(str(answer.get("answer", "")))
    if figures := _rows(answer.get("figures")):
        yield from ("", "| figure | exactly | unit | name | evidence |", "|---|---|---|---|---|")
        yield from (_figure(figure) for figure in figures)
    if proposals := _strings(answer.get("proposals")):
        yield from ("", f"Proposals: {', '.join(f'`{one}`' for one in proposals)}.")
    yield from (line for note in _strings(answer.get("notes")) for line in ("", f"Note: {_text(note)}"))
    yield from ("", f"Planned by {_text(str(answer.get('planner', '')))}{_when(exchange)}.")


def _when(exchange: Exchange) -> str:
    return f", {exchange.at:%Y-%m-%d %H:%M} UTC" if exchange.at else ""


def _figure(figure: Mapping[str, JsonValue]) -> str:
    shown, exact, unit, name = (_cell(str(figure.get(key, ""))) for key in ("text", "value", "unit", "name"))
    return f"| {shown} | {exact} | {unit} | {name} | `{figure.get('evidence', '')}` |"


def _cell(text: str) -> str:
    return _text(" ".join(text.split())).replace("|", "\\|")


def _text(text: str) -> str:
    """Escape what Markdown would take for HTML, but for what stands in backticks, which it shows as it is."""
    return "".join(
        part if part.startswith("`") else html.escape(part, quote=False) for part in _CODE.split(text) if part
    )


def _rows(value: JsonValue) -> list[dict[str, JsonValue]]:
    return (
        [cast("dict[str, JsonValue]", one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    )


def _strings(value: JsonValue) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
