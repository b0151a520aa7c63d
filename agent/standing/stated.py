"""Recognise a statement of fact in a person's own message: `our fiscal year starts in April`. A question is never one. Pure text."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from agent.grounding.dates import MONTH, month_number

_FIRST_DAY = r"(?:1|1st|first)"
_NAME = r"(?:\"[^\"]{1,60}\"|`[^`]{1,60}`|[\w./@&+-]+(?: [\w./@&+-]+){0,4}?)"
_LEAD = r"(?:(?:please|note|remember|fyi|keep in mind|for your information)(?: that)?[,:]? )*"
_TEAM = rf"(?:the )?(?:team (?P<t1>{_NAME})|(?P<t2>{_NAME}) team)"
_ACCOUNT = rf"(?:the )?(?:sub[ -]?)?(?:account|subscription) (?P<account>{_NAME})"
_COST_WORDS = r"(?:a plain )?(?:the )?(?:costs?|spend|spending)"
_FISCAL = (
    rf"{_LEAD}(?:our |the |my )?(?:(?:fiscal|financial) year|fy) (?:always )?(?:starts?|begins?|runs|is)(?: (?:on|in|from|with))?"
    rf"(?: the)?(?: {_FIRST_DAY}(?: of)?)? {MONTH.format('month')}(?: {_FIRST_DAY})?"
    rf"(?: (?:to|until|through)(?: the end of)? {MONTH.format('last')})?"
)
_OWNS = (
    rf"{_LEAD}{_TEAM} (?:owns|is the owner of|is responsible for|pays for) {_ACCOUNT}"
    rf"|{_LEAD}{_ACCOUNT.replace('<account>', '<account2>')} (?:belongs to|is owned by)"
    rf" {_TEAM.replace('<t1>', '<t3>').replace('<t2>', '<t4>')}"
)
_MEANS = (
    rf"{_LEAD}(?:by|when (?:i|we) (?:say|write)|if (?:i|we) say|with) (?P<word>{_NAME}),? (?:i|we) (?:always )?mean (?P<meaning>.+)"
    rf"|{_LEAD}(?P<word2>{_NAME}) (?:means|stands for|is short for|is our (?:name|word) for|:?=) (?P<meaning2>.+)"
)
_DEFINITION = (
    r"(?:(?:please )?(?:use|show|take) (?P<a>[\w -]+?) by default|by default,? (?:use|show|take) (?P<b>[\w -]+)|"
    r"(?:our|the|my) default (?:cost|definition|cost definition|definition of cost) is (?P<c>[\w -]+))"
)
_CURRENCY = (
    r"(?:our|the|my) (?:default|reporting|home) currency is (?P<a>[\w$€£]+)|(?:please )?(?:show|report|give|tell)"
    r" (?:all |the )?(?:amounts|costs?|everything) in (?P<b>[\w$€£]+) by default"
    r"|by default,? (?:show|report|give) (?:all |the )?(?:amounts|costs?|everything) in (?P<c>[\w$€£]+)"
)
# What every statement has one of: only then are the patterns compiled, which takes longer than all else here.
_HINTS = (
    "fiscal",
    "financial",
    "fy ",
    "account",
    "subscription",
    "mean",
    "stands for",
    "short for",
    "our ",
    "=",
    "default",
    "currency",
)
_ASKING = ("what", "which", "who", "how", "why", "where", "when", "it", "that", "this")


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement as it was said, not yet compared with the data. `name` and `value` are in the person's spelling."""

    kind: Literal["fiscal_year", "account_owner", "alias", "cost_definition", "currency"]
    name: str = ""
    value: str = ""
    month: int = 0
    last_month: int = 0


def stated(text: str) -> Stated | None:
    """Return what a message states, None where it is anything else."""
    said = " ".join(text.split())
    # INVARIANT: whoever asks states nothing.
    if "?" in said or not any(hint in said.lower() for hint in _HINTS):
        return None
    said = said.rstrip(" .!")
    if found := _whole(_FISCAL, said):
        last = month_number(found["last"]) if found["last"] else 0
        return Stated("fiscal_year", month=month_number(found["month"]), last_month=last)
    if found := _whole(_OWNS, said):
        team = found["t1"] or found["t2"] or found["t3"] or found["t4"]
        return Stated("account_owner", _bare(team), _bare(found["account"] or found["account2"]))
    if found := _whole(_CURRENCY, said):
        return Stated("currency", value=found["a"] or found["b"] or found["c"])
    if found := _whole(_DEFINITION, said):
        return Stated("cost_definition", value=found["a"] or found["b"] or found["c"])
    if found := _whole(_MEANS, said):
        word, meaning = _bare(found["word"] or found["word2"]), (found["meaning"] or found["meaning2"])
        if re.fullmatch(_COST_WORDS, word, re.IGNORECASE):
            return Stated("cost_definition", value=_bare(meaning))
        # `What means amortised` is a question, whatever ends it.
        return None if word.lower() in _ASKING else Stated("alias", word, meaning)
    return None


def reply(text: str) -> Literal["yes", "no", ""]:
    """Return what a message answers to `shall I keep this?`; empty where it answers nothing."""
    said = " ".join(text.lower().split()).rstrip(" .!")
    if said in (
        "yes",
        "y",
        "yes please",
        "yes, please",
        "yes, keep it",
        "yes keep it",
        "keep it",
        "confirm",
        "confirmed",
    ):
        return "yes"
    return "no" if said in ("no", "n", "no thanks", "no, thanks", "drop it", "do not keep it", "don't keep it") else ""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _whole(pattern: str, said: str) -> re.Match[str] | None:
    return _compiled(pattern).fullmatch(said)


def _bare(name: str) -> str:
    return name.strip('"` ')
