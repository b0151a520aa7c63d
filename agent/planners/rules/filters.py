"""Values of the data in a question, as filters: `AWS`, `team payments`, `in us-west-2`, `without Compute`."""

from dataclasses import dataclass

from agent.planners.rules.dimension_names import DIMENSION_NAMES
from agent.planners.rules.lexicon import HEADS, NEGATIONS, PART_VALUES, SHARES
from agent.planners.rules.scan import Scan
from agent.planners.rules.vocabulary import Vocabulary
from finops.query import VIRTUAL, Filter

_GLUE = ("is", "=", "of", "called", "named", ":")
_MISSING = (
    ("untagged",), ("without", "tag"), ("without", "a", "tag"), ("no", "tag"), ("missing", "tag"), ("has", "no"), ("have", "no"),
    ("without", "any"), ("not", "tagged", "with", "a"), ("not", "tagged", "with"), ("missing",), ("lacks",), ("lacking",), ("with", "no"),
)  # fmt: skip
_LACKS = (
    ("no",), ("without", "a"), ("without", "an"), ("without", "any"), ("without",), ("missing", "a"), ("missing", "an"), ("missing", "the"),
    ("missing",), ("lacks", "a"), ("lacks", "an"), ("not", "have", "a"), ("not", "have", "an"), ("not", "have", "any"), ("have", "no"),
    ("has", "no"), ("with", "no"), ("lacking", "a"), ("lacking", "an"), ("not", "having", "a"),
)  # fmt: skip
_HAVING = tuple(
    (verb, article) for verb in ("with", "has", "have", "having", "carrying") for article in ("a", "an", "any")
)
# A thing of a kind is split into the things themselves: `by bucket`, `per database`.
_EACH = ("by", "per", "each", "every")
_SPLITS = ("by", "per")
# `spent by checkout` tells who did it.
# An account is said by its name or its id, and so are a region and a resource: the word is the same.
_ALIKE = {
    "SubAccountId": "SubAccountName", "RegionId": "RegionName", "BillingAccountId": "BillingAccountName", "ResourceId": "ResourceName",
}  # fmt: skip
# In the singular and right after a name: one thing of that kind.
_KINDS = frozenset({"account", "workspace", "project", "subscription", "team"})
_DONE_BY = (
    "spent",
    "used",
    "consumed",
    "incurred",
    "charged",
    "billed",
    "owned",
    "paid",
    "generated",
    "caused",
    "driven",
    "run",
)


@dataclass(frozen=True, slots=True)
class Found:
    """The filters of a question; `compared` is a dimension of which two values or more were named."""

    filters: tuple[Filter, ...]
    compared: str = ""
    each: bool = False
    """Whether a kind of resource was named to split by: `cost by bucket`."""
    whole: str = ""
    """The dimension of what a share is of: `what share of AI is Anthropic`."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A value that could mean two things: a question back."""

    reason: str
    example: str


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    dimension: str
    values: tuple[str, ...]
    negated: bool
    each: bool = False


def find_filters(scan: Scan, vocabulary: Vocabulary) -> Found | Unclear:
    """Find and take every value of the data, longest first at each place."""
    missing = _missing(scan, vocabulary)
    if isinstance(missing, Unclear):
        return missing
    hits: list[_Hit] = []
    at = 0
    while at < len(scan.tokens):
        hit = _at(scan, at, vocabulary, hits)
        if isinstance(hit, Unclear):
            return hit
        if hit:
            hits.append(hit)
        # `units` is a value, but not in `business units`.
        dimension = scan.longest(at, vocabulary.dimension_words)
        at = hit.end if hit else dimension[0] if dimension else at + 1
    return _filters(scan, hits, missing)


def find_parts(scan: Scan) -> tuple[Filter, ...]:
    """Find and take parts of a bill that are asked for by themselves: `credits by service`, `refunds in September`."""
    values: dict[str, list[str]] = {}
    for at in range(len(scan.tokens)):
        if hit := scan.longest(at, PART_VALUES):
            scan.take(at, hit[0])
            values.setdefault(hit[1][0], []).append(hit[1][1])
    if "ChargeCategory" in values:
        # `usage` is said of anything; beside credits or tax it is the part of the bill.
        values["ChargeCategory"] += ["Usage" for _ in scan.take_any({"usage"})]
    return tuple(Filter(dimension=name, values=tuple(dict.fromkeys(found))) for name, found in values.items())


