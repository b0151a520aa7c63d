"""Write a checked bill as Parquet in the lake's schema, one file for each source and month, and read it back to prove it."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import cast
from uuid import uuid4

import duckdb

from connectors.billing.check import Checked, raws_of, source_expression
from connectors.billing.expressions import canonical_columns
from connectors.billing.session import files_text, quoted, text
from connectors.billing.source import SourceFile
from finops.errors import BadFile
from finops.money import EXACT, plain
from finops.tables import COST_COLUMNS

COPY_OPTIONS = "FORMAT parquet, COMPRESSION zstd"
# Amounts a bill may carry rounded to whole numbers beside an exact BilledCost.
ROUNDABLE = ("EffectiveCost", "ListCost", "ContractedCost")


@dataclass(frozen=True, slots=True)
class Written:
    """One staged Parquet file as it was read back. `whole` counts rows by amount column that hold a whole number there."""

    path: str
    source: str
    month: str
    rows: int
    content: str
    sums: dict[str, Decimal]
    whole: dict[str, int]
    billed_whole: int


def write(connection: duckdb.DuckDBPyConnection, file: SourceFile, source: str | None, folder: Path) -> Path:
    """Write the file's rows, converted, into a new folder below `folder` and return it."""
    raws = raws_of(file)
    target = folder / uuid4().hex
    target.mkdir(parents=True)
    columns = canonical_columns(raws, source_expression(raws, source))
    # The key is the source's hash: a source may hold characters, or a length, that no file system takes.
    connection.execute(
        f"COPY (SELECT *, hash(x_Source) AS s, strftime(BillingPeriodStart, '%Y-%m') AS m "  # noqa: S608
        f"FROM (SELECT {columns} FROM {file.relation()}) ORDER BY ChargePeriodStart) "
        f"TO {text(str(target))} ({COPY_OPTIONS}, PARTITION_BY (s, m))"
    )
    return target


def read_back(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[Written]:
    """Return what the staged files of `folder` hold, by file."""
    files = f"read_parquet({files_text(folder)}, hive_partitioning = false, filename = true)"
    whole = [f"count(*) FILTER ({quoted(name)} % 1 = 0)" for name in (*ROUNDABLE, "BilledCost")]
    columns = ", ".join(quoted(name) for name in COST_COLUMNS)
    rows = connection.execute(
        "SELECT filename, x_Source, strftime(BillingPeriodStart, '%Y-%m') AS m, BillingCurrency, count(*), "  # noqa: S608
        f"sum(CAST(hash({columns}) AS HUGEINT)), sum(BilledCost), {', '.join(whole)} FROM {files} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    found: dict[tuple[str, str, str], list[tuple[object, ...]]] = {}
    for row in rows:
        found.setdefault((str(row[0]), str(row[1]), str(row[2])), []).append(row)
    return [_written(key, group) for key, group in found.items()]


def _written(key: tuple[str, str, str], group: list[tuple[object, ...]]) -> Written:
    counts = [[int(str(value)) for value in (row[4], row[5], *row[7:])] for row in group]
    rows, content, *whole = [sum(column) for column in zip(*counts, strict=True)]
    return Written(
        path=key[0], source=key[1], month=key[2], rows=rows, content=f"{content:x}",
        sums={str(row[3]): cast(Decimal, row[6]) for row in group},
        whole=dict(zip(ROUNDABLE, whole, strict=False)), billed_whole=whole[-1],
    )  # fmt: skip


def prove(file: SourceFile, checked: Checked, written: list[Written]) -> None:
    """Refuse the load unless rows and BilledCost of what was written equal the text's, to the last digit."""
    if len({one.path for one in written}) != len(written):
        raise BadFile(f"`{file.name}` mixes two sources in one part", fix="load each provider's bill by itself")
    rows: dict[tuple[str, str], int] = {}
    sums: dict[tuple[str, str, str], Decimal] = {}
    with localcontext(EXACT):
        for one in written:
            key = (one.source, one.month)
            rows[key] = rows.get(key, 0) + one.rows
            for currency, amount in one.sums.items():
                sums[*key, currency] = sums.get((*key, currency), Decimal(0)) + amount
    if rows != checked.part_rows:
        raise BadFile(f"`{file.name}` changed while it was read", fix="load it again when its export is done")
    for part, amount in checked.sums.items():
        if sums.get(part) != amount:
            raise BadFile(
                f"`{file.name}`: BilledCost of {part[0]} {part[1]} sums to `{plain(amount)}` {part[2]} as written and to "
                f"`{plain(sums.get(part, Decimal(0)))}` as loaded",
                fix="export it again; nothing was loaded",
            )
