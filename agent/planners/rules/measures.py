"""What is summed: definitions of cost that are named, rates, and counts of different values."""

from agent.planners.rules.lexicon import COUNTS, HEADS, METRICS, RATE_OF, RATE_WORDS
from agent.planners.rules.scan import Scan
from agent.planners.rules.vocabulary import Vocabulary
from finops.query import VIRTUAL, Measure

# How many words may stand between `how many` and what is counted: `how many EC2 instances`.
_BETWEEN = 4
UNITS = ("ConsumedUnit", "PricingUnit")


def find_metrics(scan: Scan) -> list[Measure]:
    """Return every definition of cost that is named: the first is what is summed, the others stand beside it."""
    found: list[Measure] = []
    for at in range(len(scan.tokens)):
        hit = scan.longest(at, METRICS)
        # `list cost by provider` asks for list cost; `list costs` alone might be an order, and is read the same way.
        if hit:
            end, metric = hit
            # The word cost stays to be counted as the head of the question.
            scan.take(at, max(at + 1, end - 1) if scan.word(end - 1) in HEADS else end)
            found.append(metric)
        elif _list_beside(scan, at):
            scan.take(at, at + 1)
            found.append("ListCost")
    return list(dict.fromkeys(found))


def _list_beside(scan: Scan, at: int) -> bool:
    """`list and contracted cost`, `billed vs list`: here `list` is no order to list something."""
    joined = ("and", "vs", "versus", "or")
    listed = at < len(scan.tokens) and scan.tokens[at].comma and scan.longest(at + 1, METRICS)
    after = scan.word(at + 1) in joined and scan.longest(at + 2, METRICS)
    before = scan.word(at - 1) in joined and at > 1 and (scan.word(at - 2),) in METRICS
    return scan.has(at, ("list",)) and bool(after or before or listed)


def find_rates(scan: Scan) -> tuple[str, ...]:
    """Find and take `effective savings rate`, read before `savings` is taken for a question about what could be saved."""
    found: list[str] = []
    for at in range(len(scan.tokens)):
        if hit := scan.longest(at, RATE_WORDS):
            scan.take(at, hit[0])
            found.append(hit[1])
    return tuple(dict.fromkeys(found))


def columns_of(
    metrics: list[Measure], columns: list[str], rates: tuple[str, ...], *, by_unit: bool
) -> tuple[Measure | None, list[str]]:
    """Return the metric, None for the usual one, and the columns beside it: each rate beside the costs it is made of."""
    costs: list[Measure] = list(dict.fromkeys([*metrics, *(cost for rate in rates for cost in RATE_OF[rate])]))
    unit_cost = [f"{costs[0] if costs else 'BilledCost'}/ConsumedQuantity"] if by_unit else []
    return (costs[0] if costs else None), [*costs[1:], *columns, *rates, *unit_cost]


def find_quantity(scan: Scan, vocabulary: Vocabulary) -> bool:
    """Find and take `how many` before a unit: the unit is then a filter, and what is asked for is how much of it."""
    for at in range(len(scan.tokens)):
        length = scan.phrase(at, COUNTS)
        if length and any(name in UNITS for name, _ in vocabulary.values.get((scan.word(at + length),), ())):
            scan.take(at, at + length)
            return True
        meter = vocabulary.value_at(scan, at + length) if length else 0
        if meter > 1 and any(
            name in UNITS for name, _ in vocabulary.values.get((scan.word(at + length + meter - 1),), ())
        ):
            # `how many input tokens`: the meter is a filter, its last word the unit.
            scan.take(at, at + length)
            return True
    return False


def find_counts(scan: Scan, vocabulary: Vocabulary) -> list[str]:
    """Find and take `how many services`, `number of resources`: columns that count different values."""
    columns: list[str] = []
    for at in range(len(scan.tokens)):
        length = scan.phrase(at, COUNTS)
        start = _past_values(scan, at + length, vocabulary) if length else at
        hit = scan.longest(start, vocabulary.dimension_words) if length else None
        if hit and not hit[1].startswith((VIRTUAL, "sku:")):
            scan.take(at, at + length)
            scan.take(start, hit[0])
            columns.append(f"distinct:{hit[1]}")
        elif length and _counted_kind(scan, at + length, vocabulary):
            scan.take(at, at + length)
            columns.append("distinct:ResourceId")
        elif length and scan.word(at + length) in ("rows", "lines", "charges", "records", "entries"):
            scan.take(at, at + length + 1)
            columns.append("rows")
    return columns


def _past_values(scan: Scan, at: int, vocabulary: Vocabulary) -> int:
    """Return where the values end that narrow down what is counted: `how many AWS services`; they stay to be filtered by."""
    start = at
    while start < at + _BETWEEN and not scan.longest(start, vocabulary.dimension_words):
        length = vocabulary.value_at(scan, start)
        if not length:
            return at
        start += length
    return start


def _counted_kind(scan: Scan, at: int, vocabulary: Vocabulary) -> bool:
    """Tell whether many things of one kind of resource stand there: `EC2 instances`, `buckets`; the words stay to be filtered by."""
    for start in range(at, min(at + _BETWEEN, len(scan.tokens))):
        length = vocabulary.value_at(scan, start)
        kinds = vocabulary.values.get(tuple(scan.word(n) for n in range(start, start + length)), ())
        if any(dimension == "ResourceType" for dimension, _ in kinds) and scan.word(start + length - 1).endswith("s"):
            return True
        if not length:
            return False
    return False


def uncounted(scan: Scan) -> str:
    """Return what is asked to be counted and is not known; its words say nothing by themselves, and would be passed over."""
    for at in range(len(scan.tokens)):
        if length := scan.phrase(at, COUNTS):
            return " ".join(token.raw for token in scan.tokens[at : at + length + 1])
    return ""


def one_of_many(scan: Scan, vocabulary: Vocabulary) -> bool:
    """Tell whether one thing of a kind is asked about without its name: `how much is an EC2 instance?`."""
    for at in range(len(scan.tokens)):
        for start in range(at + 1, at + _BETWEEN) if scan.word(at) in ("a", "an") else ():
            length = vocabulary.value_at(scan, start)
            kinds = vocabulary.values.get(tuple(scan.word(n) for n in range(start, start + length)), ())
            if any(dimension == "ResourceType" for dimension, _ in kinds):
                return True
            if not length:
                break
    return False
