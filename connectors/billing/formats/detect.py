"""Tell a bill's format by its header and, where two formats share one, by what its rows say."""

import duckdb

from connectors.billing.files.source import SourceFile
from connectors.billing.formats.conditions import condition
from connectors.billing.formats.header import Header
from connectors.billing.formats.rules import number
from connectors.billing.formats.table import MAPPED, Format, Table, table_of
from finops.errors import BadFile

# Formats whose header an amortised export has too.
AMORTIZED: dict[Format, Format] = {"azure-ea": "azure-ea-amortized", "azure-mca": "azure-mca-amortized"}
_COVERED = "ChargeType = Usage and PricingModel = Reservation, SavingsPlan"
_UNUSED = "ChargeType = UnusedReservation, UnusedSavingsPlan"
_BOUGHT = "ChargeType = Purchase and PricingModel = Reservation, SavingsPlan"


def by_header(names: tuple[str, ...]) -> tuple[Format, ...]:
    """Return every format other than FOCUS that a header is of: one, or none."""
    return tuple(name for name in MAPPED if name not in AMORTIZED.values() and _fits(table_of(name), names))


def _fits(table: Table, names: tuple[str, ...]) -> bool:
    header = Header(names, table.spelling)

    def has(name: str) -> bool:
        return header.column(name) is not None

    rule = table.detect
    return all(map(has, rule.all)) and (not rule.any or any(map(has, rule.any))) and not any(map(has, rule.none))


def detect(connection: duckdb.DuckDBPyConnection, file: SourceFile, raw: str) -> Format:
    """Return a file's format, `focus` where its header is no other's. `raw` yields its columns as text.

    Raises `BadFile` for an export that holds both amortised usage and the purchases that it amortises.
    """
    found = by_header(file.columns)
    if not found:
        return "focus"
    return AMORTIZED[found[0]] if found[0] in AMORTIZED and _is_amortized(connection, file, raw, found[0]) else found[0]


def _is_amortized(connection: duckdb.DuckDBPyConnection, file: SourceFile, raw: str, name: Format) -> bool:
    table = table_of(name)
    header = Header(file.columns, table.spelling)
    cost = header.text(table.amount)
    spread = f"({condition(_UNUSED, header)}) OR ({condition(_COVERED, header)})"
    row = connection.execute(
        f"SELECT count(*) FILTER (({spread}) AND {number(str(cost))} <> 0), count(*) FILTER ({condition(_BOUGHT, header)}) "  # noqa: S608
        f"FROM {raw} AS r"
    ).fetchone()
    amortised, bought = row or (0, 0)
    if amortised and bought:
        raise BadFile(
            f"`{file.name}` holds amortised usage and the purchases it spreads, which would count them twice",
            fix="load the actual and the amortised export one by one, not joined",
        )
    return bool(amortised)
