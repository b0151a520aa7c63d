"""What is odd about a bill that can be loaded all the same: said once each, with counts and examples."""

from decimal import Decimal
from pathlib import Path

import duckdb

from connectors.billing.files.source import BillFile
from connectors.billing.formats import Bill
from connectors.billing.judged.columns import version_of
from connectors.billing.reading.one_pass import ROUNDABLE, Checked, condition, never_null, raws_of
from connectors.billing.sql.expressions import normalised
from connectors.billing.sql.session import file_text
from connectors.billing.staged.proving import Written
from finops.focus import BY_NAME, columns_of, detect_version
from finops.tables import LoadWarning, exact_text

# So few rows may all be whole numbers by chance.
_FEWEST = 5


def oddities(
    connection: duckdb.DuckDBPyConnection, file: BillFile, checked: Checked, written: list[Written]
) -> tuple[LoadWarning, ...]:
    """Return a warning for each kind of oddity in the file."""
    found = [
        *_null_text(file, checked),
        *_no_zone(file, checked),
        *_months(file, checked),
        *_nulls(file, checked),
        *_spellings(connection, file, checked),
        *(_read_as(file) if isinstance(file, Bill) else _extra_columns(file)),
        *(_unfilled(file) if isinstance(file, Bill) else _missing_columns(file)),
        *_floats(file),
        *_rounded(file, written),
        *_negative_days(connection, file, written),
    ]
    return tuple(found)


def _columns(checked: Checked, kind: str) -> dict[str, int]:
    return {name: count for (measured, name), count in checked.counts.items() if measured == kind and count}


def _null_text(file: BillFile, checked: Checked) -> list[LoadWarning]:
    found = _columns(checked, "null_text")
    if not found:
        return []
    message = f"the text `NULL` stands for no value in {len(found)} columns; it and empty text were taken as absent"
    return [
        _warning(
            "null_text", message, file, max(found.values()), tuple(f"{name}: {n} rows" for name, n in found.items())
        )
    ]


def _no_zone(file: BillFile, checked: Checked) -> list[LoadWarning]:
    found = _columns(checked, "no_zone")
    if not found:
        return []
    message = f"{_listed(tuple(found))} {'has' if len(found) == 1 else 'have'} no time zone; taken as UTC"
    return [_warning("no_time_zone", message, file, max(found.values()), tuple(found))]


def _months(file: BillFile, checked: Checked) -> list[LoadWarning]:
    said = {
        "local_month": "begins on the first of a month in its own zone and not in UTC; taken as that month",
        "no_month": "is not the first of a month; the billing period is no calendar month, and was counted to the month it begins in, UTC",
    }
    return [
        _warning(kind, f"{name} {message}", file, count, (name,))
        for kind, message in said.items()
        for name, count in _columns(checked, kind).items()
    ]


def _nulls(file: BillFile, checked: Checked) -> list[LoadWarning]:
    return [
        _warning(
            "null_value",
            f"{name} is absent in {count} rows though FOCUS requires it; sums leave those rows out",
            file,
            count,
            (name,),
        )
        for name, count in _columns(checked, "null").items()
        if not never_null(("null", name))
    ]


def _spellings(connection: duckdb.DuckDBPyConnection, file: BillFile, checked: Checked) -> list[LoadWarning]:
    raws = raws_of(file)
    found: list[LoadWarning] = []
    for name in _columns(checked, "unusual"):
        clean, column = raws[name].clean, BY_NAME[name]
        rows = connection.execute(
            f"SELECT {clean} AS v, {normalised(clean, column)} AS n, count(*) FROM {file.relation()} "  # noqa: S608
            f"WHERE {condition(('unusual', name), raws)} GROUP BY v, n ORDER BY count(*) DESC, v LIMIT 20"
        ).fetchall()
        mended = [(v, n, int(count)) for v, n, count in rows if v != n]
        kept = [(v, int(count)) for v, n, count in rows if v == n]
        if mended:
            pairs = ", ".join(f"`{v}` as `{n}`" for v, n, _ in mended)
            found.append(
                _warning(
                    "spelling", f"{name}: took {pairs}", file, sum(c for *_, c in mended), tuple(v for v, *_ in mended)
                )
            )
        if kept:
            message = f"{name} has {len(kept)} values that FOCUS does not allow; they were kept"
            found.append(
                _warning("value_not_allowed", message, file, sum(c for _, c in kept), tuple(str(v) for v, _ in kept))
            )
    return found