def together(filters: tuple[Filter, ...], more: tuple[Filter, ...]) -> tuple[Filter, ...]:
    """Return both, one filter for each dimension and way: rows that are credits and tax there are none of, but of either."""
    result = list(filters)
    for one in more:
        at = next((n for n, old in enumerate(result) if (old.dimension, old.op) == (one.dimension, one.op)), None)
        if at is None:
            result.append(one)
        else:
            both = dict.fromkeys((*result[at].values, *one.values))
            result[at] = Filter(dimension=one.dimension, op=one.op, values=tuple(both))
    return tuple(result)


def _missing(scan: Scan, vocabulary: Vocabulary) -> list[Filter] | Unclear:
    """`untagged team`, `without tag owner`; `untagged` alone is without the tag `team`, or without the only tag there is."""
    found: list[Filter] = []
    for at in range(len(scan.tokens)):
        length = scan.phrase(at, _MISSING)
        tag = _lacked(scan, at, vocabulary) or (scan.longest(at + length, vocabulary.tags) if length else None)
        untagged = scan.has(at, ("untagged",))
        if having := _had(scan, at, vocabulary):
            scan.take(at, having[0])
            found.append(Filter(dimension=having[1], op="present"))
            continue
        lead = (scan.phrase_before(at, NEGATIONS) or _negation_with_article(scan, at)) if untagged else 0
        if tag:
            scan.take(at - lead, tag[0])
            found.append(Filter(dimension=tag[1], op="present" if lead else "missing"))
        elif untagged:
            name = _owner(vocabulary)
            if not name:
                return _which_tag(vocabulary)
            scan.take(at - lead, at + 1)
            found.append(Filter(dimension=name, op="present" if lead else "missing"))
    return list(dict.fromkeys(found))


def _lacked(scan: Scan, at: int, vocabulary: Vocabulary) -> tuple[int, str] | None:
    """`no team tag`, `without an owner tag`: the key stands before the word tag."""
    length = scan.phrase(at, _LACKS)
    hit = scan.longest(at + length, vocabulary.tags) if length else None
    named = hit is not None and scan.word(hit[0]) in ("tag", "tags", "label", "labels")
    if hit and named:
        return hit[0] + 1, hit[1]
    if hit and scan.word(at) == "without" and length == 1 and not vocabulary.value_at(scan, hit[0]):
        return hit
    # `missing an owner` can only be a tag; `no owner` might be anything.
    return hit if hit and length > 1 and scan.word(at + length - 1) in ("a", "an", "any") else None


def _had(scan: Scan, at: int, vocabulary: Vocabulary) -> tuple[int, str] | None:
    """`with a team tag`, `has an owner tag`: whatever its value."""
    length = scan.phrase(at, _HAVING)
    hit = scan.longest(at + length, vocabulary.tags) if length else None
    return (hit[0] + 1, hit[1]) if hit and scan.word(hit[0]) in ("tag", "label") else None


def _owner(vocabulary: Vocabulary) -> str:
    """Return the tag that `untagged` is about: `team`, by which cost is owned, or the only one; empty where that is not clear."""
    names = set(vocabulary.tags.values())
    return "tag:team" if "tag:team" in names else next(iter(names)) if len(names) == 1 else ""


def _which_tag(vocabulary: Vocabulary) -> Unclear:
    keys = sorted({name.removeprefix("tag:") for name in vocabulary.tags.values()}, key=lambda key: (len(key), key))
    if not keys:
        return Unclear("the bill has no tags, so all of it is untagged", "`cost by service`")
    return Unclear("it is not said which tag is missing", " or ".join(f"`untagged {key} cost`" for key in keys[:4]))


