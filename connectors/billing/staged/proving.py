"""Read staged Parquet back and prove it: rows and amounts are those of the bill's text."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import cast

import duckdb

from connectors.billing.files.source import BillFile
from connectors.billing.reading.contents import row_hash
from connectors.billing.reading.one_pass import ROUNDABLE, Checked
from connectors.billing.sql.session import files_text, quoted, staged_rows
from finops.errors import BadFile
from finops.money import EXACT, plain
from finops.query import COST_METRICS
from finops.tables import COST_COLUMNS

_COSTS = tuple(sorted(COST_METRICS))


@dataclass(frozen=True, slots=True)
class Written:
    """One staged Parquet file as it was read back.

    `costs` are sums by currency and cost column; `whole` counts rows by amount column that hold a whole number there.
    """

    path: str
    source: str
    month: str
    rows: int
    costs: dict[str, dict[str, Decimal]]
    whole: dict[str, int]
    billed_whole: int


def read_back(connection: duckdb.DuckDBPyConnection, folder: Path, checked: Checked) -> list[Written]:
    """Return what the staged files of `folder` hold, by file.

    Whole numbers are counted only where a source has a column without any other: dividing every amount takes long.
    """
    files = staged_rows(files_text(folder), filename=True)
    rounded = any((source, name) not in checked.broken for source, _ in checked.part_rows for name in ROUNDABLE)
    count = "count(*) FILTER ({} % 1 = 0)" if rounded else "0"
    whole = [count.format(quoted(name)) for name in (*ROUNDABLE, "BilledCost")]
    sums = [f"coalesce(sum({quoted(name)}), 0)" for name in _COSTS]
    values = ["count(*)", *sums, *whole]
    named = ", ".join(f"{value} AS v{place}" for place, value in enumerate(values))
    again = ", ".join(f"sum(v{place})" for place in range(len(values)))
    # The month is written for each period there is, not for each row.
    rows = connection.execute(
        f"WITH periods AS (SELECT filename, x_Source, BillingPeriodStart, BillingCurrency, {named} FROM {files} GROUP BY ALL) "  # noqa: S608
        f"SELECT filename, x_Source, strftime(BillingPeriodStart, '%Y-%m') AS m, BillingCurrency, {again} FROM periods "
        "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    ).fetchall()
    found: dict[tuple[str, str, str], list[tuple[object, ...]]] = {}
    for row in rows:
        found.setdefault((str(row[0]), str(row[1]), str(row[2])), []).append(row)
    return [_written(key, group) for key, group in found.items()]


def read_contents(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[tuple[str, str], int]:
    """Return the number of the rows of each part in the staged files of `folder`, as `Checked.contents` has it."""
    columns = sorted(COST_COLUMNS.keys() & _filled(connection, folder) - {"x_Source"})
    rows = connection.execute(
        "WITH periods AS (SELECT x_Source, BillingPeriodStart, "  # noqa: S608
        f"sum(CAST({row_hash(columns)} AS HUGEINT)) AS n "
        f"FROM {staged_rows(files_text(folder))} GROUP BY ALL) "
        "SELECT x_Source, strftime(BillingPeriodStart, '%Y-%m') AS m, sum(n) FROM periods GROUP BY ALL"
    ).fetchall()
    return {(str(source), str(month)): int(number) for source, month, number in rows}


def _filled(connection: duckdb.DuckDBPyConnection, folder: Path) -> set[str]:
    """Return the columns that may have a value, as the files' own counts say: reading the others tells nothing more."""
    rows = connection.execute(
        f"SELECT path_in_schema FROM parquet_metadata({files_text(folder)}) "  # noqa: S608
        "GROUP BY 1 HAVING coalesce(sum(stats_null_count) < sum(num_values), true)"
    ).fetchall()
    return {str(name) for (name,) in rows}


def _written(key: tuple[str, str, str], group: list[tuple[object, ...]]) -> Written:
    after = 5 + len(_COSTS)
    counts = [[int(str(value)) for value in (row[4], *row[after:])] for row in group]
    rows, *whole = [sum(column) for column in zip(*counts, strict=True)]
    return Written(
        path=key[0], source=key[1], month=key[2], rows=rows,
        costs={str(row[3]): dict(zip(_COSTS, cast(tuple[Decimal, ...], row[5:after]), strict=True)) for row in group},
        whole=dict(zip(ROUNDABLE, whole, strict=False)), billed_whole=whole[-1],
    )  # fmt: skip


def prove(file: BillFile, checked: Checked, written: list[Written]) -> None:
    """Refuse the load unless rows and every cost of what was written equal the text's, to the last digit."""
    if len({one.path for one in written}) != len(written):
        raise BadFile(f"`{file.name}` mixes two sources in one part", fix="load each provider's bill by itself")
    rows: dict[tuple[str, str], int] = {}
    sums: dict[tuple[str, str, str], dict[str, Decimal]] = {}
    with localcontext(EXACT):
        for one in written:
            key = (one.source, one.month)
            rows[key] = rows.get(key, 0) + one.rows
            for currency, costs in one.costs.items():
                before = sums.get((*key, currency), {})
                sums[*key, currency] = {name: before.get(name, Decimal(0)) + amount for name, amount in costs.items()}
    if rows != checked.part_rows:
        raise BadFile(f"`{file.name}` changed while it was read", fix="load it again when its export is done")
    for part, costs in checked.sums.items():
        for name, amount in costs.items():
            loaded = sums.get(part, {}).get(name, Decimal(0))
            if loaded != amount:
                raise BadFile(
                    f"`{file.name}`: {name} of {part[0]} {part[1]} sums to `{plain(amount)}` {part[2]} as written and to "
                    f"`{plain(loaded)}` as loaded",
                    fix="export it again; nothing was loaded",
                )
