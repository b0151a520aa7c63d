"""The rules planner: read the question, choose the calls, and word what came back; or say what was not understood."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from agent.planners.contract import Calls, Decline, Exchange, Planned, Say, Step, ToolCall, ToolOutcome, Turn
from agent.planners.rules.acting import commanded, proposed_before, recommended, where_query
from agent.planners.rules.calls import (
    allocation_of,
    averaged_days,
    call,
    query_of,
    whole_buckets,
    why_queries,
    with_trend,
)
from agent.planners.rules.dimension_names import plural
from agent.planners.rules.followup import (
    earlier_period,
    goes_on_asking_why,
    is_followup,
    last_query,
    merged,
    of_several,
    only_measure,
)
from agent.planners.rules.investigate import Asked, Changed, adding_up, around, can_read_notes, into
from agent.planners.rules.lexicon import METRIC_WORDS
from agent.planners.rules.misread import misread
from agent.planners.rules.parse import parse
from agent.planners.rules.reading import Misread, Reading
from agent.planners.rules.say_allocation import say_allocation
from agent.planners.rules.say_cost import (
    dimension_words,
    filter_words,
    period_words,
    say_average,
    say_cost,
    say_mean,
)
from agent.planners.rules.say_names import Names, naming
from agent.planners.rules.say_notes import NOBODY_NOTED, say_notes
from agent.planners.rules.say_other import not_enough, say_anomalies, say_draft, say_help, say_savings
from agent.planners.rules.say_why import say_composition, say_why
from agent.planners.rules.standing import defaulted, only, unsure, with_facts
from agent.planners.rules.times import Calendar
from agent.planners.rules.vocabulary import Vocabulary
from finops.canonical import canonical
from finops.ports import DimensionInfo
from finops.query import CostQuery, Filter, Frozen
from finops.standing_facts import FiscalYear, StandingFact
from tools.anomaly_contract import DetectAnomalies
from tools.calculate_contract import Calculate
from tools.cost_result import CostResult
from tools.dimensions_contract import ListDimensions
from tools.notes_contract import ListNotes
from tools.propose_contract import ProposeAction
from tools.rightsize_contract import RightsizeInstances

_MANY = 1000
_CONDITIONS = 2


_Asked = tuple[str, tuple[Exchange, ...], date, str, tuple[DimensionInfo, ...], tuple[StandingFact, ...]]


class RulesPlanner:
    """Understands a small language for certain, and declines everything else. Costs nothing and needs no network."""

    name = "rules"

    def __init__(self) -> None:
        # A turn is planned once for its calls and once for its words: it is read the first time.
        self._last: tuple[_Asked, Reading | Misread] | None = None
        self._vocabularies: dict[tuple[str, tuple[DimensionInfo, ...], tuple[StandingFact, ...]], Vocabulary] = {}

    def plan(self, turn: Turn) -> Planned:
        """Choose the next step."""
        return Planned(step=self._step(turn))

    def _step(self, turn: Turn) -> Step:
        if turn.data.cost is None:
            return Decline(reason="no bill is loaded; load one with `toll ingest PATH`, or try `toll demo`")
        if turn.complaints:
            return Decline(reason="the answer could not be put into checked words; try `toll tool run`")
        asked = (turn.question, turn.history, turn.as_of, turn.data.snapshot, turn.virtual, turn.facts)
        last = self._last
        reading = last[1] if last and last[0] == asked else self._read(turn)
        self._last = (asked, reading)
        if isinstance(reading, Misread):
            return Decline(reason=reading.reason)
        return _Answering(turn, reading).step()

    def _read(self, turn: Turn) -> Reading | Misread:
        before = last_query(turn.history)
        year = before.period.start.year if before and before.period else None
        in_conversation = bool(turn.history)
        if fault := unsure(turn.question, turn.facts):
            return fault
        vocabulary = self._vocabulary(turn)
        calendar = Calendar(
            turn.as_of, year if in_conversation else None, before.period if before else None,
            only(turn.facts, FiscalYear), vocabulary.fiscal_names,
        )  # fmt: skip
        reading = parse(turn.question, vocabulary, calendar, in_conversation=in_conversation)
        if isinstance(reading, Misread) or not (is_followup(reading) or (in_conversation and only_measure(reading))):
            return defaulted(reading, turn.facts, turn.question)
        if before is not None and (several := of_several(turn.question, reading, before)):
            return several
        if before is not None:
            if goes_on_asking_why(reading, turn.history):
                reading = replace(reading, intent="why")
            return defaulted(merged(reading, before, earlier_period(turn.history)), turn.facts, turn.question)
        if (
            reading.continues
            or (in_conversation and reading.points and not reading.whole)
            or (reading.intent == "why" and reading.period is None)
        ):
            return misread(f"`{turn.question}` goes on from a question about cost, and there is none before it")
        return defaulted(reading, turn.facts, turn.question)

    def _vocabulary(self, turn: Turn) -> Vocabulary:
        key = (turn.data.snapshot, turn.virtual, turn.facts)
        if key not in self._vocabularies:
            self._vocabularies = {key: with_facts(Vocabulary.of(turn.data, turn.virtual), turn.facts)}
        return self._vocabularies[key]


class _Answering:
    """One reading on its way through calls to words; the same turn always gives the same step."""

    def __init__(self, turn: Turn, reading: Reading) -> None:
        self.turn, self.reading = turn, reading

    def step(self) -> Step:
        """Choose the next calls, or the words once all have come back."""
        match self.reading.intent:
            case "help":
                return self._one("list_dimensions", ListDimensions(limit=_MANY), lambda o: say_help(o, self.turn))
            case "anomalies":
                return self._anomalies()
            case "savings":
                return self._savings()
            case "notes":
                return self._notes()
            case "act":
                return self._act()
            case "why":
                return self._why()
            case "allocate":
                return self._allocate()
            case "cost":
                return self._cost()

    def _cost(self) -> Step:
        query = query_of(with_trend(self.reading, self.turn), self.turn)
        if isinstance(query, Misread):
            return Decline(reason=query.reason)
        if self.reading.average:
            return self._average(query)
        return self._said(query)

    def _said(self, query: CostQuery) -> Step:
        """Ask, and what the accounts and regions are called beside it."""
        known = {one.name for one in self.turn.data.dimensions}
        found = self._gather("cost_query", [query, *naming(query, known)], understood=understood(query))
        if not isinstance(found, list):
            return found
        names = Names.told(found[1:])
        if self.reading.top and names.mixed:
            by = dimension_words(query.group_by[0])
            why = f"{plural(by).capitalize()} go by ids and names that differ in this bill, so it is not clear which to rank by"
            return Say(text=f"{why}; try `cost by {by}`, or `cost by {by} name`.")
        if nothing := self._nothing(query, found[0]):
            return Say(text=nothing)
        lacking = not_enough(found[0])
        shown, top = self.reading.shown, self.reading.top
        return Say(text=lacking or say_cost(found[0], shown=shown, listed=top, names=names))

    def _nothing(self, query: CostQuery, found: ToolOutcome) -> str:
        """Say that nothing fits all conditions at once, which is more often a misunderstanding than a zero; empty where something does."""
        if len(query.filters) < _CONDITIONS or query.compare or found.evidence is None:
            return ""
        result = CostResult.model_validate(found.evidence.result)
        if any(total.rows for total in result.totals):
            return ""
        return f"No charge is{filter_words(query.filters)} at once; ask for one of them, as in `{example_of(query.filters)}`."

    def _average(self, query: CostQuery) -> Step:
        """Divide the total by its days, or take the mean of other buckets: a second call, on the evidence of the first."""
        if query.grain != "day":
            return self._mean(query)
        query = query.model_copy(update={"grain": None})
        days = averaged_days(query, self.turn)
        if isinstance(days, Misread):
            return Decline(reason=days.reason)
        found = self._gather("cost_query", [query], understood=f"{understood(query)}, by day on average")
        if not isinstance(found, list) or (evidence := found[0].evidence) is None:
            return found if not isinstance(found, list) else Decline(reason=found[0].error)
        totals = CostResult.model_validate(evidence.result).totals
        asked = [
            Calculate(
                op="ratio", operands=(f"{evidence.id}#{one.figure}", f"number:{days.days}"), label="average by day"
            )
            for one in totals
        ]
        averages = self._gather("calculate", asked, understood="divide by the days")
        return Say(text=say_average(found[0], averages, days)) if isinstance(averages, list) else averages

    def _mean(self, query: CostQuery) -> Step:
        """Take the mean of months, weeks or the like, each of which the evidence holds."""
        if query.group_by or query.compare:
            return Decline(
                reason=misread(
                    "a mean is taken of one total, not of groups or changes", "`average monthly cost in 2026`"
                ).reason
            )
        found = self._gather("cost_query", [query], understood=f"{understood(query)}, and their mean")
        if not isinstance(found, list) or (evidence := found[0].evidence) is None:
            return found if not isinstance(found, list) else Decline(reason=found[0].error)
        result = CostResult.model_validate(evidence.result)
        whole = whole_buckets(query, result, self.turn)
        if result.rows and not whole:
            said = f"No {query.grain} is whole {period_words(result.period)}, so there is no average by {query.grain}"
            return Say(text=f"{said}; try `average daily cost last month`.")
        units = list(dict.fromkeys(row.unit for row in whole))
        asked = [
            Calculate(
                op="mean", label=f"mean by {query.grain}",
                operands=tuple(f"{evidence.id}#{row.figure}" for row in whole if row.unit == unit),
            )
            for unit in units
        ]  # fmt: skip
        means = self._gather("calculate", asked, understood="take the mean")
        if not isinstance(means, list):
            return means
        return Say(text=say_mean(found[0], means, all_whole=len(whole) == len(result.rows)))

    def _allocate(self) -> Step:
        asked = allocation_of(self.reading)
        if isinstance(asked, Misread):
            return Decline(reason=asked.reason)
        by = f"allocate {METRIC_WORDS[asked.metric]} by {asked.dimension}, shared cost split"
        return self._one("allocate_costs", asked, say_allocation, understood=by)

    def _why(self) -> Step:
        queries = why_queries(self.reading, self.turn)
        if isinstance(queries, Misread):
            return Decline(reason=queries.reason)
        asked = around(queries, self.turn)
        found = self._each(asked, understood="what changed, and where")
        if not isinstance(found, dict):
            return found
        by = [found[one.role] for one in asked if one.tool == "cost_query"]
        if lacking := next((text for text in map(not_enough, by) if text), ""):
            return Say(text=lacking)
        if queries[0].compare is None:
            return Say(text=say_composition(by, found.get("notes")))
        beside = {role: one for role, one in found.items() if role in ("anomalies", "notes")}
        changed = Changed.of(by[0])
        if changed is None:
            return Say(text=say_why(by, beside, None))
        deeper = self._each(into(changed, self.turn), understood="what moved most, from inside")
        if not isinstance(deeper, dict):
            return deeper
        resources = Changed.of(deeper["resources"]) if "resources" in deeper else None
        parts = self._each(adding_up(changed, deeper.get("told"), resources), understood="add the parts up")
        if not isinstance(parts, dict):
            return parts
        return Say(text=say_why(by, {**beside, **deeper, **parts}, resources))

    def _each(self, asked: Sequence[Asked], *, understood: str) -> dict[str, ToolOutcome] | Calls | Decline:
        """Return what came of calls to several tools by their role, or the calls still to make.

        What is only looked at beside may fail: it is then left out.
        """
        offset = len(self.turn.outcomes)
        wanted = [call(one.tool, offset + n, one.input) for n, one in enumerate(asked)]
        found = [self._outcome(one) for one in wanted]
        missing = tuple(one for one, outcome in zip(wanted, found, strict=True) if outcome is None)
        if missing:
            return Calls(calls=missing, understood=understood)
        outcomes = {one.role: outcome for one, outcome in zip(asked, found, strict=True) if outcome is not None}
        needed = [outcome for role, outcome in outcomes.items() if role.startswith("by ")]
        if error := next((outcome.error for outcome in needed if outcome.evidence is None), ""):
            return Decline(reason=error)
        return {role: outcome for role, outcome in outcomes.items() if outcome.evidence is not None}

    def _anomalies(self) -> Step:
        asked = DetectAnomalies(period=self.reading.period, filters=self.reading.filters)
        if self.reading.group_by:
            asked = asked.model_copy(update={"group_by": self.reading.group_by})
        return self._one("detect_anomalies", asked, say_anomalies)

    def _notes(self) -> Step:
        if not can_read_notes(self.turn):
            return Decline(reason=NOBODY_NOTED)
        days = self.reading.period
        asked = ListNotes(since=days.start, until=days.last_day) if days else ListNotes()
        return self._one("list_notes", asked, say_notes)

    def _savings(self) -> Step:
        asked = RightsizeInstances(filters=self.reading.filters)
        if not self.reading.propose:
            return self._one("rightsize_instances", asked, say_savings)
        if self.reading.resource:
            only = Filter(dimension="ResourceId", values=(self.reading.resource,))
            asked = RightsizeInstances(filters=(*self.reading.filters, only))
        found = self._gather("rightsize_instances", [asked])
        if not isinstance(found, list):
            return found
        if text := not_enough(found[0]):
            return Say(text=text)
        without = proposed_before(self.turn.history) if self.reading.another else frozenset[str]()
        return self._propose(recommended(found[0], self.reading.resource, without=without))

    def _act(self) -> Step:
        command = self.reading.command
        if command is None:
            return Decline(reason=misread("no action is named").reason)
        where = self._gather("cost_query", [where_query(command)])
        return self._propose(commanded(command, where[0])) if isinstance(where, list) else where

    def _propose(self, asked: ProposeAction | Misread) -> Step:
        if isinstance(asked, Misread):
            # It was understood; the data has nothing to propose.
            return Say(text=asked.reason[:1].upper() + asked.reason[1:] + ".")
        return self._one("propose_action", asked, say_draft, understood="draft the action for policy to judge")

    def _one(self, tool: str, asked: Frozen, say: Callable[[ToolOutcome], str], *, understood: str = "") -> Step:
        return self._all(tool, [asked], lambda outcomes: say(outcomes[0]), understood=understood)

    def _all(
        self, tool: str, asked: Sequence[Frozen], say: Callable[[Sequence[ToolOutcome]], str], *, understood: str = ""
    ) -> Step:
        found = self._gather(tool, asked, understood=understood)
        if isinstance(found, Calls | Decline):
            return found
        lacking = next((text for text in map(not_enough, found) if text), "")
        return Say(text=lacking or say(found))

    def _gather(
        self, tool: str, asked: Sequence[Frozen], *, understood: str = ""
    ) -> list[ToolOutcome] | Calls | Decline:
        """Return what came back of these calls, or the calls still to make; a call that failed ends it with the tool's own words."""
        offset = len(self.turn.outcomes)
        wanted = [call(tool, offset + n, one) for n, one in enumerate(asked)]
        found = [self._outcome(one) for one in wanted]
        missing = tuple(one for one, outcome in zip(wanted, found, strict=True) if outcome is None)
        if missing:
            return Calls(calls=missing, understood=understood or tool.replace("_", " "))
        outcomes = [outcome for outcome in found if outcome]
        error = next((outcome.error for outcome in outcomes if outcome.evidence is None), "")
        return Decline(reason=error) if error else outcomes

    def _outcome(self, wanted: ToolCall) -> ToolOutcome | None:
        same = (o for o in self.turn.outcomes if o.call.tool == wanted.tool)
        return next((o for o in same if canonical(o.call.input) == canonical(wanted.input)), None)


def example_of(filters: Sequence[Filter]) -> str:
    """Return a question that asks for the last condition alone."""
    return f"cost{filter_words(filters[-1:])}"


def understood(query: CostQuery) -> str:
    """Return a cost query in words, for the person to check."""
    beside = "".join(f", {METRIC_WORDS.get(name, name)}" for name in query.also)
    left = f" without {' and '.join(query.exclude)}" if query.exclude else ""
    by = f" by {' and '.join(map(dimension_words, query.group_by))}" if query.group_by else ""
    grain = f" per {query.grain}" if query.grain else ""
    when = f" {period_words(query.period)}" if query.period else " over all days"
    basis = ", by billing period" if query.basis == "billing" else ""
    money = f", in {query.currency}" if query.currency else ""
    return f"{METRIC_WORDS[query.metric]}{beside}{left}{filter_words(query.filters)}{by}{grain}{when}{basis}{money}"
