"""Rows as numbers: each group of columns that go together becomes one code, so that grouping by many texts is grouping by few integers.

A code is a hash of the fewest columns that tell the group's combinations apart. INVARIANT: no two combinations share a code; that
is checked on the combinations there are, and another hash is taken where two do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from uuid import uuid4

import duckdb

from store.lake.ask.relations import tag_value
from store.lake.rollups.catalogue import GROUPS

# What tells parts apart: a column of every roll-up.
PART_COLUMNS = ("x_Source", "BillingPeriodStart")
# More combinations than this are hashed over all their columns: to find the fewest would take longer.
_MOST_COMBINATIONS = 5000


@dataclass(frozen=True, slots=True)
class Scratch:
    """Temporary tables of one connection, dropped together."""

    connection: duckdb.DuckDBPyConnection
    tables: list[str] = field(default_factory=list[str])

    def table(self, query: str) -> str:
        """Make a table of a query, and return its name."""
        name = f"t{uuid4().hex}"
        self.tables.append(name)
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {query}")
        return name

    def count(self, what: str) -> int:
        """Return the number of rows of a table."""
        return int(str(self.connection.execute(f"SELECT count(*) FROM {what}").fetchall()[0][0]))  # noqa: S608

    def drop(self) -> None:
        """Drop them all."""
        while self.tables:
            self.connection.execute(f"DROP TABLE IF EXISTS {self.tables.pop()}")


@dataclass(frozen=True, slots=True)
class Code:
    """One group of columns: the rows that each combination has by part, the combinations by their code, the code in SQL."""

    columns: tuple[str, ...]
    counted: str
    combinations: str
    sql: str


@dataclass(frozen=True, slots=True)
class Codes:
    """The rows of some parts in codes. `rows` has a column for each group and tag, `day`, ChargePeriodStart, `measures`."""

    rows: str
    groups: dict[str, Code]
    tags: dict[str, Code]
    measures: tuple[str, ...]

    def tag_column(self, tag: str) -> str:
        """Return the column that holds the codes of a tag's values."""
        return f"tag{list(self.tags).index(tag)}"


def group_codes(scratch: Scratch, raw: str, present: Sequence[str]) -> dict[str, Code]:
    """Return the code of each group; columns that no row has a value of are left out."""
    groups = {name: tuple(column for column in columns if column in present) for name, columns in GROUPS.items()}
    kind = _counted(scratch, raw, groups["kind"], "count(*)")
    found: dict[str, Code] = {}
    for name, columns in groups.items():
        if name == "kind":
            counted = kind
        elif set(columns) <= set(groups["kind"]):
            counted = _counted(scratch, kind, columns, "sum(x_Rows)")
        else:
            counted = _counted(scratch, raw, columns, "count(*)")
        found[name] = _coded(scratch, counted, columns)
    return found


def document_code(scratch: Scratch, raw: str, column: str) -> Code:
    """Return the code of a JSON column's documents."""
    return _coded(scratch, _counted(scratch, raw, (column,), "count(*)"), (column,))


def code_rows(
    scratch: Scratch,
    raw: str,
    groups: dict[str, Code],
    documents: Code | None,
    *,
    tags: Sequence[str],
    measures: Sequence[str],
) -> Codes:
    """Return the rows in codes; `documents` are those of the column of tags."""
    values = {} if documents is None else {tag: _tag_code(scratch, documents, tag) for tag in tags}
    codes = [f'{code.sql} AS "{name}"' for name, code in groups.items()]
    codes += [] if documents is None else [f"{documents.sql} AS documents"]
    amounts = [f'"{name}"' for name in measures]
    query = f"SELECT {', '.join([*codes, 'CAST(ChargePeriodStart AS DATE) AS day', 'ChargePeriodStart', *amounts])} FROM {raw}"  # noqa: S608
    if documents is not None:
        tagged = [
            f"{code.sql.replace(_TAG, tag_value(tag))} AS tag{at}" for at, (tag, code) in enumerate(values.items())
        ]
        query = (
            f"SELECT r.* EXCLUDE (documents), d.* EXCLUDE (code) FROM ({query}) AS r "  # noqa: S608
            f"JOIN (SELECT {', '.join(['code', *tagged])} FROM {documents.combinations}) AS d ON r.documents = d.code"
        )
    return Codes(scratch.table(query), groups, values, tuple(measures))


_TAG = '"x_Tag"'


def _tag_code(scratch: Scratch, documents: Code, tag: str) -> Code:
    counted = scratch.table(f"SELECT DISTINCT {tag_value(tag)} AS x_Tag FROM {documents.combinations}")  # noqa: S608
    return _coded(scratch, counted, ("x_Tag",))


def _counted(scratch: Scratch, source: str, columns: Sequence[str], rows: str) -> str:
    names = ", ".join(f'"{name}"' for name in dict.fromkeys((*PART_COLUMNS, *columns)))
    return scratch.table(f"SELECT {names}, CAST({rows} AS BIGINT) AS x_Rows FROM {source} GROUP BY ALL")  # noqa: S608


def _coded(scratch: Scratch, counted: str, columns: Sequence[str]) -> Code:
    if not columns:
        nothing = next(_hashes(()))
        return Code((), counted, scratch.table(f"SELECT {nothing} AS code"), nothing)
    names = ", ".join(f'"{name}"' for name in columns)
    distinct = scratch.table(f"SELECT DISTINCT {names} FROM {counted}")  # noqa: S608
    apart = _apart(scratch, distinct, columns)
    rows = scratch.count(distinct)
    unique = (
        sql
        for sql in _hashes(apart)
        if scratch.count(f"(SELECT DISTINCT {sql} FROM {distinct})") == rows  # noqa: S608
    )
    sql = next(unique)
    return Code(tuple(columns), counted, scratch.table(f"SELECT *, {sql} AS code FROM {distinct}"), sql)  # noqa: S608


def _hashes(columns: Sequence[str]) -> Iterator[str]:
    """Yield ever other hashes of columns, the cheapest first; no end to them.

    DuckDB's hash of a text is no strong one: among 63,000 documents of tags that differ in few letters, 162 pairs shared theirs.
    """
    if not columns:
        yield "CAST(0 AS UBIGINT)"
        return
    names = ", ".join(f'"{name}"' for name in columns)
    yield f"hash({names})"
    mirrored = ", ".join(f'reverse(CAST("{name}" AS VARCHAR))' for name in columns)
    yield f"hash({names}, {mirrored})"
    for salt in count():
        strong = ", ".join(f"""md5_number('{salt}' || CAST("{name}" AS VARCHAR))""" for name in columns)
        yield f"hash({strong})"


def _apart(scratch: Scratch, distinct: str, columns: Sequence[str]) -> list[str]:
    """Return few columns that tell all combinations apart: the others follow from them."""
    kept = list(columns)
    rows = scratch.connection.execute(f"SELECT * FROM {distinct} LIMIT {_MOST_COMBINATIONS + 1}").fetchall()  # noqa: S608
    if len(rows) > _MOST_COMBINATIONS:
        return kept
    for name in reversed(columns):
        fewer = [columns.index(one) for one in kept if one != name]
        if len({tuple(row[at] for at in fewer) for row in rows}) == len(rows):
            kept.remove(name)
    return kept
