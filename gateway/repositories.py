"""Read `repositories.toml`: the repositories whose files a proposal may change."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from finops.errors import BadFile, Unavailable
from finops.repositories import Repositories

_MOST_BYTES = 1024 * 1024
_DOCS = "see docs/actions.md"


def load_repositories(path: Path) -> Repositories:
    """Return the repositories that the file names. Raises `Unavailable` where there is none, `BadFile` where it does not parse."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise Unavailable("no repository is configured", fix=f"name it in `{path}`, {_DOCS}") from error
    except OSError as error:
        raise BadFile(f"`{path}` cannot be read, {error.strerror}", fix="mend its permissions") from error
    if len(content) > _MOST_BYTES:
        raise BadFile(f"`{path}` is larger than {_MOST_BYTES // 1024**2} MiB", fix="keep the repositories you change")
    try:
        return parse_repositories(str(path), content.decode())
    except UnicodeDecodeError as error:
        raise BadFile(f"`{path}` is no UTF-8", fix="save it as UTF-8") from error


def parse_repositories(name: str, text: str) -> Repositories:
    """Return the repositories in `text`; `name` is the file's, for messages. Raises `BadFile` with the place and the fix."""
    try:
        return Repositories.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        raise BadFile(f"`{name}` is no TOML, {said[:1].lower()}{said[1:]}", fix=_DOCS) from error
    except ValidationError as error:
        raise _fault(name, error) from error


def _fault(name: str, error: ValidationError) -> BadFile:
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
    return BadFile(f"{prefix}: {said[:1].lower()}{said[1:]}", fix=fix or _DOCS)
