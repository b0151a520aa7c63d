"""How cost is counted: what is left out (`without credits`), whose periods (`invoiced in September`), the currency."""

from agent.planners.rules.lexicon import (
    BASES,
    CURRENCIES,
    CURRENCY_LEADS,
    INCLUSIONS,
    INVOICED,
    NEGATIONS,
    NET,
    PART_NOUNS,
    PARTS,
    WITHOUT,
)
from agent.planners.rules.scan import Scan
from agent.planners.rules.vocabulary import Vocabulary
from finops.query import Basis, Exclusion

_JOINERS = ("and", "or", "nor", "&", "any", "all", "the")


def find_exclusions(scan: Scan, vocabulary: Vocabulary) -> tuple[Exclusion, ...]:
    """Find and take `without credits and tax`, `before credits`, `gross`, `pre-tax`."""
    found: list[Exclusion] = []
    at = 0
    while at < len(scan.tokens):
        if hit := scan.longest(at, WITHOUT):
            scan.take(at, hit[0])
            found.append(hit[1])
        elif length := scan.phrase(at, NEGATIONS):
            found += _listed(scan, at, length, vocabulary)
        at += 1
    return tuple(dict.fromkeys(found))


def find_net_and_gross(scan: Scan) -> None:
    """Find and take `net and gross`: every cost with credits in it is told with both, so nothing is left out."""
    for at in range(len(scan.tokens)):
        if {scan.word(at), scan.word(at + 2)} == {"net", "gross"} and scan.word(at + 1) in ("and", "&", "or", "vs"):
            scan.take(at, at + 3)


def find_basis(scan: Scan) -> Basis | None:
    """Find and take `on a billing period basis`."""
    for at in range(len(scan.tokens)):
        if hit := scan.longest(at, BASES):
            scan.take(at, hit[0])
            return hit[1]
    return None


def find_inclusions(scan: Scan) -> tuple[Exclusion, ...]:
    """Find and take `including tax`, `net of credits`, `net`: what is so without being said, unless left out before."""
    found: list[Exclusion] = []
    for at in range(len(scan.tokens)):
        if hit := scan.longest(at, NET):
            scan.take(at, hit[0])
            found += hit[1]
        elif length := scan.phrase(at, INCLUSIONS):
            names, end, _ = _run(scan, at + length, None)
            if names:
                scan.take(at, end)
                found += names
    return tuple(dict.fromkeys(found))


def _listed(scan: Scan, at: int, length: int, vocabulary: Vocabulary) -> list[Exclusion]:
    names, end, mixed = _run(scan, at + length, vocabulary)
    if names and not mixed:
        scan.take(at, end)
    elif names:
        # `without credits and AWS`: the negation stays for AWS, which must be seen right after it.
        _drop_parts(scan, at + length, end)
    return names


def _run(scan: Scan, start: int, vocabulary: Vocabulary | None) -> tuple[list[Exclusion], int, bool]:
    """Return the parts named from a place on, the end of the last thing named, and whether values of the data are among them."""
    names: list[Exclusion] = []
    at, end, mixed = start, start, False
    while scan.free(at):
        if hit := scan.longest(at, PARTS):
            names.append(hit[1])
            at = end = hit[0] + (1 if scan.word(hit[0]) in PART_NOUNS else 0)
        elif vocabulary and (length := vocabulary.value_at(scan, at)):
            mixed, at = True, at + length
            end = at
        elif scan.word(at) in _JOINERS:
            at += 1
        else:
            break
    return names, end, mixed


def _drop_parts(scan: Scan, start: int, end: int) -> None:
    at = start
    while at < end:
        hit = scan.longest(at, PARTS)
        if hit is None:
            at += 1
            continue
        stop = hit[0] + (1 if scan.word(hit[0]) in PART_NOUNS else 0)
        first = at
        if scan.word(stop) in _JOINERS:
            stop += 1
        elif scan.word(at - 1) in _JOINERS:
            first -= 1
        scan.drop(first, stop)
        end -= stop - first
        at = first


def find_currency(scan: Scan) -> str | None:
    """Find and take `in EUR`, `in euros`, `converted to GBP`."""
    for at in range(len(scan.tokens)):
        code = CURRENCIES.get(scan.word(at))
        lead = scan.phrase_before(at, CURRENCY_LEADS) if code and scan.free(at) else 0
        if lead:
            scan.take(at - lead, at + 1)
            return code
    return None


def find_invoiced(scan: Scan, starts: frozenset[int]) -> bool:
    """Find and take `invoiced in` before a period, `on the invoice of`, `by billing period`: `starts` is where periods stand."""
    found = False
    for at in range(len(scan.tokens)):
        length = scan.phrase(at, INVOICED)
        if length and at + length in starts:
            scan.take(at, at + length)
            found = True
    return found


def find_billing_buckets(scan: Scan) -> bool:
    """Find and take `by billing period`: months as they were billed."""
    for at in range(len(scan.tokens)):
        for phrase in (("billing", "period"), ("billing", "month"), ("billing", "periods"), ("billing", "months")):
            lead = scan.phrase_before(at, (("by",), ("per",), ("each",), ("by", "each"), ("for", "each")))
            if lead and scan.has(at, phrase):
                scan.take(at - lead, at + len(phrase))
                return True
    return False
