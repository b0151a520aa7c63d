"""Numbers spelled out in words."""

import re

_WORDS = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)(?:teen|ty)|twenty|"
    r"forty|hundreds?|thousands?|millions?|billions?|dozens?|half|halved|doubled?|tripled?|twice|thrice|quadrupled|tenfold|"
    r"thirds?|(?:a|one) quarter of|quarters of|trillions?|zero|(?:two|three|four|five|six|seven|eight|nine)fold)\b",
    re.IGNORECASE,
)


def number_words(text: str) -> list[str]:
    """Return numbers spelled out: they would pass for figures nobody can retrace."""
    return [match[0] for match in _WORDS.finditer(text)]
