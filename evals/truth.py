"""Truth computed apart from the product: DuckDB over the raw files' text. Imports no tool, no store, no connector."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

from evals.estate.truth import Truth
from evals.placeholders import saving_of
from evals.use_cases import TABLE, typed_columns
from finops.errors import BadInput
from finops.query import Frozen

# What a raw file writes where it has no value, beside nothing at all.
_NULLS = ("NULL", "")
_INSTANCE = (
    "(id VARCHAR, name VARCHAR, type VARCHAR, target VARCHAR, environment VARCHAR, kind VARCHAR, expected VARCHAR, \
decision VARCHAR, cost DECIMAL(38,18), saving DECIMAL(38,18))"
)
_ANOMALY_DAY = "(id VARCHAR, kind VARCHAR, day DATE, service VARCHAR, account VARCHAR, actual DECIMAL(38,18), expected DECIMAL(38,18))"


class TrueFigure(Frozen):
    """One figure an answer may state. `label` are words that must be on its line, one a line; `must` says that it has to be stated."""

    value: Decimal
    unit: str
    label: str = ""
    must: bool = True
    within: Decimal = Decimal(0)
    """Percent it may be off by itself, where only it is an estimate."""


class RawFiles:
    """The raw text of one or more bills, as the table `bill`; `amount(x)` reads exact decimals.

    Of a demo estate also what was planted: `instance` (with the right change and its saving) and `anomaly_day`.
    """

    def __init__(self, bills: Sequence[Path], planted: Truth | None = None) -> None:
        self._connection = duckdb.connect()
        names = ", ".join(f"'{path}'" for path in bills)
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("CREATE MACRO amount(x) AS CAST(x AS DECIMAL(38,18))")
        parquet = bills[0].suffix == ".parquet"
        options = "" if parquet else f", all_varchar = true, header = true, nullstr = {list(_NULLS)}"
        reader = "read_parquet" if parquet else "read_csv"
        self._connection.execute(
            f"CREATE TABLE bill AS SELECT * FROM {reader}([{names}], union_by_name = true{options})"
        )
        present = [str(row[0]) for row in self._connection.execute("DESCRIBE bill").fetchall()]
        self._connection.execute(f"CREATE VIEW {TABLE} AS SELECT {', '.join(typed_columns(present))} FROM bill")
        if planted:
            self._plant(planted)

    def close(self) -> None:
        """Let go of the files."""
        self._connection.close()

    def expected(self, sql: str) -> tuple[TrueFigure, ...]:
        """Return the figures that `sql` finds; SQL that fails, or an empty truth, is an error of the case."""
        try:
            rows: list[tuple[object, ...]] = self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise BadInput(f"truth `{sql}` does not run: {str(error).splitlines()[0]}", fix="mend the case") from error
        if not rows or any(not 2 <= len(row) <= 5 or row[0] is None or not row[1] for row in rows):
            raise BadInput(f"truth `{sql}` finds no value and unit", fix="select value and unit, for at least one row")
        return tuple(_figure(*row) for row in rows)

    def rows(self, sql: str, parameters: Sequence[str]) -> tuple[tuple[object, ...], ...]:
        """Return the rows of a use case's SQL over the typed bill; SQL that fails, or finds nothing, is an error of the case."""
        try:
            found: list[tuple[object, ...]] = self._connection.execute(sql, list(parameters)).fetchall()
        except duckdb.Error as error:
            raise BadInput(f"`{sql}` does not run: {str(error).splitlines()[0]}", fix="mend the case") from error
        if not found:
            raise BadInput(f"`{sql}` finds no row", fix="ask for what the bill holds")
        return tuple(found)

    def read(self, sql: str, values: Sequence[object]) -> list[tuple[object, ...]]:
        """Return the rows of a grader's own SQL over `bill`; safe to call from any thread."""
        with self._connection.cursor() as cursor:
            return cursor.execute(sql, list(values)).fetchall()

    def _plant(self, truth: Truth) -> None:
        self._fill("instance", _INSTANCE, [
            (i.resource_id, i.name, i.instance_type, i.target_type, i.environment, i.case, i.expected, i.decision,
             i.monthly_cost, saving_of(i))
            for i in truth.instances
        ])  # fmt: skip
        self._fill("anomaly_day", _ANOMALY_DAY, [
            (a.id, a.kind, d.day, d.scope["ServiceName"], d.scope["SubAccountId"], d.actual, d.expected)
            for a in truth.anomalies
            for d in a.days
        ])  # fmt: skip

    def _fill(self, name: str, columns: str, rows: list[tuple[object, ...]]) -> None:
        self._connection.execute(f"CREATE TABLE {name} {columns}")
        self._connection.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)


def _figure(value: object, unit: object, label: object = None, must: object = True, within: object = 0) -> TrueFigure:  # noqa: FBT002 - a column
    return TrueFigure(
        value=Decimal(str(value)), unit=str(unit), label=str(label or ""), must=bool(must), within=Decimal(str(within))
    )