def _read_as(bill: Bill) -> list[LoadWarning]:
    """Name the format that was told or forced. Its own columns are expected: they are not listed as odd."""
    message = f"read as {bill.table.title}; columns FOCUS has no place for are kept in x_Columns"
    return [_warning("read_as", message, bill, 0, ())]


def _unfilled(bill: Bill) -> list[LoadWarning]:
    """Warn of mandatory columns that the format can fill and this file cannot; those it never fills have a reason in its table."""
    missing = tuple(
        c.name
        for c in columns_of("1.2")
        if c.level == "Mandatory" and c.name not in bill.types and c.name not in bill.table.absent
    )
    if not missing:
        return []
    message = f"this {bill.table.title} lacks what {_listed(missing)} {'is' if len(missing) == 1 else 'are'} read from; taken as null"
    return [_warning("missing_column", message, bill, 0, missing)]


def _extra_columns(file: BillFile) -> list[LoadWarning]:
    extra = tuple(name for name in file.columns if name not in BY_NAME)
    if not extra:
        return []
    listed = ", ".join(f"`{name[:60]}`" for name in extra[:10])
    more = f" and {len(extra) - 10} more" if len(extra) > 10 else ""
    message = f"{len(extra)} column{'s'[: len(extra) > 1]} beyond FOCUS ({listed}{more}) kept in x_Columns"
    return [_warning("extra_column", message, file, 0, extra)]


def _missing_columns(file: BillFile) -> list[LoadWarning]:
    version = detect_version(frozenset(file.columns))
    missing = tuple(c.name for c in columns_of(version) if c.level == "Mandatory" and c.name not in file.types)
    if not missing:
        return []
    message = f"mandatory column{'s'[: len(missing) > 1]} {', '.join(missing)} of FOCUS {version_of(file.columns)} absent; taken as null"
    return [_warning("missing_column", message, file, 0, missing)]


def _floats(file: BillFile) -> list[LoadWarning]:
    floats = tuple(n for n, t in file.types.items() if t in ("DOUBLE", "FLOAT") and n in BY_NAME)
    if not floats:
        return []
    message = f"{', '.join(floats)} are binary floating point in the file; each was taken at its shortest decimal text"
    return [_warning("float_amounts", message, file, 0, floats)]


def _rounded(file: BillFile, written: list[Written]) -> list[LoadWarning]:
    return [
        _warning(
            "rounded_amounts", message, file, sum(one.rows for one in written if one.source == source), (source, name)
        )
        for (source, name), message in rounded(written).items()
    ]


def rounded(written: list[Written]) -> dict[tuple[str, str], str]:
    """Return a caveat for each source and amount column that holds whole numbers only beside an exact BilledCost."""
    found: dict[tuple[str, str], str] = {}
    for source in sorted({one.source for one in written}):
        parts = [one for one in written if one.source == source]
        rows = sum(one.rows for one in parts)
        exact_rows = rows - sum(one.billed_whole for one in parts)
        for name in ROUNDABLE:
            if rows >= _FEWEST and exact_rows * 2 > rows and all(one.whole[name] == one.rows for one in parts):
                reading = "an amortised cost" if name == "EffectiveCost" else f"an exact {name}"
                found[source, name] = (
                    f"{name} of `{source}` is rounded to whole numbers in the bill; it is not {reading}"
                )
    return found


def _negative_days(connection: duckdb.DuckDBPyConnection, file: BillFile, written: list[Written]) -> list[LoadWarning]:
    files = ", ".join(file_text(Path(one.path)) for one in written)
    rows = connection.execute(
        "SELECT CAST(ChargePeriodStart AS DATE) AS d, BillingCurrency, sum(BilledCost) AS v, count(*) "  # noqa: S608
        f"FROM read_parquet([{files}], hive_partitioning = false) GROUP BY d, BillingCurrency HAVING v < 0 ORDER BY d, BillingCurrency"
    ).fetchall()
    if not rows:
        return []
    shown = tuple(f"{day} {exact_text(Decimal(value))} {currency}" for day, currency, value, _ in rows[:20])
    message = f"BilledCost nets negative on {len(rows)} day{'s'[: len(rows) > 1]} ({', '.join(shown[:3])}); credits outweigh usage there"
    return [_warning("negative_day", message, file, sum(int(row[3]) for row in rows), shown)]


def _listed(names: tuple[str, ...]) -> str:
    first, last = ", ".join(names[:-1]), names[-1]
    return f"{first} and {last}" if first else last


def _warning(code: str, message: str, file: BillFile, rows: int, examples: tuple[str, ...]) -> LoadWarning:
    return LoadWarning(code=code, message=message, rows=rows, examples=examples[:20], file=file.name)
