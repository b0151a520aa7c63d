"""Everyday spelling put into the grammar's words, before anything is read: `&`, `qtr`, `w/o`, `we've`, `last three months`."""

from dataclasses import replace

from agent.planners.rules.dimension_names import PLURALS
from agent.planners.rules.lexicon import LARGEST, SMALLEST
from agent.planners.rules.scan import Token

_WORDS: dict[str, tuple[str, ...]] = {
    "&": ("and",), "+": ("and",), "plus": ("and",), "w/": ("with",), "w/o": ("without",), "wo": ("without",),
    "qtr": ("quarter",), "qtrs": ("quarters",), "mth": ("month",), "mths": ("months",), "mnth": ("month",), "mnths": ("months",),
    "mos": ("months",), "yr": ("year",), "yrs": ("years",), "wk": ("week",), "wks": ("weeks",),
    "acct": ("account",), "accts": ("accounts",), "svc": ("service",), "svcs": ("services",), "thru": ("through",),
    "non-prod": ("not", "prod"), "nonprod": ("not", "prod"), "non-production": ("not", "production"),
    "whats": ("what",), "wots": ("what",), "wot": ("what",), "hows": ("how",), "whos": ("who",), "whys": ("why",), "theres": ("there",),
    "don't": ("do", "not"), "dont": ("do", "not"), "doesn't": ("does", "not"), "didn't": ("did", "not"),
    "isn't": ("is", "not"), "aren't": ("are", "not"), "wasn't": ("was", "not"), "weren't": ("were", "not"),
    "m-o-m": ("mom",), "y-o-y": ("yoy",), "spendings": ("spend",), "gimme": ("give", "me"),
    "vms": ("vm",), "db": ("database",), "dbs": ("databases",),
}  # fmt: skip
# What is left of a word before one of these says all that the grammar needs of it.
_CONTRACTED = ("'re", "'ve", "'ll", "'d", "'m")
_NUMBERS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "twelve": "12",
}  # fmt: skip
# Beside these a number in words is a number; elsewhere it may be part of a name.
_RANKED = LARGEST | SMALLEST
_COUNTING = _RANKED | {
    "last",
    "past",
    "previous",
    "latest",
    "top",
    "bottom",
    "which",
    "what",
    "preceding",
    "prior",
    "trailing",
}
_COUNTED = (
    _RANKED
    | {"days", "weeks", "months", "quarters", "years", "most", "least"}
    | {word for (word, *rest) in PLURALS if not rest}
)
_DROPS = frozenset({"drop", "remove", "lose", "scrap", "strip", "ditch"})
_DASHES = frozenset({"-", "–", "—", "/", "|", ">", "->", "→", "=", "~"})  # noqa: RUF001


def everyday(found: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return the tokens in the grammar's words; what stands in quotes stays as it is, and so does how each was written."""
    result: list[Token] = []
    if found and found[0].text in _DROPS and len(found) > 1:
        # An order to leave something out: `drop the untagged ones`, `remove tax`. In a sentence `drop` is a change.
        found = (replace(found[0], text="without"), *found[1:])
    for at, token in enumerate(found):
        if token.quoted:
            result.append(token)
            continue
        text = token.text.replace("\u2019", "'")
        if text in _NUMBERS and (
            _beside(found, at - 1, _COUNTING) or _beside(found, at + 1, _COUNTED) or _many(found, at + 1)
        ):
            text = _NUMBERS[text]
        for ending in _CONTRACTED:
            text = text.removesuffix(ending)
        said = _WORDS.get(text, (text,))
        result += [replace(token, text=word, comma=token.comma and n == len(said) - 1) for n, word in enumerate(said)]
    return tuple(_without_dashes(result))


def _beside(found: tuple[Token, ...], at: int, words: frozenset[str]) -> bool:
    return 0 <= at < len(found) and found[at].text in words


def _many(found: tuple[Token, ...], at: int) -> bool:
    """Tell whether a plural stands there: `three owners`."""
    return 0 <= at < len(found) and found[at].text.endswith("s") and not found[at].text.endswith("ss")


def _without_dashes(found: list[Token]) -> list[Token]:
    """Leave out dashes that only set apart; between two dates one is a range, and stays."""
    return [
        token for at, token in enumerate(found)
        if token.quoted or token.text not in _DASHES or (0 < at < len(found) - 1 and _dated(found[at - 1]) and _dated(found[at + 1]))
    ]  # fmt: skip


def _dated(token: Token) -> bool:
    return token.text[:1].isdigit() or token.text[:3] in _MONTH_STARTS


_MONTH_STARTS = frozenset({"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"})
