"""Read confirmed facts out of SQLite records in a millisecond: a plain question does not pay for the ORM (see `store.evidence`)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, cast

from pydantic import ValidationError

from finops.errors import CheckFailed, Unavailable
from finops.standing_facts import StandingFact
from store.vouching import event_digest, record_digest

_CONFIRMED: Final = (
    "SELECT * FROM standing_fact WHERE state = 'confirmed' AND (person = ? OR scope = 'team') ORDER BY stated, id"
)
_VOUCHES: Final = (
    "SELECT seq, at, actor, kind, subject, payload, previous, hash FROM audit_event WHERE subject = ?"
    " ORDER BY seq DESC LIMIT 1"
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
            for row in rows:
                _check(row, connection.execute(_VOUCHES, (f"standing_fact/{row['id']}",)).fetchone())
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return ()
        raise Unavailable(f"standing facts cannot be read from `{path}`: {error}", fix="try again") from error
    except sqlite3.DatabaseError as error:
        raise CheckFailed(f"records `{path}` are damaged: {error}", fix="restore them from a backup") from error
    except ValueError as error:
        raise _tampered() from error
    try:
        return tuple(_fact(row) for row in rows)
    except (ValidationError, ValueError) as error:
        raise _tampered() from error


def _tampered() -> CheckFailed:
    return CheckFailed("a standing fact is not what the log says it is", fix="see `toll audit verify`")


def _check(row: sqlite3.Row, event: sqlite3.Row | None) -> None:
    """Hold a fact against the last that the log says of it, as `store.records.guard.intact` does."""
    said = {} if event is None else cast("dict[str, object]", json.loads(event["payload"]))
    whole = event is not None and event_digest([event[name] for name in tuple(event.keys())[:-1]]) == event["hash"]
    if not whole or said.get("record") != record_digest("standing_fact", _columns(row)):
        raise ValueError(row["id"])


def _columns(row: sqlite3.Row) -> dict[str, object]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row has no items


def _fact(row: sqlite3.Row) -> StandingFact:
    columns = {name: value for name, value in _columns(row).items() if name not in ("body", "about")}
    return StandingFact.model_validate({**columns, "fact": json.loads(row["body"])})
