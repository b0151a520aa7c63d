"""Change freezes: days on which nothing is changed, from one TOML file."""

import tomllib
from datetime import UTC, date, datetime
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from finops.actions import ActionKind
from finops.canonical import digest
from finops.errors import BadFile
from finops.query import Frozen


class Freeze(Frozen):
    """One freeze: from the start of the day `start` to the end of the day `end`, UTC; of every kind of action where none is named."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    start: date
    end: date
    kinds: tuple[ActionKind, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"`{self.name}` ends before it starts")
        return self

    def holds(self, kind: str, at: datetime) -> bool:
        """Tell whether it covers an action of this kind at a moment."""
        return self.start <= at.astimezone(UTC).date() <= self.end and (not self.kinds or kind in self.kinds)


class _File(Frozen):
    freeze: tuple[Freeze, ...] = ()


def parse_freezes(name: str, text: str) -> tuple[Freeze, ...]:
    """Return the freezes in a file of `[[freeze]]` tables. Raises `BadFile`: nothing runs on a calendar that cannot be read."""
    try:
        return _File.model_validate(tomllib.loads(text)).freeze
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"`{name}` is no TOML, {error}", fix="mend it") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadFile(
            f"`{name}` holds no change freezes, `{where}`: {first['msg']}", fix="give each a name, a start and an end"
        ) from error


def freeze_at(freezes: tuple[Freeze, ...], kind: str, at: datetime) -> str:
    """Return the name of the first freeze that covers an action of this kind at a moment; empty where none does."""
    return next((one.name for one in freezes if one.holds(kind, at)), "")


def calendar_of(freezes: tuple[Freeze, ...]) -> str:
    """Return the digest of a calendar; empty for one without a freeze."""
    return digest(list(freezes)) if freezes else ""
