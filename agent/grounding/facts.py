"""What follows from figures without a new one being made: which of two is more, how something moved, who is first. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from agent.grounding.days import operands
from agent.grounding.kinds import Kind, definition_of, ending_of, kind_of
from agent.grounding.names import subject_parts
from finops.evidence import Evidence, Figure
from finops.periods import Period

Way = Literal["compared", "expected", "ends", "next", "between"]


@dataclass(frozen=True, slots=True)
class Move:
    """How a figure's subject got from `before` to `now`; `since` is the period before, None for a change without its two ends.

    Of a series, `ends` goes from its first bucket to its last, `next` from one to the one after, `between` from any to any.
    """

    figure: Figure
    evidence: Evidence
    before: Decimal | None
    now: Decimal | None
    change: Decimal
    since: Period | None
    way: Way = "compared"

    @property
    def ratio(self) -> Decimal | None:
        """Now over before, None where there is no such number."""
        if self.before is not None and self.now is not None:
            return self.now / self.before if self.before > 0 else None
        return 1 + self.change / 100 if self.figure.unit == "%" else None

    @property
    def percent(self) -> Decimal | None:
        """The change in percent of what was before, None where that was nothing."""
        if self.before is not None and self.now is not None:
            return 100 * self.change / abs(self.before) if self.before else Decimal(0) if not self.change else None
        return self.change if self.figure.unit == "%" else None


def moves(items: Sequence[Evidence]) -> list[Move]:
    """Return every move that the evidence holds: two periods side by side, changes calculated, buckets, before and after."""
    by_id = {item.id: item for item in items}
    return [move for item in items for move in (*_compared(item), *_calculated(item, by_id), *_by_bucket(item))]


def _compared(item: Evidence) -> Iterator[Move]:
    named = {figure.name: figure for figure in item.figures}
    for figure in item.figures:
        stem = figure.name.removesuffix("before")
        pairs: tuple[tuple[str, str, Way], ...] = (
            (f"{figure.name}.compare", figure.name, "compared"),
            (f"{figure.name}.expected", f"{figure.name}.actual", "expected"),
            (figure.name, f"{stem}after", "compared"),
        )
        for was, now, way in pairs:
            a, b = named.get(was), named.get(now)
            if a and b and a is not b and a.unit == b.unit:
                yield Move(b, item, a.value, b.value, b.value - a.value, a.period, way)


def _calculated(item: Evidence, by_id: Mapping[str, Evidence]) -> Iterator[Move]:
    if item.tool != "calculate" or item.input.get("op") not in ("difference", "percent_change", "ratio"):
        return
    used = operands(by_id.values(), item)
    if len(used) == 2:
        now, was = used
        same = now.subject == was.subject and now.unit == was.unit and definition_of(now) == definition_of(was)
        if same and now.period != was.period:
            yield Move(now, item, was.value, now.value, now.value - was.value, was.period)


def _by_bucket(item: Evidence) -> Iterator[Move]:
    """Yield the moves between any two buckets of one subject; of long series the neighbours and the ends only."""
    for line in series(item).values():
        last = len(line) - 1
        for at, later in enumerate(line):
            for number, was in enumerate(line[:at]):
                ends, following = (number, at) == (0, last), at - number == 1
                if ends or following or last < 40:
                    way: Way = "ends" if ends else "next" if following else "between"
                    yield Move(later, item, was.value, later.value, later.value - was.value, was.period, way)


def series(item: Evidence) -> Mapping[tuple[str, str], list[Figure]]:
    """Return the plain figures of each subject and unit that have several periods, in order of time."""
    if not item.input.get("grain"):
        return {}
    found: dict[tuple[str, str], list[Figure]] = {}
    for figure in item.figures:
        if (
            not ending_of(figure)
            and figure.period
            and figure.unit not in ("rows", "%")
            and figure.name.partition(" ")[0] != "total"
        ):
            found.setdefault((figure.subject, figure.unit), []).append(figure)
    lines = {key: sorted(line, key=_start) for key, line in found.items() if len(line) > 1}
    return {key: line for key, line in lines.items() if all(_start(a) < _start(b) for a, b in pairwise(line))}


def _start(figure: Figure) -> str:
    return figure.period.start.isoformat() if figure.period else ""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The groups of one dimension in one period, one kind of figure and unit, largest first. `whole` is false where a rest is left."""

    dimension: str
    kind: Kind
    evidence: Evidence
    figures: tuple[Figure, ...]
    whole: bool

    def value_of(self, figure: Figure) -> str:
        """Return the group that a figure is of."""
        return next((values[0] for name, values in subject_parts(figure.subject) if name == self.dimension), "")

    def of(self, value: str) -> Figure | None:
        """Return the figure of a group, however it is spelt."""
        return next((f for f in self.figures if self.value_of(f).lower() == value.lower()), None)


_RANKED: tuple[Kind, ...] = ("amount", "change", "share", "excess", "saving", "before")


def rankings(items: Iterable[Evidence]) -> list[Ranking]:
    """Return the groups of each evidence, ranked by each kind of figure, for each period and unit."""
    found: list[Ranking] = []
    for item in items:
        lists: dict[tuple[str, str, str, Kind, str], list[Figure]] = {}
        for figure in item.figures:
            kind, parts = kind_of(figure, item), subject_parts(figure.subject)
            if parts and kind in _RANKED and figure.unit not in ("rows", "vCPU", "GiB", "days"):
                dimension = _grouped(item, [name for name, _ in parts])
                # Anomalies have days of their own each; they are ranked together.
                period = "" if item.tool == "detect_anomalies" or not figure.period else figure.period.label()
                what = definition_of(figure) if kind in ("amount", "excess") else ending_of(figure)
                lists.setdefault((dimension, figure.unit, period, kind, what), []).append(figure)
        for (dimension, _, _, kind, _), listed in lists.items():
            named = [f for f in listed if not _is_rest(f, dimension)]
            whole = len(named) == len(listed) and not _cut(item)
            ordered = tuple(sorted(named, key=lambda f: (-f.value, f.name)))
            found.append(Ranking(dimension, kind, item, ordered, whole))
    return found


def _grouped(item: Evidence, names: Sequence[str]) -> str:
    grouped = item.input.get("group_by")
    own = [name for name in names if isinstance(grouped, list) and name in grouped]
    return (own or list(names))[-1 if not own else 0]


def _is_rest(figure: Figure, dimension: str) -> bool:
    return any(values == ("other",) for _, values in subject_parts(figure.subject)) or f"{dimension}," in figure.subject


def _cut(item: Evidence) -> bool:
    caveats = item.result.get("caveats")
    return isinstance(caveats, list) and any("largest groups are listed" in str(note) for note in caveats)


def shares(items: Iterable[Evidence]) -> Iterator[tuple[Figure, Evidence]]:
    """Yield the shares of a subject in the whole period; those of single buckets are of all buckets together, and left out."""
    for item in items:
        for figure in item.figures:
            if kind_of(figure, item) == "share" and not item.input.get("grain"):
                yield figure, item
