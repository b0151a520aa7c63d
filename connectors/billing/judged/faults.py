"""Turn what stops a load into one sentence: which row, which column, which value, and the fix."""

import duckdb

from connectors.billing.files.source import JSON_LINES, BillFile, not_utf8, rows_in
from connectors.billing.reading.one_pass import REFUSING, Checked, condition, never_null, raws_of
from connectors.billing.sql.expressions import Raw
from finops.errors import BadFile, BadInput
from finops.money import exact

_AGAIN = "export or copy it again"
_SAY = {
    "bad_moment": ("is no date and time from 2000 to 2099", "write it as 2024-09-01T00:00:00Z"),
    "bad_object": ("is no JSON object", 'write it as {"environment": "production"}'),
    "null": ("is missing", "every row needs one"),
    "ends_early": ("is before the start of its period", "correct the two dates"),
}


def refuse_faults(connection: duckdb.DuckDBPyConnection, file: BillFile, checked: Checked) -> None:
    """Raise `BadFile` for the first fault that refuses the file, with its row and value; the header is row 1."""
    if not checked.rows:
        raise BadFile(
            f"`{file.name}` holds a header and no rows",
            fix="export a period that has charges, or empty a month with `toll forget`",
        )
    raws = raws_of(file)
    for measure, count in checked.counts.items():
        if count and measure[0] in REFUSING and never_null(measure):
            row, value = first_row(connection, file, raws, condition(measure, raws), measure[1])
            more = f", as are {count - 1} more" if count > 1 else ""
            what, fix = _described(measure[0], value)
            raise BadFile(f"`{file.name}` row {row}: {measure[1]} `{value}` {what}{more}", fix=fix)


def first_row(
    connection: duckdb.DuckDBPyConnection, file: BillFile, raws: dict[str, Raw], where: str, column: str
) -> tuple[int, str]:
    """Return the number and the value of the first row that satisfies a condition."""
    found = rows_in(connection, file, f"left({raws[column].as_text}, 60)", where, 1)
    return (int(str(found[0][0])), str(found[0][1] if found[0][1] is not None else "")) if found else (0, "")


def _described(kind: str, value: str) -> tuple[str, str]:
    if kind not in ("bad_number", "too_fine"):
        return _SAY[kind]
    try:
        exact(value)
    except BadInput:
        return "is no finite number", "write it in digits, such as 12.50"
    return "has more than 18 decimals or 38 digits", "round it where it is made, so that nothing is rounded unseen here"


def unreadable(connection: duckdb.DuckDBPyConnection, file: BillFile, error: duckdb.Error) -> BadFile:
    """Return the sentence for a file that DuckDB cannot read to its end."""
    if file.kind == "parquet":
        return BadFile(f"`{file.name}` is cut off or no Parquet file", fix=_AGAIN)
    if "GZIP" in str(error).upper():
        return BadFile(f"`{file.name}` is cut off", fix=_AGAIN)
    if file.kind in JSON_LINES:
        return no_json_lines(file)
    row, kind, said = _first_reject(connection, file)
    if kind == "INVALID ENCODING":
        return not_utf8(file.name)
    where = f"`{file.name}` line {row}" if row else f"`{file.name}`"
    says = {
        "MISSING COLUMNS": f"has too few fields ({said}); it is cut off",
        "TOO MANY COLUMNS": f"has too many fields ({said}); a comma or quote is not escaped",
        "UNQUOTED VALUE": "opens a quote that never closes; it is cut off",
    }
    return BadFile(f"{where} {says.get(kind, 'is no well-formed CSV')}", fix=_AGAIN)


def no_json_lines(file: BillFile) -> BadFile:
    """Return the sentence for a file of JSON lines that cannot be read to its end."""
    return BadFile(f"`{file.name}` is cut off or holds a line that is no JSON object", fix=_AGAIN)


def _first_reject(connection: duckdb.DuckDBPyConnection, file: BillFile) -> tuple[int, str, str]:
    relation = file.raw.relation().removesuffix(")") + ", store_rejects = true, rejects_limit = 1)"
    try:
        connection.execute(f"SELECT * FROM {relation}").fetchmany(1)  # noqa: S608
        connection.execute(f"CREATE OR REPLACE TEMP TABLE skipped AS FROM {relation}")
        found = connection.execute(
            "SELECT line, error_type, error_message FROM reject_errors ORDER BY line LIMIT 1"
        ).fetchone()
    except duckdb.Error:
        return 0, "", ""
    return (int(found[0]), str(found[1]), str(found[2]).lower()) if found else (0, "", "")
