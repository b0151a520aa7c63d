"""A question as tokens, and which of them have been understood."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

_TOKEN = re.compile(r"\"[^\"]+\"|“[^”]+”|`[^`]+`|[^\s\"“”`]+")
_EDGES = ".,;:!?()[]\"“”`'\u2019"
_SHORT_YEAR = re.compile("['\u2019]\\d\\d")
# After one of these something else is spoken of, `in October? Three days`; after the dot of `Oct. 3` it need not be.
_PAUSES = (",", ";", ":", "?", "!")
_CLOSING = ".,;:!?)]"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, lower case, without punctuation around it; `raw` as written, `quoted` if so, `comma` if before a comma or the like."""

    text: str
    raw: str
    quoted: bool = False
    comma: bool = False


def tokens(text: str) -> tuple[Token, ...]:
    """Cut a question into words; what stands in quotes is one token, a possessive loses its ending."""
    found: list[Token] = []
    for raw in _TOKEN.findall(text):
        quoted = len(raw) > 1 and raw[0] in '"“`' and raw[-1] in '"”`'
        word = raw.strip(_EDGES) if not quoted else raw[1:-1].strip()
        for ending in ("'s", "\u2019s"):
            word = word.removesuffix(ending)
        if not quoted and _SHORT_YEAR.fullmatch(raw.rstrip(_CLOSING)):
            found.append(Token(f"20{word}", word, comma=raw.endswith(_PAUSES)))
        elif word:
            found.append(Token(word.lower(), word, quoted, raw.endswith(_PAUSES)))
    return tuple(found)


@lru_cache(maxsize=16384)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a text as tokens hold them."""
    return tuple(token.text for token in tokens(text.replace('"', " ").replace("`", " ")))


@dataclass(slots=True)
class Scan:
    """The tokens of one question; each rule marks those it has understood."""

    tokens: tuple[Token, ...]
    used: list[bool] = field(default_factory=list[bool])

    def __post_init__(self) -> None:
        self.used = [False] * len(self.tokens)

    def word(self, at: int) -> str:
        """Return the word at a place, empty beyond the ends or where it stood in quotes."""
        inside = 0 <= at < len(self.tokens) and not self.tokens[at].quoted
        return self.tokens[at].text if inside else ""

    def has(self, at: int, phrase: tuple[str, ...]) -> bool:
        """Tell whether a phrase stands at a place, none of it understood yet."""
        if phrase and self.word(at) != phrase[0]:
            return False
        return all(self.word(at + n) == word and self.free(at + n) for n, word in enumerate(phrase))

    def free(self, at: int) -> bool:
        """Tell whether the token at a place is there and not yet understood."""
        return 0 <= at < len(self.tokens) and not self.used[at]

    def take(self, start: int, end: int) -> None:
        """Mark tokens as understood."""
        for at in range(start, end):
            self.used[at] = True

    def drop(self, start: int, end: int) -> None:
        """Remove tokens that are understood, so that what they stood between is side by side."""
        self.tokens = (*self.tokens[:start], *self.tokens[end:])
        del self.used[start:end]

    def longest(self, at: int, table: Mapping[tuple[str, ...], Value]) -> tuple[int, Value] | None:
        """Return the end and the meaning of the longest phrase of `table` that stands at a place."""
        for length in range(min(6, len(self.tokens) - at), 0, -1):
            phrase = tuple(self.word(at + n) for n in range(length))
            if phrase in table and self.has(at, phrase):
                return at + length, table[phrase]
        return None

    def phrase(self, at: int, phrases: Iterable[tuple[str, ...]]) -> int:
        """Return the length of the longest of `phrases` that stands at a place, 0 for none."""
        return max((len(phrase) for phrase in phrases if self.has(at, phrase)), default=0)

    def phrase_before(self, at: int, phrases: Iterable[tuple[str, ...]]) -> int:
        """Return the length of the longest of `phrases` that ends just before a place, 0 for none."""
        return max((len(p) for p in phrases if at >= len(p) and self.has(at - len(p), p)), default=0)

    def take_any(self, vocabulary: Iterable[str]) -> tuple[int, ...]:
        """Take every free token that is one of the words; return where they stood."""
        known = frozenset(vocabulary)
        places = tuple(at for at in range(len(self.tokens)) if self.free(at) and self.word(at) in known)
        for at in places:
            self.used[at] = True
        return places

    def left(self) -> tuple[int, ...]:
        """Return the places of what nobody understood."""
        return tuple(at for at, used in enumerate(self.used) if not used)
