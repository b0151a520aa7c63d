"""`--as-of`: ask the data as it was known at an earlier moment."""

from datetime import UTC, date, datetime

import typer

from finops.errors import BadInput

AsOf = typer.Option("--as-of", help="Ask the data as it was known on this day, such as 2026-11-03, or at this moment.")


def as_of(text: str | None) -> date | datetime | None:
    """Read a day (its end is meant) or a moment, UTC where it names no zone. Raises `BadInput`."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-11-03"):
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"`{text}` is no day", fix="write it as 2026-11-03 or 2026-11-03T12:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
