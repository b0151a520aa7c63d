"""Names for figures: readable, unique within their evidence, and safe inside a reference such as `{{E1.AWS.share}}`."""

import re
from collections.abc import Iterable, Sequence

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
        self._taken = set(reserved)
        self._endings: set[str] = set()
        self._learnt: Iterable[str] = ()
        # What a name may not be, since with an ending it would be a name that is taken.
        self._stems: set[str] = set()

    def take(self, base: str, suffixes: Iterable[str] = ()) -> str:
        """Return `base`, or the first numbered form of it, such that it and each `NAME.suffix` are still free."""
        if suffixes is not self._learnt:
            self._learn(suffixes)
        number, name = 1, base
        while name in self._taken or name in self._stems or ("." in name and self._is_ended(name)):
            number += 1
            name = f"{base} ({number})"
        self._add(name)
        return name

    def take_all(self, bases: Sequence[str], suffixes: Iterable[str] = ()) -> list[str]:
        """Return what `take` returns for each in turn; at once where all are free and none can be another with an ending."""
        if suffixes is not self._learnt:
            self._learn(suffixes)
        fresh = set(bases)
        apart = len(fresh) == len(bases) and fresh.isdisjoint(self._taken) and fresh.isdisjoint(self._stems)
        if not apart or "." in "".join(bases):
            return [self.take(base, suffixes) for base in bases]
        self._taken |= fresh
        return list(bases)

    def _learn(self, suffixes: Iterable[str]) -> None:
        self._learnt = endings = tuple(suffixes) if not isinstance(suffixes, tuple) else suffixes
        # `A.b.c` ends in `c` and in `b.c`, so that with these endings neither `A.b` nor `A` is free beside it.
        self._endings.update(one[:at] for one in endings for at in (*_dots(one), len(one)))
        for name in self._taken:
            self._stems.update(self._without_ending(name))

    def _add(self, name: str) -> None:
        self._taken.add(name)
        if "." in name:
            self._stems.update(self._without_ending(name))

    def _is_ended(self, name: str) -> bool:
        return any(stem in self._taken for stem in self._without_ending(name))

    def _without_ending(self, name: str) -> list[str]:
        return [name[: -len(one) - 1] for one in self._endings if name.endswith(f".{one}")]


def _dots(text: str) -> list[int]:
    return [at for at, letter in enumerate(text) if letter == "."]
