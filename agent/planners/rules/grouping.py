"""What to split by and into which buckets of time."""

from agent.planners.rules.lexicon import ADVERB_GRAINS, COST_NOUNS, GRAINS, GROUPERS, LARGEST, SMALLEST
from agent.planners.rules.scan import Scan
from agent.planners.rules.vocabulary import Vocabulary
from finops.periods import Grain

_SKIP = ("the", "different", "single", "of")
_BUCKET = (("by",), ("per",), ("each",), ("every",), ("for", "each"), ("by", "the"), ("a",), ("and",))


def find_grain(scan: Scan) -> Grain | None:
    """Find and take a bucket of time: `daily`, `per day`, `by month`."""
    for at in range(len(scan.tokens)):
        word = scan.word(at)
        if word not in GRAINS or not scan.free(at):
            continue
        if scan.has(at, (word, "by", word)):
            scan.take(at, at + 3)
            return GRAINS[word]
        lead = scan.phrase_before(at, _BUCKET)
        if word in ADVERB_GRAINS or lead:
            scan.take(at - lead, at + 1)
            return GRAINS[word]
    return None


def find_groups(scan: Scan, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Find and take the dimensions to split by, in the order named."""
    groups: list[str] = []
    at = 0
    while at < len(scan.tokens):
        end = _opened(scan, at, vocabulary, groups) or _bare(scan, at, vocabulary, groups)
        at = end or at + 1
    return tuple(dict.fromkeys(groups))


def _opened(scan: Scan, at: int, vocabulary: Vocabulary, groups: list[str]) -> int:
    """`by provider`, `per team and region`, `which service`."""
    length = scan.phrase(at, GROUPERS)
    # `and` opens a list only after a bucket of time: `by month and provider`.
    if not length or (scan.word(at) == "and" and not (scan.word(at - 1) in GRAINS and at and not scan.free(at - 1))):
        return 0
    start = at + length
    # `each AI model`: what narrows it down stands between, and was understood before.
    while scan.word(start) in _SKIP or (start < len(scan.tokens) and not scan.free(start) and start < at + length + 4):
        start += 1
    hit = scan.longest(start, vocabulary.dimension_words)
    if hit is None:
        return 0
    end, dimension = hit
    scan.take(at, end)
    groups.append(dimension)
    while (joint := _joint(scan, end)) and (hit := scan.longest(end + joint, vocabulary.dimension_words)):
        scan.take(end, hit[0])
        end = hit[0]
        groups.append(hit[1])
    return end


def _joint(scan: Scan, at: int) -> int:
    """Return how many words join the next dimension: `and`, `and by`; a comma is none."""
    return scan.phrase(at, (("and",), ("and", "by"), ("and", "per"), ("by",), ("per",), ("&",))) or 0


def _bare(scan: Scan, at: int, vocabulary: Vocabulary, groups: list[str]) -> int:
    """`top 3 services`, `provider costs`: `biggest service`: a plural, or a singular that is ranked or before a noun of cost."""
    hit = scan.longest(at, vocabulary.dimension_words)
    if hit is None:
        return 0
    end, dimension = hit
    phrase = tuple(scan.word(n) for n in range(at, end))
    many = phrase in vocabulary.plurals
    ranked = scan.word(at - 1) in LARGEST | SMALLEST or scan.word(at - 1) in ("expensive", "costly", "top")
    ranked = ranked or scan.word(at - 1) in ("any", "percentwise")
    if not many and not ranked and scan.word(end) not in COST_NOUNS:
        return 0
    scan.take(at, end)
    groups.append(dimension)
    return end
