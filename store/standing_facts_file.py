"""Read confirmed facts out of SQLite records in a millisecond: a plain question does not pay for the ORM (see `store.evidence`)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from finops.errors import CheckFailed, Unavailable
from finops.standing_facts import StandingFact

_COLUMNS: Final = "id, scope, person, said, state, stated, confirmed, confirmed_by, replaces, body"
_CONFIRMED: Final = (
    f"SELECT {_COLUMNS} FROM standing_fact WHERE state = 'confirmed' AND (person = ? OR scope = 'team')"  # noqa: S608
    " ORDER BY stated, id"
)


def confirmed_facts(path: Path, reader: str) -> tuple[StandingFact, ...]:
    """Return what holds for a person; nothing where the records are not there or older than facts. Raises `CheckFailed`."""
    if not path.exists():
        return ()
    try:
        # SQLite's own library opens and closes it, so no lock of this process is dropped (see `store.records.database`).
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute(_CONFIRMED, (reader,)).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return ()
        raise Unavailable(f"standing facts cannot be read from `{path}`: {error}", fix="try again") from error
    except sqlite3.DatabaseError as error:
        raise CheckFailed(f"records `{path}` are damaged: {error}", fix="restore them from a backup") from error
    try:
        return tuple(_fact(row) for row in rows)
    except (ValidationError, ValueError) as error:
        raise CheckFailed("a standing fact is not what the log says it is", fix="see `toll audit verify`") from error


def _fact(row: sqlite3.Row) -> StandingFact:
    columns: dict[str, object] = {name: row[name] for name in row.keys() if name != "body"}  # noqa: SIM118 - a Row has no items
    return StandingFact.model_validate({**columns, "fact": json.loads(row["body"])})
