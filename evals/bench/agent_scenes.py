"""Evidence to write answers on: real tool runs over a loaded estate, in scenes. Nothing here knows how answers are judged."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, cast

from pydantic import JsonValue

from finops.errors import ToolError
from finops.evidence import Evidence, Figure
from finops.people import Principal
from finops.periods import Period
from gateway.questions import Questions, as_of

Sort = Literal[
    "breakdown", "compare", "trend", "filtered", "anomalies", "rightsizing", "share", "difference", "growth", "mean"
]
PERSON = Principal(name="bench", role="analyst", local=True)
NOUNS = {
    "ProviderName": "provider",
    "ServiceName": "service",
    "ServiceCategory": "category",
    "SubAccountName": "account",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One group of a result: what it is called and the base name of its figures."""

    name: str
    figure: str
    period: Period | None = None


@dataclass(frozen=True)
class Scene:
    """Evidence by alias, and what is needed to write about it. `rows` are the groups that have a name, `rest` is what is left."""

    sort: Sort
    question: str
    evidence: dict[str, Evidence]
    as_of: date
    vocabulary: dict[str, tuple[str, ...]]
    noun: str = ""
    rows: tuple[Row, ...] = ()
    rest: str = ""
    period: Period | None = None
    before: Period | None = None
    named: dict[str, Row] = field(default_factory=dict[str, Row])

    def figure(self, name: str, alias: str = "E1") -> Figure:
        """Return a figure that must be there."""
        found = self.evidence[alias].figure(name)
        if found is None:
            raise KeyError(name)
        return found

    def has(self, name: str, alias: str = "E1") -> bool:
        """Tell whether a figure is there."""
        return self.evidence[alias].figure(name) is not None


def scenes(questions: Questions, months: Sequence[str]) -> list[Scene]:
    """Return every scene that an estate gives; `months` are whole ones it has, in order."""
    return list(_Stage(questions, tuple(months)).all())


