"""Read a settings file in TOML against its model, and say in one sentence where it does not fit."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from finops.errors import BadFile

_MOST_BYTES = 1024 * 1024
Settings = TypeVar("Settings", bound=BaseModel)


def read_settings(path: Path) -> str | None:
    """Return the file's text, None where there is no file. Raises `BadFile`."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadFile(f"`{path}` cannot be read, {error.strerror}", fix="mend its permissions") from error
    if len(content) > _MOST_BYTES:
        raise BadFile(f"`{path}` is larger than {_MOST_BYTES // 1024**2} MiB", fix="keep what it is for")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadFile(f"`{path}` is no UTF-8", fix="save it as UTF-8") from error


def parse_settings(kind: type[Settings], name: str, text: str, *, docs: str) -> Settings:
    """Return what `text` says; `name` is the file's, for messages. Raises `BadFile` with the place and the fix."""
    try:
        return kind.model_validate(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        raise BadFile(f"`{name}` is no TOML, {said[:1].lower()}{said[1:]}", fix=docs) from error
    except ValidationError as error:
        raise _fault(name, error, docs) from None


def _fault(name: str, error: ValidationError, docs: str) -> BadFile:
    first = error.errors(include_url=False, include_context=False)[0]
    places = first["loc"]
    # What is missing or unknown is named in the fault itself.
    shown = places[:-1] if first["type"] in ("missing", "extra_forbidden") else places
    where = ".".join(f"[{part + 1}]" if isinstance(part, int) else part for part in shown).replace(".[", "[")
    said, _, fix = first["msg"].removeprefix("Value error, ").partition("; ")
    if first["type"] == "missing":
        said = f"`{places[-1]}` is missing"
    elif first["type"] == "extra_forbidden":
        said, fix = f"`{places[-1]}` is no setting", "delete it or spell it as the docs do"
    prefix = f"`{name}`" + (f" {where}" if where else "")
    return BadFile(f"{prefix}: {said[:1].lower()}{said[1:]}", fix=fix or docs)