def _at(scan: Scan, at: int, vocabulary: Vocabulary, before: list[_Hit]) -> _Hit | Unclear | None:
    dimension = scan.longest(at, vocabulary.dimension_words)
    for length in range(min(vocabulary.longest, len(scan.tokens) - at), 0, -1):
        span = range(at, at + length)
        if dimension and dimension[0] > span.stop:
            return None  # `instance type` is a dimension, though `instance` is a value
        phrase = tuple(scan.tokens[n].text for n in span)
        found = vocabulary.values.get(phrase)
        if not all(scan.free(n) for n in span):
            continue
        if found is None and length == 1 and scan.tokens[at].quoted:
            found = vocabulary.values.get(tuple(phrase[0].split()))
        if found:
            hit = _hit(scan, span, found, vocabulary, before)
            if hit:
                return hit
    return None


def _hit(
    scan: Scan, span: range, found: tuple[tuple[str, str], ...], vocabulary: Vocabulary, before: list[_Hit]
) -> _Hit | Unclear | None:
    start, end = span.start, span.stop
    first, last, named = _qualified(scan, start, end, {dimension for dimension, _ in found}, vocabulary)
    phrase = tuple(scan.tokens[n].text for n in range(start, end))
    if not named and (called := _called(scan, span, found, vocabulary)):
        return called
    token = scan.tokens[start]
    # `cost of Data` names the team, `the data` is everyday language.
    proper = start > 0 and token.raw[:1].isupper() and any(value == token.raw for _, value in found)
    if not named and not token.quoted and not proper and not vocabulary.plain(phrase):
        return None
    chosen = [hit for hit in found if hit[0] == named] if named else vocabulary.choose(found)
    if len({dimension for dimension, _ in chosen}) != 1:
        chosen = _named_elsewhere(scan, chosen, vocabulary)
    if len({dimension for dimension, _ in chosen}) != 1:
        return _unclear(scan.tokens[start].raw, chosen)
    if (
        not named
        and not token.quoted
        and len(phrase) == 1
        and (others := vocabulary.namesakes(phrase[0], chosen[0][0]))
    ):
        return _unclear(scan.tokens[start].raw, [*chosen[:1], *others])
    if (
        not named
        and chosen[0][0] != "ResourceType"
        and scan.word(first - 1) in _SPLITS
        and scan.word(first - 2) not in _DONE_BY
        # `features by AI spend`: what they are ranked by.
        and scan.word(last) not in HEADS
    ):
        value = scan.tokens[start].raw
        return Unclear(
            f"`{scan.word(first - 1)} {value}` splits by nothing: `{value}` is one value",
            f"`cost of {value} by service`",
        )
    lead = scan.phrase_before(first, NEGATIONS) or _negation_with_article(scan, first)
    carried = not lead and bool(before) and before[-1].negated and _joined(scan, before[-1].end, first)
    scan.take(first - lead, last)
    each = chosen[0][0] == "ResourceType" and scan.word(first - 1) in _EACH and scan.free(first - 1)
    if each:
        scan.take(first - 1, first)
    return _Hit(first, last, chosen[0][0], _spelled(scan, span, chosen), bool(lead) or carried, each)


def _called(
    scan: Scan, span: range, found: tuple[tuple[str, str], ...], vocabulary: Vocabulary
) -> _Hit | Unclear | None:
    """`the support account`, `storage team`: a thing of that kind is meant, whatever else is called `support` or `storage`."""
    kind = scan.word(span.stop)
    dimension = scan.longest(span.stop, vocabulary.dimension_words)
    if kind not in _KINDS or dimension is None or not found or any(one[0] == "ProviderName" for one in found):
        return None
    said = " ".join(scan.tokens[n].text for n in span)
    meant = vocabulary.named_in_part(said, _ALIKE.get(dimension[1], dimension[1]))
    if not meant:
        return Unclear(f"no {kind} is called `{said}`", f"`cost by {kind}`")
    if len(meant) > 1:
        return _unclear(scan.tokens[span.start].raw, meant)
    lead = scan.phrase_before(span.start, NEGATIONS) or _negation_with_article(scan, span.start)
    scan.take(span.start - lead, dimension[0])
    return _Hit(span.start, dimension[0], meant[0][0], (meant[0][1],), bool(lead))


