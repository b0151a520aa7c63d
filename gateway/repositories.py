"""Read `repositories.toml`: the repositories whose files a proposal may change."""

from pathlib import Path

from finops.errors import Unavailable
from finops.repositories import Repositories
from gateway.toml_settings import parse_settings, read_settings

_DOCS = "see docs/actions.md"


def load_repositories(path: Path) -> Repositories:
    """Return the repositories that the file names. Raises `Unavailable` where there is none, `BadFile` where it does not parse."""
    text = read_settings(path)
    if text is None:
        raise Unavailable("no repository is configured", fix=f"name it in `{path}`, {_DOCS}")
    return parse_repositories(str(path), text)


def parse_repositories(name: str, text: str) -> Repositories:
    """Return the repositories in `text`; `name` is the file's, for messages. Raises `BadFile` with the place and the fix."""
    return parse_settings(Repositories, name, text, docs=_DOCS)
