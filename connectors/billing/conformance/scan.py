"""Ask many questions of all rows in one scan, and fetch the first rows that break a rule."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

import duckdb

from connectors.billing.conformance.cells import Cells
from connectors.billing.conformance.conditions import Question
from connectors.billing.conformance.result import Example
from connectors.billing.sql.session import quoted, text

EXAMPLES = 5
# Most rules that are broken are broken early; only the others are looked for in the whole file.
_EARLY = 20_000
_CUT = 60


@dataclass(frozen=True, slots=True)
class Counts:
    """To how many rows a question applies, and how many break it."""

    checked: int
    rows: int


class _Hit(TypedDict):
    n: int
    v: dict[str, str | None]


def ask(connection: duckdb.DuckDBPyConnection, cells: Cells, aggregates: Sequence[str]) -> dict[str, object]:
    """Return each aggregate's value over all rows, in one scan; the same aggregate is worked out once."""
    wanted = list(dict.fromkeys(aggregates))
    if not wanted:
        return {}
    row = connection.execute(f"SELECT {', '.join(wanted)} FROM {cells.relation()}").fetchone()  # noqa: S608
    return dict(zip(wanted, row or (), strict=True))


def count_where(condition: str) -> str:
    """Return the aggregate that counts the rows which satisfy a condition."""
    return "count(*)" if condition == "true" else f"count_if({condition})"


def counts_of(questions: Iterable[Question], answers: dict[str, object]) -> dict[tuple[str, str], Counts]:
    """Return the counts of each question, by rule and column."""
    return {
        (one.rule, one.column): Counts(_int(answers[count_where(one.when)]), _int(answers[count_where(one.broken)]))
        for one in questions
    }


def aggregates_of(questions: Iterable[Question]) -> list[str]:
    """Return what has to be asked for the counts of these questions."""
    return [count_where(condition) for one in questions for condition in (one.when, one.broken)]


def examples_of(
    connection: duckdb.DuckDBPyConnection, cells: Cells, questions: Sequence[Question]
) -> dict[tuple[str, str], tuple[Example, ...]]:
    """Return the first rows that break each rule. The whole file is read only where its beginning shows none."""
    connection.execute("SET preserve_insertion_order = true")
    try:
        early = _first_rows(connection, cells, questions, f"LIMIT {_EARLY}")
        late = [one for one in questions if not early[one.rule, one.column]]
        return {**early, **(_first_rows(connection, cells, late, "") if late else {})}
    finally:
        connection.execute("SET preserve_insertion_order = false")


def _first_rows(
    connection: duckdb.DuckDBPyConnection, cells: Cells, questions: Sequence[Question], limit: str
) -> dict[tuple[str, str], tuple[Example, ...]]:
    number = quoted("row number")
    select: list[str] = []
    for one in questions:
        values = ", ".join(f"{text(name)}: left({cells.raw(name)}, {_CUT})" for name in one.shows)
        select.append(f"min({{'n': {number}, 'v': {{{values}}}}}, {EXAMPLES}) FILTER ({one.broken})")
    if not select:
        return {}
    sql = f"SELECT {', '.join(select)} FROM (FROM {cells.relation(numbered=True)} {limit})"  # noqa: S608
    row = connection.execute(sql).fetchone() or ()
    return {
        (one.rule, one.column): tuple(Example(row=hit["n"], values=hit["v"]) for hit in cast(list[_Hit], found or []))
        for one, found in zip(questions, row, strict=True)
    }


def _int(value: object) -> int:
    return int(str(value or 0))