@dataclass(frozen=True)
class _Stage:
    questions: Questions
    months: tuple[str, ...]

    def run(self, tool: str, **arguments: JsonValue) -> Evidence | None:
        try:
            found = self.questions.run(PERSON, tool, arguments)
        except ToolError:
            return None
        return found if found.figures and found.result.get("status", "ok") == "ok" else None

    def scene(self, sort: Sort, question: str, *items: Evidence, **more: object) -> Scene:
        words = {info.name: info.values for info in self.questions.data.dimensions}
        evidence = {f"E{n}": item for n, item in enumerate(items, 1)}
        return Scene(sort, question, evidence, as_of(self.questions.data), words, **more)  # pyright: ignore[reportArgumentType]

    def all(self) -> Iterator[Scene]:
        for month in self.months:
            for dimension, noun in NOUNS.items():
                for top, metric in ((None, "BilledCost"), (4, "EffectiveCost")):
                    yield from self.breakdown(month, dimension, noun, top, metric)
            yield from self.filtered(month)
        for earlier, month in zip(self.months, self.months[1:], strict=False):
            for dimension, noun in NOUNS.items():
                yield from self.compare(earlier, month, dimension, noun)
            yield from self.growth(earlier, month)
        for first, last in zip(self.months, self.months[2:], strict=False):
            yield from self.trend(first, last, ["ProviderName"], "provider")
            yield from self.trend(first, last, ["ServiceCategory"], "category")
        yield from self.anomalies()
        yield from self.rightsizing()

    def breakdown(self, month: str, dimension: str, noun: str, top: int | None, metric: str) -> Iterator[Scene]:
        limit: dict[str, JsonValue] = {"top": top} if top else {}
        item = self.run("cost_query", metric=metric, period=month, group_by=[dimension], **limit)
        if item is None or len(rows := _rows(item)) < 3:
            return
        period, question = Period.parse(month), f"What did each {noun} cost in {month}?"
        yield self.scene("breakdown", question, item, noun=noun, rows=rows, rest=_rest(item), period=period)
        if metric == "BilledCost" and dimension == "ProviderName":
            for a, b in ((rows[0], rows[1]), (rows[1], rows[2])):
                operands: list[JsonValue] = [f"{item.id}#{a.figure}", f"{item.id}#{b.figure}"]
                if made := self.run("calculate", op="difference", operands=operands):
                    yield self.scene(
                        "difference", question, item, made, noun=noun, rows=rows, period=period, named={"a": a, "b": b}
                    )
                operands = [f"{item.id}#{a.figure}", f"{item.id}#total"]
                if made := self.run("calculate", op="share", operands=operands):
                    yield self.scene("share", question, item, made, noun=noun, rows=rows, period=period, named={"a": a})

    def filtered(self, month: str) -> Iterator[Scene]:
        listed = next((d.values for d in self.questions.data.dimensions if d.name == "ProviderName"), ())
        for provider in listed[:3]:
            item = self.run("cost_query", period=month, filters=[{"dimension": "ProviderName", "values": [provider]}])
            if item and item.figures[1].value:
                row = Row(provider, "total")
                yield self.scene(
                    "filtered", f"What did {provider} cost in {month}?", item, rows=(row,), period=Period.parse(month)
                )

    def compare(self, earlier: str, month: str, dimension: str, noun: str) -> Iterator[Scene]:
        item = self.run("cost_query", period=month, compare="previous_period", group_by=[dimension])
        if item and len(rows := _rows(item)) >= 3:
            question = f"How did cost by {noun} change from {earlier} to {month}?"
            yield self.scene(
                "compare",
                question,
                item,
                noun=noun,
                rows=rows,
                rest=_rest(item),
                period=Period.parse(month),
                before=Period.parse(earlier),
            )

    def growth(self, earlier: str, month: str) -> Iterator[Scene]:
        now = self.run("cost_query", period=month, group_by=["ProviderName"])
        was = self.run("cost_query", period=earlier, group_by=["ProviderName"])
        if not now or not was:
            return
        for row in _rows(now)[:3]:
            if was.figure(row.figure) is None:
                continue
            operands: list[JsonValue] = [f"{now.id}#{row.figure}", f"{was.id}#{row.figure}"]
            for op, sort in (("percent_change", "growth"), ("mean", "mean")):
                if made := self.run("calculate", op=op, operands=operands):
                    yield self.scene(
                        cast(Sort, sort), f"How did {row.name} change from {earlier} to {month}?", now, was, made, rows=_rows(now),
                        period=Period.parse(month), before=Period.parse(earlier), named={"a": row},
                    )  # fmt: skip

    def trend(self, first: str, last: str, group_by: list[JsonValue], noun: str) -> Iterator[Scene]:
        period = Period(start=Period.parse(first).start, end=Period.parse(last).end)
        given: dict[str, JsonValue] = {"start": period.start.isoformat(), "end": period.end.isoformat()}
        item = self.run("cost_query", period=given, grain="month", group_by=group_by)
        if item and (rows := _rows(item)):
            yield self.scene(
                "trend", f"Monthly cost by {noun} from {first} to {last}", item, noun=noun, rows=rows, period=period
            )

    def anomalies(self) -> Iterator[Scene]:
        item = self.run("detect_anomalies")
        if item and isinstance(incidents := item.result.get("incidents"), list) and len(incidents) > 1:
            yield self.scene("anomalies", "Any anomalies?", item, rows=tuple(_scoped(one, item) for one in incidents))

    def rightsizing(self) -> Iterator[Scene]:
        item = self.run("rightsize_instances")
        if item and isinstance(found := item.result.get("recommendations"), list) and len(found) > 1:
            rows = tuple(_instance(one, item) for one in found)
            yield self.scene("rightsizing", "Where can we save?", item, rows=rows)


def _rows(item: Evidence) -> tuple[Row, ...]:
    found: list[Row] = []
    for raw in cast(list[dict[str, JsonValue]], item.result["rows"]):
        group, figure = cast(dict[str, str | None], raw["group"]), item.figure(str(raw["figure"]))
        name = next(iter(group.values()), None)
        if name and figure and not raw["other"] and name[0].isalpha() and "," not in name and " and " not in name:
            found.append(Row(name, figure.name, figure.period))
    return tuple(found)


def _rest(item: Evidence) -> str:
    listed = cast(list[dict[str, JsonValue]], item.result["rows"])
    return next((str(raw["figure"]) for raw in listed if raw["other"]), "")


def _scoped(raw: JsonValue, item: Evidence) -> Row:
    one = cast(dict[str, JsonValue], raw)
    scope = cast(dict[str, str | None], one["scope"])
    figure = item.figure(str(one["figure"]))
    return Row(
        " in ".join(_quoted(value or "(none)") for value in scope.values()),
        str(one["figure"]),
        figure.period if figure else None,
    )


def _instance(raw: JsonValue, item: Evidence) -> Row:
    one = cast(dict[str, JsonValue], raw)
    figure = item.figure(f"{one['figure']}.saving")
    return Row(f"`{one['resource_id']}`", str(one["figure"]), figure.period if figure else None)


def _quoted(name: str) -> str:
    """Return a name as answers must write it: in backticks where it reads like a number."""
    return f"`{name}`" if name.isdecimal() else name
