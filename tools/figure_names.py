"""Names for figures: readable, unique within their evidence, and safe inside a reference such as `{{E1.AWS.share}}`."""

import re
from collections.abc import Iterable

NONE = "(none)"
_UNSAFE = str.maketrans({"{": "(", "}": ")", "#": "_"})


def readable(value: str | None) -> str:
    """Return a value as part of a name: one line, no braces and no `#`, 120 characters at most; `(none)` for no value."""
    if value is None:
        return NONE
    return re.sub(r"[\s\x00-\x1f]+", " ", value.translate(_UNSAFE)).strip()[:120] or "(blank)"


class FigureNames:
    """Hands out names, each once. A name asked for again gets ` (2)`, ` (3)` in the order of asking."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self._used = set(reserved)

    def take(self, base: str, suffixes: Iterable[str] = ()) -> str:
        """Return `base`, or the first numbered form of it, such that it and each `NAME.suffix` are still free."""
        endings = tuple(suffixes)
        number = 1
        while True:
            name = base if number == 1 else f"{base} ({number})"
            wanted = {name, *(f"{name}.{ending}" for ending in endings)}
            if not wanted & self._used:
                self._used |= wanted
                return name
            number += 1
