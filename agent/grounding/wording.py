"""A model's words, beyond what is judged one by one: plain English, and beside a figure only words that are known.

Lists of words that say a falsehood never end, so it is turned round: what may stand beside a figure is listed (`plain_words`).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from agent.grounding import role_words as roles
from agent.grounding.kinds import kind_of
from agent.grounding.known_names import Names, reads_like_quantity
from agent.grounding.language import foreign
from agent.grounding.names import Span, occurrences
from agent.grounding.page import Page
from agent.grounding.plain_words import ADVICE, ALLOWED, ANYWHERE, COMMON, NEVER, PARTS, RATE, SUPPOSED, UNTOLD
from agent.grounding.quantities import said_of_quantities
from agent.grounding.references import Bound

_NAME = "\x01"
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['\u2019_-](?=[^\W\d_]))*")
_QUOTE = re.compile(r"`[^`\n]*`")
_CAMEL = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]*)+|[A-Z]{3}|[a-z]+:[\w-]+")
# Set phrases whose words alone would say which way something went, or how much.
_PHRASE = re.compile(
    r"\b(?:ma(?:kes?|king|de) up|no more(?! than)|to the (?:cent|last digit)|(?:largest|smallest|newest)(?: \w+)? first|"
    r"per (?=(?:providers?|services?|regions?|accounts?|categor(?:y|ies)|resources?|teams?|projects?|environments?|tags?|owner|month|"
    r"quarter|year|week|day)\b)|per[ -]unit)\b",
    re.IGNORECASE,
)
# What says nothing of a cost, and denials that are judged with what they deny.
_SET_WORDS = re.compile(
    rf"\bthere (?:is|are) (?:no|not)(?= {_NAME}|\s+enough)(?:\s+enough)?|\b(?:is|are) not known\b|"
    r"\bone of (?:them|these|those)\b|\bstands? out\b|\bworth a look\b|"
    r"\b(?:no|not) (?=(?:more|less|higher|lower|cheaper|dearer|costlier|larger|greater|bigger|smaller) )|"
    r"\b(?:did not|didn't|does not|doesn't) (?:rise|grow|increase|climb|fall|drop|decrease|decline)\b",
    re.IGNORECASE,
)
_ABSENT = re.compile(r"there (?:is|are) (?:no|not)\b|(?:is|are) not known", re.IGNORECASE)
_ADVISING = ("rightsize_instances", "propose_action", "measure_saving")
_MAKES_UP = re.compile(r"\bma(?:kes?|king|de) up\b", re.IGNORECASE)
_ROUGHLY = re.compile(
    r"\s*(?:(?:about|around|roughly|approximately|nearly|almost|some|only|just|exactly|over|under|the)\s+)*",
    re.IGNORECASE,
)
_BESIDE_BEFORE = re.compile(
    r"\b(?:below|above|under|over|beyond|short of|beneath)\s+(?:the\s+)?(?:prior|previous|preceding|last|same|month before)\b",
    re.IGNORECASE,
)
# A value of the data in lower case that could be a verb stands in backticks, unless it is a word that is known.
_VERB_LIKE = re.compile(r"[a-z]+(?:ed|ing)")
# `Azure eclipsed everything`: what follows a name or the cost as its verb, where no figure is told.
_SAID_OF = re.compile(
    rf"(?:{_NAME}+|\b(?:costs?|spend|spending|bill|total|it|they|everything))\s+(?:\w+ly\s+)?(?:(?P<direct>(?!(?:has|have|had|is|was|were|are|been)\b)[a-z]+)|"
    r"(?:(?:has|have|had|is|was|were|are|been)\s+)+(?:\w+ly\s+)?(?P<verb>[a-z]+(?:ed|ing)))\b(?!')"
)
_COST = re.compile(
    r"\b(?:costs?|spend|spending|spent|bills?|charges?|charged|expenses?|invoices?|invoiced|paid|pay|amounts?|budgets?|forecasts?|prices?|free)\b",
    re.IGNORECASE,
)
# What is denied, and what is said of all there is, where nothing judged takes it up.
_DENIES = re.compile(
    r"\b(?:not|never|none|nothing|nobody|nowhere|neither|nor|everything)\b|n't\b|\b(?:whole|entire) (?:bill|cost|total)\b",
    re.IGNORECASE,
)
_IS_NAME = re.compile(
    rf"\b(?:costs?|bill|total|spend|spending)\s+(?:is|are|was|were|goes to|go to|went to|comes? from|came from)\s+(?:the\s+)?{_NAME}",
    re.IGNORECASE,
)
_SPAN_OF_TIME = re.compile(
    r"\b(?:so far this|this|whole|entire|full|all|every|each|the|a|per|calendar|financial|fiscal)\s+(?P<unit>year|quarter|week|day)\b"
    r"(?!\s+(?:of|before|earlier|ago|prior)\b)|\b(?:per|each|every)\s+(?P<month>month)\b|\b(?P<to>year[- ]to[- ]date|ytd|so far|to date)\b",
    re.IGNORECASE,
)
_LONG = {"year": 300, "quarter": 80, "month": 28, "week": 6, "day": 1}
_LONGEST = {"year": 366, "quarter": 93, "month": 31, "week": 7, "day": 1}
_PLAINLY = "say plainly what it `cost` or `came to`, or which way it went with a figure of the change"


def wording(page: Page, bound: Sequence[Bound], names: Names, question: str, read: Sequence[Span]) -> Iterator[str]:
    """Yield where a model's words are no plain English, or give a figure what nothing can hold against the evidence.

    `read` is where words of quantity were judged.
    """
    text = _nameless(page, names, bound)
    if other := foreign(text.replace(_NAME, " "), ANYWHERE):
        yield f"`{other}` is no English, which is all that can be checked; write the answer in English"
        return
    proper = _proper(page, names, question)
    judged = _without(text, said_of_quantities(page))
    rest = _without(judged, (match.span() for match in _PHRASE.finditer(judged)))
    said = [match.span() for match in _SET_WORDS.finditer(text) if not _has_figures(page, text, match)]
    untold = _without(text, [*read, *said, *(match.span() for match in _PHRASE.finditer(text))])
    advised = any(item.tool in _ADVISING for item in page.items)
    introductions: dict[Span, list[Bound]] = {}
    for sentence in page.sentences:
        told = [b for b in bound if sentence[0] <= b.start < sentence[1]]
        if not told:
            if page.text[slice(*sentence)].rstrip().endswith("?"):
                continue
            held = any(sentence[0] <= start < sentence[1] for start, _ in read)
            yield from _untold(untold, sentence, proper, advised=advised, judged=held)
            yield from _unjudged(text, sentence, read)
            continue
        yield from _unknown(rest, sentence, told, proper)
        yield from _times(judged, sentence, told)
        for match in _DENIES.finditer(untold, *sentence):
            yield f"`{match[0]}` beside a figure cannot be checked; {_PLAINLY}"
        yield from _unjudged(text, sentence, [*read, *((b.start, b.end) for b in told)])
        intro = page.introduction(told[0].start)
        if intro[0] < intro[1]:
            introductions.setdefault(intro, []).extend(told)
    for intro, told in introductions.items():
        yield from _unknown(rest, intro, told, proper)
        yield from _times(judged, intro, told)


def _unjudged(text: str, sentence: Span, judged: Sequence[Span]) -> Iterator[str]:
    """What made something up is a figure or a portion that is judged; less or more than before is said with `than`."""
    for match in _MAKES_UP.finditer(text, *sentence):
        after = min((start for start, _ in judged if start >= match.end()), default=None)
        if after is None or not _ROUGHLY.fullmatch(text, match.end(), after):
            yield f"`{' '.join(match[0].split())}` is followed by no share that can be checked; {_PLAINLY}"
    for match in _BESIDE_BEFORE.finditer(text, *sentence):
        yield f"`{' '.join(match[0].split())}` cannot be checked; say `more than in` or `less than in`, and the period"


def _untold(text: str, sentence: Span, proper: frozenset[str], *, advised: bool, judged: bool) -> Iterator[str]:
    """A sentence that speaks of a group or a cost and tells no figure: what it says of it in other words, nothing could hold."""
    for match in _SAID_OF.finditer(text, *sentence):
        verb = match["direct"] or match["verb"]
        if verb not in ANYWHERE and verb not in proper:
            yield f"`{verb}` is said of a cost and cannot be checked; {_PLAINLY}"
            return
    said = text[slice(*sentence)]
    if not judged and (match := _IS_NAME.search(said)):
        yield f"`{' '.join(match[0].replace(_NAME, '').split())} ...` cannot be checked; tell the figures of both"
    if _NAME in said or _COST.search(said):
        allowed = UNTOLD | ADVICE if advised else UNTOLD
        yield from _strange(text, sentence, allowed | proper, proper, "without a figure")


def _has_figures(page: Page, text: str, match: re.Match[str]) -> bool:
    """Tell whether what is said not to be there, or not to be known, is a group that has figures."""
    if not _ABSENT.match(match[0]):
        return False
    sentence = page.text[slice(*page.sentence(match.start()))]
    known = (value for item in page.items for values in page.known(item).values() for value in values)
    return any(value in sentence for value in known)


def _without(text: str, spans: Iterable[Span]) -> str:
    characters = list(text)
    for start, end in spans:
        characters[start:end] = [" "] * (end - start)
    return "".join(characters)


def _unknown(text: str, within: Span, told: Sequence[Bound], proper: frozenset[str]) -> Iterator[str]:
    allowed = COMMON | proper
    for one in told:
        allowed |= ALLOWED[kind_of(one.figure, one.evidence)]
        figure = one.figure
        if "ChargeC" in figure.subject or " without " in figure.definition:
            allowed |= PARTS
        if " per " in figure.unit or figure.unit == "ratio":
            allowed |= RATE
        if figure.definition.startswith("scaled by "):
            allowed |= SUPPOSED
    yield from _strange(text, within, allowed, proper, "beside a figure")


def _strange(text: str, within: Span, allowed: frozenset[str], proper: frozenset[str], where: str) -> Iterator[str]:
    unknown = [
        match[0]
        for match in _WORD.finditer(text, *within)
        if match[0].lower().replace("\u2019", "'").removesuffix("'s") not in allowed
        and match[0] not in proper
        and not _CAMEL.fullmatch(match[0])
    ]
    if unknown:
        said = ", ".join(f"`{word}`" for word in dict.fromkeys(unknown[:6]))
        yield f"{said} {where} cannot be checked; {_PLAINLY}"


def _times(text: str, within: Span, told: Sequence[Bound]) -> Iterator[str]:
    """A span of time in words must be that of a figure told: a month is no `year so far`."""
    days = [b.figure.period.days for b in told if b.figure.period]
    free = any(
        b.figure.definition.startswith("scaled by ")
        or kind_of(b.figure, b.evidence) not in ("amount", "before", "share", "part")
        for b in told
    )
    if not days or free:
        return
    for match in _SPAN_OF_TIME.finditer(text, *within):
        unit = (match["unit"] or match["month"] or "").lower()
        if unit and not any(_LONG[unit] <= n <= _LONGEST[unit] for n in days):
            yield f"`{' '.join(match[0].split())}` is not the time its figure is of; write the period"
        elif match["to"] and not any(n > 31 for n in days):
            yield f"`{match['to']}` is not the time its figure is of; write the period"


def _nameless(page: Page, names: Names, bound: Sequence[Bound]) -> str:
    """Return the text with figures, dates and numbers as blanks and names as marks, every other character in its place."""
    characters = [" " if c == "\x00" else c for c in page.blank]
    text = page.text
    known = frozenset[str]().union(*(values for item in page.items for values in page.known(item).values()))
    every = names.free | frozenset(value for value in known if not reads_like_quantity(value))
    for name in sorted(every, key=len, reverse=True):
        for start, end in occurrences(text, name):
            if not _VERB_LIKE.fullmatch(text[start:end]) or text[start:end] in COMMON:
                characters[start:end] = [_NAME] * (end - start)
    quotable = names.every | known
    for match in _QUOTE.finditer(text):
        if match[0][1:-1] in quotable or (
            not re.search(r"\d", page.blank[slice(*match.span())]) and match[0][1:-1] in every
        ):
            characters[slice(*match.span())] = [_NAME] * (match.end() - match.start())
    for one in bound:
        characters[one.start : one.end] = [" "] * (one.end - one.start)
    return "".join(characters)


def _proper(page: Page, names: Names, question: str) -> frozenset[str]:
    """Return words that are parts of names, as they are written, and words of the question that give a figure no role."""
    values: Iterable[str] = (value for listed in page.vocabulary.values() for value in listed)
    parts = {word for value in (*values, *names.free) for word in _WORD.findall(value) if word[0].isupper()}
    asked = {word for word in _WORD.findall(question) if not _VERB_LIKE.fullmatch(word)}
    asked = {word for word in asked if word.lower() not in NEVER and not _is_judged(word)}
    return frozenset(parts | asked | {word.lower() for word in asked})


def _is_judged(word: str) -> bool:
    return reads_like_quantity(word) or roles.CHANGE_WORDS.search(word) is not None
