"""What people call a thing that the bill spells otherwise: part of a name, a name without its spaces. Taken only where one is meant."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agent.planners.rules.dimension_names import plural
from agent.planners.rules.lexicon import (
    AVERAGES,
    BEFORE,
    CHANGES,
    COMPARERS,
    COMPARING,
    CORRECTIONS,
    COUNTS,
    GRAINS,
    LARGEST,
    LEADS,
    LISTINGS,
    NEGATIONS,
    NET,
    SAVINGS,
    SHARES,
    SMALLEST,
    STOP,
    TRENDS,
    WHYS,
    WITHOUT,
)
from agent.planners.rules.scan import Scan
from agent.planners.rules.vocabulary import Vocabulary

# Names people shorten; an id is never meant by a part of it, and a resource's name only where it is whole.
_NAMED = (
    "ProviderName", "ServiceCategory", "ServiceName", "ServiceSubcategory", "RegionName", "SubAccountName", "BillingAccountName",
    "ResourceType", "PublisherName", "SkuMeter",
)  # fmt: skip
# Of a model everybody says one part of its name: `opus`, `nano`.
_MODEL = "tag:model"
_PARTS = re.compile(r"[^\s\-_./,()]+")
_SHORTEST = 3
_LONGEST = 4
_MOST_MEANT = 4
_CUT = 8
# Words that are in so many names that they stand for none of them.
_GENERIC = frozenset(
    {
        "plan",
        "plans",
        "usage",
        "service",
        "services",
        "management",
        "data",
        "cloud",
        "amazon",
        "aws",
        "azure",
        "google",
        "microsoft",
        "api",
        "public",
        "standard",
        "general",
        "system",
        "systems",
        "business",
        "other",
        "new",
        "old",
        "large",
        "small",
        "app",
        "apps",
        "web",
        "premium",
        "machine",
        "machines",
        "learning",
        "second",
    }
)
# Everyday words that a name may begin with: `data transfer`.
_BEGINS = ("data", "cloud")
# Words of the grammar, which are never a part of a name.
_GRAMMAR = STOP | COMPARING | CHANGES | AVERAGES | SHARES | LARGEST | SMALLEST | SAVINGS | frozenset(
    word for table in (NEGATIONS, tuple(NET), tuple(WITHOUT), LEADS, CORRECTIONS, COMPARERS, WHYS, TRENDS, LISTINGS, COUNTS)
    for phrase in table for word in phrase
) | frozenset(word for phrase, _ in BEFORE for word in phrase)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Nicknamed:
    """A vocabulary with the nicknames of one question in it, or what they could mean where that is not clear."""

    vocabulary: Vocabulary
    unclear: tuple[str, tuple[str, ...]] | None = None


def nicknamed(scan: Scan, vocabulary: Vocabulary) -> Nicknamed | None:
    """Look for words nobody understood among the parts of names; None where no word is one.

    `scan` is of a question that was read and not understood whole.
    """
    table = _table(vocabulary)
    found: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
    for phrase in _phrases(scan):
        if (
            phrase in vocabulary.values
            or phrase in vocabulary.dimension_words
            or any(set(phrase) & set(longer) for longer in found)
        ):
            continue
        hits = table.get("".join(phrase), ())
        chosen = _meant(hits)
        if len({value.casefold() for _, value in chosen}) > 1:
            named = tuple(dict.fromkeys(value for _, value in chosen))
            return Nicknamed(vocabulary, (" ".join(phrase), named[:_MOST_MEANT]))
        if chosen:
            found[phrase] = chosen
    if not found:
        return None
    longest = max(vocabulary.longest, *map(len, found))
    return Nicknamed(replace(vocabulary, values={**vocabulary.values, **found}, longest=longest))


def _phrases(scan: Scan) -> Iterator[tuple[str, ...]]:
    """Yield what could be a nickname, longest first: words left over, with up to three beside them."""
    left = scan.left()
    spans = {
        (start, start + length)
        for at in left
        for length in range(1, _LONGEST + 1)
        for start in range(at - length + 1, at + 1)
        if start >= 0 and start + length <= len(scan.tokens)
    }
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        phrase = tuple(scan.word(at) for at in range(start, end))
        # A word that the grammar knows is no name by itself, only beside one that it does not.
        first, last = scan.word(start), scan.word(end - 1)
        begins = first not in _GRAMMAR or (first in _BEGINS and end - start > 1)
        if all(phrase) and begins and last not in _GRAMMAR and not _is_time(phrase):
            yield phrase


def _is_time(phrase: Sequence[str]) -> bool:
    return any(word in GRAINS or word.isdecimal() for word in phrase)


def _table(vocabulary: Vocabulary) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return every value by each run of its words, written together: `claudesonnet`, `loadbalancer`."""
    table: dict[str, dict[tuple[str, str], None]] = {}
    for hits in vocabulary.values.values():
        for dimension, value in hits:
            for text in _runs(dimension, value):
                table.setdefault(text, {})[dimension, value] = None
    return {text: tuple(hits) for text, hits in table.items()}


def _runs(dimension: str, value: str) -> Iterator[str]:
    tag = dimension.startswith(("tag:", "virtual:"))
    if dimension not in _NAMED and not tag and dimension != "ResourceName":
        return
    parts = [part.casefold() for part in _PARTS.findall(value)][:8]
    whole = "".join(parts)
    inside = dimension in _NAMED or dimension == _MODEL
    for start in range(len(parts) if inside else 1):
        for end in range(start + 1, len(parts) + 1) if inside else (len(parts),):
            text = "".join(parts[start:end])
            # Of a meter only what reads like a model is said by itself: `gp2`, but not `second` or `requests`.
            if dimension == "SkuMeter" and not (any(map(str.isdigit, text)) and end - start == 1):
                continue
            if len(text) >= _SHORTEST and not text.isdecimal() and text not in _GRAMMAR | _GENERIC:
                yield from (text, plural(text), text.removesuffix("s"))
    if tag and len(parts) == 1 and len(whole) > _CUT:
        # A long word is often cut: `prod`, `dev`, `infra`.
        yield from (whole[:length] for length in range(_SHORTEST, _CUT - 2) if whole[:length] not in _GRAMMAR)


def _meant(hits: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return the hits of the dimension that comes first: named columns in their order, then rules' dimensions, then tags."""
    order = {name: at for at, name in enumerate(_NAMED)}
    ranks = [
        order.get(name, 50 if name.startswith("virtual:") else 60 if name.startswith("tag:") else 90)
        for name, _ in hits
    ]
    first = min(ranks, default=0)
    return tuple(hit for hit, rank in zip(hits, ranks, strict=True) if rank == first)
