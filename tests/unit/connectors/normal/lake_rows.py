"""A relation in the lake's columns, made of a few values."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

import duckdb

from connectors.billing.normal import Normalised, normalise
from finops.tables import COST_COLUMNS

Row = Mapping[str, str]
AZURE: Row = {"ProviderName": "Microsoft", "ChargePeriodStart": "2024-01-01"}
AWS: Row = {"ProviderName": "AWS", "ChargePeriodStart": "2024-01-01"}


@contextmanager
def lake_rows(*rows: Row) -> Generator[duckdb.DuckDBPyConnection]:
    """Open a session whose table `bill` has these rows; what they leave out is absent."""
    with duckdb.connect() as connection:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in COST_COLUMNS.items())
        connection.execute(f"CREATE TABLE bill ({columns})")
        for row in rows:
            names = ", ".join(f'"{name}"' for name in row)
            connection.execute(f"INSERT INTO bill ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        yield connection


def read(connection: duckdb.DuckDBPyConnection, relation: str) -> list[dict[str, object]]:
    """Return the rows of a relation without what is absent, in no order that matters."""
    cursor = connection.execute(f"SELECT * FROM {relation}")
    names = [str(column[0]) for column in cursor.description or ()]
    assert names == list(COST_COLUMNS)
    return [{n: v for n, v in zip(names, row, strict=True) if v is not None} for row in cursor.fetchall()]


def normal(*rows: Row) -> list[dict[str, object]]:
    """Return the rows normalised, having seen that a second time changes nothing."""
    with lake_rows(*rows) as connection:
        once = done(connection, "bill")
        connection.execute(f"CREATE TABLE again AS SELECT * FROM {once.relation}")
        assert done(connection, "again").relation == "again", "normalising twice changes something"
        return read(connection, "again")


def done(connection: duckdb.DuckDBPyConnection, relation: str) -> Normalised:
    """Normalise a relation whose columns may all hold values."""
    return normalise(connection, relation, COST_COLUMNS)
