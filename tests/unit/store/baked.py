"""Tables as Parquet files without an importer in between, so that a test may hold any value; and questions put to an engine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from finops.relational import Question, Rows, Table
from finops.tables import TABLE_COLUMNS
from store.lake.ask.plans import Plans, bound, heading
from store.lake.engines.embedded import Engine, quoted


def bake(path: Path, rows: Sequence[Mapping[str, object]], table: Table = "cost") -> str:
    """Write rows of a table in its schema, absent columns as NULL; return the file's path."""
    columns = TABLE_COLUMNS[table]
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        places = ", ".join("?" for _ in columns)
        connection.executemany(
            f"INSERT INTO t VALUES ({places})", [[row.get(name) for name in columns] for row in rows]
        )
        connection.execute(f"COPY t TO {quoted(str(path))} (FORMAT parquet)")
    return str(path)


def bake_texts(path: Path, column: str, texts: Sequence[str]) -> str:
    """Write one row of the cost table for each text; return the file's path."""
    columns = ", ".join(
        f"unnest(?::VARCHAR[]) AS {name}" if name == column else f"CAST(NULL AS {kind}) AS {name}"
        for name, kind in TABLE_COLUMNS["cost"].items()
    )
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS SELECT {columns}", [list(texts)])
        connection.execute(f"COPY t TO {quoted(str(path))} (FORMAT parquet)")
    return str(path)


def ask(engine: Engine, plans: Path, question: Question) -> Rows:
    """Answer a question as a lake handle does."""
    plan = Plans(plans, engine.dialect).plan(question)
    rows = engine.run(question.table, plan.sql, bound(plan, question))
    return Rows(columns=heading(question), rows=tuple(rows), query=plan.sql)
