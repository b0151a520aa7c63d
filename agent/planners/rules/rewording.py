"""Turns of phrase put into the grammar's words before anything is read: `third quarter`, `leaving tax out`, `1-7 Oct`, `how far apart`."""

import re
from dataclasses import replace
from functools import cache

from agent.planners.rules.scan import Token
from agent.planners.rules.turns_of_phrase import TURNS

# What stands in quotes is a name, and is left alone.
_QUOTED = "\x00"
_PARTS = {
    "<month>": "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?)",
    "<weekday>": "(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?",
    "<day>": r"\d{1,2}(?:st|nd|rd|th)?",
    "<year>": r"20\d\d",
    "<unit>": "(?:day|week|month|quarter|year)s?",
    "<span>": "(?:week|month|quarter|year)",
    "<last>": "(?:last|past|previous|preceding|prior)",
    "<versus>": "(?:vs|versus|against|than|with|to)",
    "<part>": "(?:credits?|refunds?|tax|taxes|support|marketplace)",
    "<lead>": "(?:leave|leaving|take|taking|keep|keeping|strip|stripping)",
    "<dear>": "(?:cheaper|dearer|pricier|costlier|higher|lower|more|less)(?: expensive)?",
    "<before>": "(?:before|prior|earlier|preceding|ago)(?: that| those| them| it)?",
    "<stretch>": "(?:month|period|time|week|quarter)",
    "<rest>": "(?:whatever|what|everything|anything|those|things|the bit|the part|the rest)",
    "<given>": "(?:allocated|assigned|attributed|mapped|tied|linked|attached)",
    "<we>": "(?:we|you|i)",
    "<spend>": "(?:spend|spent|pay|paid|burn|burned|burnt)",
    "<dash>": "[-\u2013\u2014]",
}


def reworded(found: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return the tokens with each turn of phrase in the grammar's words; what stays is as it was written."""
    for pattern, instead in _rules():
        at = 0
        while match := pattern.search(_text(found), at):
            start = _text(found)[: match.start()].count(" ")
            end = start + match[0].count(" ") + 1
            words = match.expand(instead).split()
            new = _tokens(words, found[start:end])
            found = (*found[:start], *new, *found[end:])
            # A rule goes on behind what it wrote, so that none can go round in a circle.
            at = len(_text((*found[:start], *new))) if found else 0
    return found


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    rules: list[tuple[re.Pattern[str], str]] = []
    for line in TURNS.strip().splitlines():
        pattern, _, instead = line.strip().partition(" =>")
        for name, meant in _PARTS.items():
            pattern = pattern.replace(name, meant)
        rules.append((re.compile(rf"(?<!\S)(?:{pattern})(?!\S)"), instead.strip()))
    return tuple(rules)


def _text(found: tuple[Token, ...]) -> str:
    return " ".join(_QUOTED if token.quoted or " " in token.text else token.text for token in found)


def _tokens(words: list[str], old: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return tokens for words: one that stood there before stays as it was written, and a comma behind the last stays too."""
    left = list(old)
    new: list[Token] = []
    for word in words:
        same = next((token for token in left if token.text == word), None)
        if same is not None:
            left.remove(same)
        new.append(replace(same, comma=False) if same else Token(word, word))
    if new and old[-1].comma:
        new[-1] = replace(new[-1], comma=True)
    return tuple(new)
