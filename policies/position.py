"""Where in a rule's text an error is. Cedar's messages come without a position, so it is found from the message and the text."""

import re
from collections.abc import Callable

_TOKEN = re.compile(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"|\w+|[^\w\s]')
_NAMED = re.compile(r"`([^`]+)`|: (\w+)$")
_EFFECT = re.compile(r"^\s*(?:permit|forbid)\b", re.MULTILINE)


def locate(text: str, message: str, *, parse_error: Callable[[str], str | None]) -> tuple[int, int]:
    """Return line and column, from 1, of what `message` is about: the first token no rule can have there, else the name in it.

    `parse_error` tells what is wrong with a text, None where nothing is.
    """
    if message == _CUT_OFF:
        return _line_column(text, len(text.rstrip()))
    if message.startswith(("unexpected token", "invalid token")):
        return _line_column(text, _first_impossible(text, parse_error))
    for match in _NAMED.finditer(message):
        name = re.escape(match[1] or match[2])
        if match[1] != "policy0" and (found := re.search(rf"(?<!\w){name}(?!\w)", text)):
            return _line_column(text, found.start())
    effect = _EFFECT.search(text)
    return _line_column(text, effect.end() - 6 if effect else 0)


_CUT_OFF = "unexpected end of input"


def _first_impossible(text: str, parse_error: Callable[[str], str | None]) -> int:
    """Return where the first token stands after which the text read so far can no longer become a rule."""
    for token in _TOKEN.finditer(text):
        if parse_error(text[: token.end()]) not in (None, _CUT_OFF):
            return token.start()
    return len(text.rstrip())


def _line_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