def _named_elsewhere(scan: Scan, chosen: list[tuple[str, str]], vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Return the meaning whose dimension is named elsewhere in the question, where it is one: `dev vs prod by the environment tag`."""
    said = {hit[1] for at in range(len(scan.tokens)) if (hit := scan.longest(at, vocabulary.dimension_words))}
    meant = [hit for hit in chosen if hit[0] in said]
    return meant if len({dimension for dimension, _ in meant}) == 1 else chosen


def _spelled(scan: Scan, span: range, chosen: list[tuple[str, str]]) -> tuple[str, ...]:
    """Return the value as it was spelled, or every spelling of it that differs in case or punctuation only."""
    written = " ".join(scan.tokens[at].raw for at in span)
    exact = tuple(value for _, value in chosen if value == written)
    return exact or tuple(value for _, value in chosen)


def _negation_with_article(scan: Scan, at: int) -> int:
    if scan.word(at - 1) in ("the", "in", "for", "any", "all"):
        lead = scan.phrase_before(at - 1, NEGATIONS)
        return lead + 1 if lead else 0
    return 0


def _joined(scan: Scan, end: int, start: int) -> bool:
    return end == start or (start - end == 1 and scan.word(end) in ("and", "or", "nor"))


def _qualified(scan: Scan, start: int, end: int, dimensions: set[str], vocabulary: Vocabulary) -> tuple[int, int, str]:
    """Return the span with the word for the dimension beside the value, and that dimension, empty without such a word."""
    for back in (0, 1):
        if back and scan.word(start - 1) not in _GLUE:
            continue
        for length in (4, 3, 2, 1):
            begin = start - back - length
            hit = scan.longest(begin, vocabulary.dimension_words) if begin >= 0 else None
            if hit and hit[0] == start - back and (named := _of(hit[1], dimensions)):
                return begin, end, named
    hit = scan.longest(end, vocabulary.dimension_words)
    # `the AWS services` asks for services of AWS: only the dimension the value belongs to is a word about the value.
    if hit and (named := _of(hit[1], dimensions)):
        return start, hit[0], named
    # `shop product` is a value and its tag's key, whatever else `product` stands for.
    tag = scan.longest(end, vocabulary.tags)
    return (start, tag[0], tag[1]) if tag and tag[1] in dimensions else (start, end, "")


def _of(said: str, dimensions: set[str]) -> str:
    """Return the dimension that a word beside a value says the value is of; empty where it is of none of these."""
    return said if said in dimensions else _ALIKE[said] if _ALIKE.get(said) in dimensions else ""


def _unclear(word: str, chosen: list[tuple[str, str]]) -> Unclear:
    ways = [f"{_plain(dimension)} {value}" for dimension, value in chosen]
    return Unclear(f"`{word}` could be {' or '.join(f'`{way}`' for way in ways[:4])}", f"`cost of {ways[0]}`")


def _plain(dimension: str) -> str:
    if dimension.startswith(VIRTUAL):
        return dimension.removeprefix(VIRTUAL)
    if dimension.startswith("tag:"):
        return f"tag {dimension.removeprefix('tag:')}"
    return DIMENSION_NAMES.get(dimension, dimension)


def _filters(scan: Scan, hits: list[_Hit], missing: list[Filter]) -> Found:
    values: dict[tuple[str, bool], list[str]] = {}
    for hit in hits:
        values.setdefault((hit.dimension, hit.negated), []).extend(hit.values)
    filters = [
        Filter(dimension=dimension, op="is_not" if negated else "is", values=tuple(dict.fromkeys(found)))
        for (dimension, negated), found in values.items()
    ]
    named = [hit.dimension for hit in hits if not hit.negated]
    compared = next((dimension for dimension in named if named.count(dimension) > 1), "")
    return Found((*filters, *missing), compared, each=any(hit.each for hit in hits), whole=_whole(scan, hits))


def _whole(scan: Scan, hits: list[_Hit]) -> str:
    for hit in hits:
        start = hit.start - (scan.word(hit.start - 1) in ("the", "our", "all", "total"))
        if scan.word(start - 1) in ("of", "in") and scan.word(start - 2) in SHARES:
            listed = any(_joined(scan, hit.end, other.start) and other.start > hit.end for other in hits)
            return "" if listed else hit.dimension
    return ""
