"""Rules on how many values of one column go with each value of another, such as one SkuId to a SkuPriceId: all in one scan."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from connectors.billing.conformance.cells import Cells
from connectors.billing.sql.session import text

_KEYS = 5
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Pairing:
    """One such rule: each `key` on the rows of `when` has exactly `expected` values of `other`."""

    rule: str
    key: str
    other: str
    expected: int
    when: str


@dataclass(frozen=True, slots=True)
class Unpaired:
    """The keys that break the rule: how many, on how many of the checked rows, the first of them, and one in words."""

    keys: int
    rows: int
    checked: int
    named: tuple[str, ...]
    words: str


def unpaired(connection: duckdb.DuckDBPyConnection, cells: Cells, pairings: Sequence[Pairing]) -> dict[str, Unpaired]:
    """Return what breaks each rule."""
    if not pairings:
        return {}
    inner = ", ".join(
        f"CASE WHEN {one.when} THEN {cells.cell(one.key)} END AS k{i}, {cells.cell(one.other)} AS v{i}"
        for i, one in enumerate(pairings)
    )
    indexes = range(len(pairings))
    which = " ".join(f"WHEN grouping(k{i}) = 0 THEN {i}" for i in indexes)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE pairs AS SELECT CASE {which} END AS rule, "  # noqa: S608
        f"coalesce({', '.join(f'k{i}' for i in indexes)}) AS k, coalesce({', '.join(f'v{i}' for i in indexes)}) AS v, "
        f"count(*) AS n FROM (SELECT {inner} FROM {cells.relation()}) "
        f"GROUP BY GROUPING SETS ({', '.join(f'(k{i}, v{i})' for i in indexes)})"
    )
    return {one.rule: _of_rule(connection, i, one) for i, one in enumerate(pairings)}


def _of_rule(connection: duckdb.DuckDBPyConnection, index: int, pairing: Pairing) -> Unpaired:
    off = f"d <> {pairing.expected}"
    rows = connection.execute(
        f"WITH keys AS (SELECT k, sum(n) AS n, count(DISTINCT v) AS d, list(DISTINCT v ORDER BY v)[:{_SHOWN}] AS v FROM pairs "  # noqa: S608
        f"WHERE rule = {index} AND k IS NOT NULL GROUP BY k) SELECT count_if({off}), "
        f"sum(n) FILTER ({off}), sum(n), min({{'k': k, 'd': d, 'v': v}}, {_KEYS}) FILTER ({off}) FROM keys"
    ).fetchone()
    keys, broken, checked, first = rows or (0, 0, 0, None)
    named = tuple(str(one["k"]) for one in first or ())
    words = f"`{named[0]}` has {_listed(first[0]['d'], first[0]['v'], pairing.other)}" if first else ""
    return Unpaired(int(keys or 0), int(broken or 0), int(checked or 0), named, words)


def _listed(count: int, values: Sequence[str], other: str) -> str:
    if not count:
        return f"no {other}"
    return f"{count} of {other}: {', '.join(f'`{value[:40]}`' for value in values)}" + (
        " ..." if count > _SHOWN else ""
    )


def is_one_of(pairing: Pairing, keys: Sequence[str], cells: Cells) -> str:
    """Return the condition that a row holds one of the keys."""
    return f"({pairing.when}) AND {cells.cell(pairing.key)} IN ({', '.join(map(text, keys))})"
