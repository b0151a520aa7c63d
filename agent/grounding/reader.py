"""Which facts of the evidence a place in a text speaks of: the same subject, the same days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.grounding.dates import Mention
from agent.grounding.days import covers, is_since
from agent.grounding.facts import Move, Ranking, moves, rankings, shares
from agent.grounding.names import Span, subject_parts
from agent.grounding.page import Page
from agent.grounding.references import Bound
from agent.grounding.scope import TOTAL, mentions_said, values_said
from agent.grounding.statements import definition_faults
from finops.evidence import Evidence, Figure
from finops.periods import Period


@dataclass(frozen=True)
class Reader:
    """A page beside its evidence, and the figures bound in it."""

    page: Page
    items: Sequence[Evidence]
    bound: Sequence[Bound]

    @cached_property
    def moves(self) -> list[Move]:
        """Every move there is."""
        return moves(self.items)

    @cached_property
    def rankings(self) -> list[Ranking]:
        """Every ranking there is."""
        return rankings(self.items)

    @cached_property
    def known(self) -> Mapping[str, frozenset[str]]:
        """The values that any figure is about, by dimension."""
        found: dict[str, frozenset[str]] = {}
        for item in self.items:
            for dimension, values in self.page.known(item).items():
                found[dimension] = found.get(dimension, frozenset()) | values
        return found

    def moves_at(self, span: Span) -> list[Move]:
        """Return the moves of what the words at `span` are about."""
        return [m for m in self.moves if self._is_of_days(span, m) and self.is_of(span, m.figure, m.evidence)]

    def shares_at(self, span: Span) -> list[Figure]:
        """Return the shares of what the words at `span` are about."""
        return [f for f, item in shares(self.items) if self.is_in(span, f.period) and self.is_of(span, f, item)]

    def group_moves(self, span: Span, dimensions: Sequence[str] = ()) -> Iterable[list[Move]]:
        """Yield for each evidence by groups the move of every group, in the days spoken of."""
        found: dict[tuple[str, str], list[Move]] = {}
        for one in self.moves:
            parts = subject_parts(one.figure.subject)
            grouped = one.evidence.input.get("group_by")
            if not isinstance(grouped, list) or not grouped or not parts or not self._is_of_days(span, one):
                continue
            if dimensions and not set(dimensions) & {str(name) for name in grouped}:
                continue
            if any(name in grouped for name, _ in parts) and one.before is not None:
                found.setdefault((one.evidence.id, one.figure.unit), []).append(one)
        return found.values()

    def said(self, span: Span) -> list[str]:
        """Return the values, of any dimension, that the words at `span` are about, in order; empty where it is all."""
        clause, sentence = self.page.clause(span[0]), self.page.sentence(span[0])
        every = frozenset[str]().union(*self.known.values())
        if here := [v for _, v in self.page.spoken("", every, clause)]:
            return here
        if TOTAL.search(self.page.blank[slice(*clause)]):
            return []
        if before := [v for at, v in self.page.spoken("", every, sentence) if at < span[0]]:
            return before[-1:]
        for earlier in self.page.sentences_before(sentence):
            if found := [v for _, v in self.page.spoken("", every, earlier)]:
                return found
        return []

    def near(self, span: Span) -> list[Bound]:
        """Return the figures bound in the clause of `span`, else in its sentence."""
        for part in (self.page.clause(span[0]), self.page.sentence(span[0])):
            if found := [b for b in self.bound if part[0] <= b.start < part[1]]:
                return found
        return []

    def is_of(self, span: Span, figure: Figure, item: Evidence) -> bool:
        """Tell whether the words at `span` are about what a figure is about, and say so."""
        if not self.is_definition(span, figure):
            return False
        parts, known, said = subject_parts(figure.subject), self.page.known(item), self.said(span)
        if not said:
            near = {b.figure.subject for b in self.near(span)}
            if near and not TOTAL.search(self.page.blank[slice(*self.page.clause(span[0]))]):
                return figure.subject in near
        if not parts:
            return not said
        for dimension, own in parts:
            told = values_said(self.page, span, dimension, known[dimension])
            if not told and self.page.groups(item, dimension) > 1:
                return False
            if told and {v.lower() for v in told}.isdisjoint(v.lower() for v in own):
                return False
        return True

    def is_definition(self, span: Span, figure: Figure) -> bool:
        """Tell whether the sentence names no other definition of cost than the figure's."""
        return not any(definition_faults(self.page, span, figure))

    def is_in(self, span: Span, period: Period | None) -> bool:
        """Tell whether the words at `span` speak of days that cover `period`, or of none."""
        said = mentions_said(self.page, span)
        return not said or period is None or any(covers(m.period, period) for m in said)

    def dates_at(self, span: Span) -> list[Mention]:
        """Return the dates of the clause of `span`, else of its sentence."""
        found: list[Mention] = []
        for part in (self.page.clause(span[0]), self.page.sentence(span[0])):
            found = [m for m in self.page.dates if part[0] <= m.start < part[1]]
            if any(not is_since(self.page, m) for m in found):
                return found
        return found

    def _is_of_days(self, span: Span, move: Move) -> bool:
        dates, now, since = self.dates_at(span), move.figure.period, move.since
        if now is None:
            return True
        if not dates:
            return self.is_in(span, now) and move.way not in ("next", "between")
        since_said = [m for m in dates if is_since(self.page, m)]
        if len(dates) == 1:
            if since_said and since is not None and move.way != "expected":
                return covers(dates[0].period, since) and move.way in ("compared", "ends")
            if move.way in ("ends", "between"):
                return move.way == "ends" and since is not None and _spans(dates[0].period, since, now)
            return covers(dates[0].period, now)
        ends = sorted((m.period for m in dates), key=lambda p: (p.start, p.end))
        return since is not None and covers(ends[0], since) and covers(ends[-1], now)


def _spans(said: Period, first: Period, last: Period) -> bool:
    return said.start == first.start and last.end == said.end
