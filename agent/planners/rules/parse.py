"""The grammar: rules that each take the words they understand; a word that is left over is never ignored."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise

from agent.planners.rules.commands import find_command
from agent.planners.rules.comparing import apart, find_change, find_gap
from agent.planners.rules.dimension_names import plural
from agent.planners.rules.filters import Found, Unclear, find_filters, find_parts, together
from agent.planners.rules.grouping import find_grain, find_groups
from agent.planners.rules.lexicon import (
    ACCOUNT_FOR,
    ALLOCATES,
    ANOMALIES,
    AVERAGES,
    CHANGE_PHRASES,
    CHANGES,
    COMPARING,
    CORRECTIONS,
    HEADS,
    HELP,
    HOW_TO,
    IDIOMS,
    LEADS,
    LISTINGS,
    MORE,
    NOT_BEFORE_IDIOM,
    NOTE_PHRASES,
    NOTES,
    PERCENTWISE,
    POINTED_AT,
    POINTERS,
    PROPOSALS,
    SAVINGS,
    SHARES,
    SPLITS,
    STOP,
    TAKEN_BACK,
    TOO_MUCH,
    TOTALS,
    TRENDS,
    UNIT_COSTS,
    WHY_WORDS,
    WHYS,
    YES_OR_NO,
)
from agent.planners.rules.measures import (
    columns_of,
    find_counts,
    find_metrics,
    find_quantity,
    find_rates,
    one_of_many,
    uncounted,
)
from agent.planners.rules.misread import EXAMPLE, left_over, misread
from agent.planners.rules.nicknames import nicknamed
from agent.planners.rules.other_intents import allocate, anomalies, notes, savings
from agent.planners.rules.parts import (
    find_currency,
    find_exclusions,
    find_inclusions,
    find_net_and_gross,
)
from agent.planners.rules.ranking import Limits, Rank, find_limits, find_rank, shown_of
from agent.planners.rules.reading import Compare, Intent, Misread, Movers, Reading
from agent.planners.rules.scan import Scan
from agent.planners.rules.settling import settled
from agent.planners.rules.times import Calendar, Time
from agent.planners.rules.unserved import unserved
from agent.planners.rules.vocabulary import Vocabulary
from agent.planners.rules.when import When, find_when
from agent.planners.rules.wording import worded
from finops.errors import BadInput
from finops.query import Measure


@dataclass(slots=True)
class _Parser:
    scan: Scan
    vocabulary: Vocabulary
    calendar: Calendar
    in_conversation: bool
    rates: tuple[str, ...] = ()
    corrects: bool = False

    def read(self) -> Reading | Misread:
        text = tuple(token.text for token in self.scan.tokens)
        if text in HELP:
            return Reading(intent="help")
        command = find_command(self.scan)
        if command:
            return command
        continues = self._lead() if self.in_conversation else False
        self.rates = find_rates(self.scan)
        intent = self._intent()
        match intent:
            case "savings":
                return savings(self.scan, self.vocabulary)
            case "anomalies":
                return anomalies(self.scan, self.vocabulary, self.calendar)
            case "allocate":
                return allocate(self.scan, self.vocabulary, self.calendar)
            case "notes":
                return notes(self.scan, self.vocabulary, self.calendar)
            case _:
                return self._cost(intent, continues=continues)

    def _lead(self) -> bool:
        """Take what opens a follow-up or a correction; tell whether the question goes on from the one before."""
        at = 0
        while length := self.scan.phrase(at, CORRECTIONS):
            self.scan.take(at, at + length)
            at += length
        said = {token.text for token in self.scan.tokens[:at]}
        self.corrects = not said.isdisjoint(TAKEN_BACK)
        led = False
        while length := self.scan.phrase(at, LEADS):
            self.scan.take(at, at + length)
            at, led = at + length, True
        return led or not said.isdisjoint({"and", "but", "then"})

    # What is asked for -------------------------------------------------------------------------------------------------

    def _intent(self) -> Intent:
        places = range(len(self.scan.tokens))
        if any(
            (
                self.scan.word(at) in SAVINGS | PROPOSALS
                and self.scan.free(at)
                and self.scan.word(at + 1) not in ("plan", "plans")
            )
            or self.scan.phrase(at, TOO_MUCH)
            for at in places
        ):
            return "savings"
        if any(self.scan.word(at) in ANOMALIES for at in places):
            return "anomalies"
        if self._any_phrase(ALLOCATES):
            return "allocate"
        noted = self._any_word(NOTES) or any(self.scan.phrase(at, NOTE_PHRASES) for at in places)
        if noted and not self._any_word(HEADS):
            return "notes"
        for at in places:
            if length := self.scan.phrase(at, WHYS):
                self.scan.take(at, at + length)
                return "why"
        return "cost"

    # A question about cost -----------------------------------------------------------------------------------------

    def _cost(self, intent: Intent, *, continues: bool) -> Reading | Misread:
        if self.scan.phrase(0, HOW_TO):
            return misread("I tell what was spent, not how something is done")
        limits = find_limits(self.scan)
        when = find_when(self.scan, self.calendar)
        if isinstance(when, Misread):
            return when
        pointed = not POINTERS.isdisjoint(token.text for token in self.scan.tokens if not token.quoted)
        self._any_phrase(IDIOMS)
        for at in range(len(self.scan.tokens)):
            if self.scan.has(at, ACCOUNT_FOR) and self.scan.word(at - 1) not in NOT_BEFORE_IDIOM:
                self.scan.take(at, at + len(ACCOUNT_FOR))
        if self._any_phrase(POINTED_AT):
            return misread("it is not said which one is meant", "its name, such as `cost of EC2 by resource`")
        find_net_and_gross(self.scan)
        exclude, include = find_exclusions(self.scan, self.vocabulary), find_inclusions(self.scan)
        if unclear := sorted(set(exclude) & set(include)):
            return misread(f"{unclear[0]} are both left out and included", "`cost without credits` or `net cost`")
        reading = self._what(intent, when, limits, parted=bool(exclude or include))
        if isinstance(reading, Misread):
            return reading
        continues = continues or (self.in_conversation and self._any_word({"again", "same"}))
        reading = replace(
            reading, exclude=exclude, include=include, basis=when.basis, period=when.period, all_time=when.all_time,
            continues=continues, corrects=self.corrects, points=pointed,
        )  # fmt: skip
        if (
            pointed
            and not self.in_conversation
            and not reading.total
            and _bare(replace(reading, grain=None, average=False))
        ):
            return misread(
                "it is not said what is meant, and nothing was asked before", "`what did AWS cost last month?`"
            )
        if _says_nothing(reading, self.scan.word(0)):
            return misread(f"I do not understand `{' '.join(token.raw for token in self.scan.tokens)}`")
        return reading

    def _what(self, intent: Intent, when: When, limits: Limits, *, parted: bool) -> Reading | Misread:
        """Read what is summed, of what, split and ranked how."""
        currency = find_currency(self.scan)
        rank = find_rank(self.scan, self.vocabulary)
        metrics = find_metrics(self.scan)
        gap = find_gap(self.scan, metrics)
        trend = self._any_phrase(TRENDS)
        quantity = find_quantity(self.scan, self.vocabulary)
        counted = find_counts(self.scan, self.vocabulary)
        if what := uncounted(self.scan):
            return misread(f"I do not understand `{what}`", "`how many services do we use?`")
        listing = self._any_phrase(LISTINGS)
        parts = find_parts(self.scan)
        found = find_filters(self.scan, self.vocabulary)
        if isinstance(found, Unclear):
            return misread(found.reason, found.example)
        if len(parts) > 1 or (parts and parted):
            return misread(
                "two parts of a bill are asked for that overlap", "`credits by month`, or `cost without refunds`"
            )
        found = replace(found, filters=together(found.filters, parts))
        grain = find_grain(self.scan) or (rank.grain if rank else None) or when.grain
        unit_cost = self._any_phrase(UNIT_COSTS)
        asked_which = rank is not None or self._any_word({"which", "most"})
        each = found.each or ((asked_which or limits != Limits()) and self._many_of_a_kind(found))
        groups = find_groups(self.scan, self.vocabulary) or (("ResourceId",) if each else ())
        groups = (*groups, "ConsumedUnit") if unit_cost else groups
        if self._any_word(SPLITS) and not (groups or grain or found.compared or parts):
            return misread("it is not said what to split by", "`split it by service`")
        if fault := self._unsplittable(groups):
            return fault
        # In `change in %` it is the change that is a percentage, which every change is told with.
        share = bool(self.scan.take_any(SHARES)) and not self._any_word(CHANGES)
        average = bool(grain) and bool(self.scan.take_any(AVERAGES))
        trend = trend or self._since(intent, when) or self._drifts(intent, when)
        beside, movers = self._beside(intent, when.periods, when.named, spread=bool(grain or trend))
        movers = movers if groups and (rank or movers != "change" or self._any_word({"most"})) else ""
        if when.named or found.compared or groups or len(metrics) > 1:
            self.scan.take_any(COMPARING | {"than"})
        self._named_again({*groups, *(one.dimension for one in found.filters)})
        by_percent = bool(movers) and bool(self.scan.take_any(PERCENTWISE))
        priced = bool(self.scan.take_any({"price"})) and not metrics
        total, about_cost = self._any_word(TOTALS), self._any_word(HEADS)
        self.scan.take_any(STOP | (WHY_WORDS if intent == "why" else frozenset[str]()))
        if self.scan.left():
            return left_over(self.scan, self.vocabulary)
        if intent == "why" and (rank or limits != Limits() or average):
            return misread("two things are asked at once", "first `most expensive day in October`, then `why?` of it")
        if priced:
            return misread("prices are not told, only what was paid", "`unit cost of BigQuery last month`")
        if declined := self._uncomputed(rank, groups, found, average=average, share=share):
            return declined
        listing = (listing and not about_cost) or (bool(counted) and not about_cost)
        if listing and not (counted or groups):
            return misread("it is not said what to list", "`which accounts are there?`")
        only: list[Measure] = ["rows"] if listing and not about_cost else []
        if quantity:
            # Beside what it cost, where both are asked for.
            cost: list[Measure] = ["BilledCost"] if about_cost and not metrics else []
            both: list[Measure] = [*metrics, *cost, "ConsumedQuantity"]
            metrics = both
        metric, columns = columns_of(metrics or only, [*counted, *gap], self.rates, by_unit=unit_cost)
        reading = Reading(
            intent=intent, implied=beside is not None and when.named is None,
            metric=metric, also=tuple(dict.fromkeys(columns)), currency=currency, filters=found.filters, group_by=groups,
            grain=grain, compare=beside, average=average, trend=trend, top=rank.count if rank else None,
            shown=replace(shown_of(movers, rank, limits), by_percent=by_percent), share=share, total=total,
            whole=about_cost or bool(parts or listing or counted or self.rates),
        )  # fmt: skip
        return settled(reading, found, ranks=rank is not None, said=tuple(token.text for token in self.scan.tokens))

    def _uncomputed(
        self, rank: Rank | None, groups: tuple[str, ...], found: Found, *, average: bool, share: bool
    ) -> Misread | None:
        """Decline what was understood and no tool computes: a rank within each group, one thing among many."""
        if share and any(
            self.scan.word(at) in ("up", "down") and self.scan.word(at + 1) != "to"
            for at in range(len(self.scan.tokens))
        ):
            return misread("it is not said what it went up or down from", "`change from last month in percent`")
        if average and any(one.dimension == "ResourceType" for one in found.filters):
            return misread("an average of one thing among many is not computed", "`EC2 cost by resource last month`")
        if one_of_many(self.scan, self.vocabulary):
            return misread("what one thing among many costs is not computed", "`EC2 cost by resource last month`")
        if rank and rank.count and len(groups) > 1 and self._any_word({"per", "each", "every"}):
            return misread("a rank within each group is not computed", "`top 3 services of AWS last month`")
        return None

    def _named_again(self, dimensions: set[str]) -> None:
        """Take a dimension that was understood before and is named once more: `top 5 business units (business_unit tag)`."""
        for at in range(len(self.scan.tokens)):
            hit = self.scan.longest(at, self.vocabulary.dimension_words)
            if hit and hit[1] in dimensions:
                self.scan.take(at, hit[0])

    def _drifts(self, intent: Intent, when: When) -> bool:
        """`is S3 going up?` names no period: it is told by all the months there are."""
        said = any(self.scan.phrase(at, CHANGE_PHRASES) for at in range(len(self.scan.tokens))) or self._any_word(
            CHANGES
        )
        return said and intent == "cost" and not (when.periods or when.named or self.in_conversation)

    def _many_of_a_kind(self, found: Found) -> bool:
        """`which buckets cost the most` is answered by bucket: a kind of resource named in the plural is many resources."""
        kinds = {value.casefold() for one in found.filters if one.dimension == "ResourceType" for value in one.values}
        words = [token.text for token in self.scan.tokens]
        said = {*words, *(one + other for one, other in pairwise(words))}
        return any(plural(kind.split()[-1]) in said or kind.endswith("s") for kind in kinds)

    def _since(self, intent: Intent, when: When) -> bool:
        """How cost changed since August is told by the days or months since."""
        since = bool(when.periods) and self.scan.word(when.periods[0].start) == "since"
        moved = any(self.scan.phrase(at, CHANGE_PHRASES) for at in range(len(self.scan.tokens)))
        return since and intent == "cost" and (moved or self._any_word(CHANGES))

    def _beside(
        self, intent: Intent, periods: list[Time], named: Compare | None, *, spread: bool
    ) -> tuple[Compare | None, Movers]:
        """Return the period to compare with, and by which change groups would be ranked; `spread` is a split over time."""
        changed, way = find_change(self.scan)
        ranged = bool(periods) and (periods[0].ends is not None or self.scan.word(periods[0].start) == "since")
        ranged = ranged or bool(periods and periods[0].period and (periods[0].period.whole_months or 0) > 1)
        if not (named or spread):
            named = apart(self.scan, periods, changed=changed or (intent == "why" and self._any_word(CHANGES)))
        if named:
            self.scan.take_any(MORE)
        changed = changed and intent == "cost"
        # How cost changed over a range, by month, is told by its months.
        implied = changed and not (spread and ranged)
        beside = named or ("previous_period" if implied else None)
        return beside, (way or "change") if beside and changed else ""

    def _unsplittable(self, groups: tuple[str, ...]) -> Misread | None:
        """A split by something no row has would be one group without a name: say so instead."""
        if len(groups) > 3:
            return misread("a cost can be split by three dimensions at most", "`cost by provider and service`")
        if "InvoiceId" in groups and "InvoiceId" not in self.vocabulary.dimensions:
            return misread("the bill has no invoice ids", "`cost by billing period`")
        return None

    # Rules -------------------------------------------------------------------------------------------------------------

    def _any_word(self, known: Collection[str]) -> bool:
        return any(self.scan.word(at) in known for at in range(len(self.scan.tokens)))

    def _any_phrase(self, phrases: tuple[tuple[str, ...], ...]) -> bool:
        found = False
        for at in range(len(self.scan.tokens)):
            if length := self.scan.phrase(at, phrases):
                self.scan.take(at, at + length)
                found = True
        return found


def _says_nothing(reading: Reading, first: str) -> bool:
    """Tell whether a question has words that say nothing only: neither `nice, good morning` nor `is the bill paid?` asks for its sum."""
    return not reading.points and _bare(reading) and (not (reading.whole or reading.total) or first in YES_OR_NO)


def _bare(reading: Reading) -> bool:
    """Tell whether nothing was said but that it is about cost."""
    return replace(reading, corrects=False, points=False, whole=False, total=False) == Reading(whole=False)


def parse(
    question: str, vocabulary: Vocabulary, calendar: Calendar, *, in_conversation: bool, nicknames: bool = True
) -> Reading | Misread:
    """Read a question, or say in one sentence what was not understood; parts of names count as names with `nicknames`."""
    scan = Scan(worded(question, vocabulary))
    if not scan.tokens:
        return misread("the question is empty", "`What did each provider cost in September 2024?`")
    reading = _read(scan, vocabulary, calendar, in_conversation=in_conversation)
    if not isinstance(reading, Misread):
        return reading
    if why := unserved(Scan(scan.tokens)):
        return why
    found = nicknamed(scan, vocabulary) if nicknames else None
    if found is None:
        return reading
    # A whole name that is nearly spelt right says more than a word of it.
    near = "did you mean" in reading.reason
    if found.unclear and near:
        return reading
    if found.unclear:
        said, meant = found.unclear
        return misread(f"`{said}` could be {' or '.join(f'`{one}`' for one in meant)}", f"`cost of {meant[0]}`")
    again = _read(Scan(worded(question, vocabulary)), found.vocabulary, calendar, in_conversation=in_conversation)
    lost = isinstance(again, Misread) and (near or again.reason.startswith("I do not understand"))
    return reading if lost else again


def _read(scan: Scan, vocabulary: Vocabulary, calendar: Calendar, *, in_conversation: bool) -> Reading | Misread:
    try:
        return _Parser(scan, vocabulary, calendar, in_conversation).read()
    except BadInput as error:
        return Misread(f"{error.message}; {error.fix or 'write the date as 2024-09-18'}, or try {EXAMPLE}")
