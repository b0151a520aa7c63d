"""Repositories whose files may be changed by a proposal: where they are, who owns them, and which of their files."""

import re
from functools import cache
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from finops.errors import UnknownName
from finops.query import Frozen

Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f<>]*[^\x00-\x20\x7f<>]$")]
_URL = re.compile(
    r"https://[^/\s@:]+(?::\d+)?/\S+"
    r"|ssh://(?:[\w.-]+@)?[\w.\[\]:][\w.\[\]:-]*/\S+"
    r"|(?:[\w.-]+@)?[A-Za-z0-9][\w.-]*:(?!//)\S+"
    r"|(?:file://)?/\S*",
    re.ASCII,
)
_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.|[/.]$))[^\x00-\x20\x7f~^:?*\[\\]+")


class Repository(Frozen):
    """One repository. `paths` are patterns of its files: `*` within a folder's name, `**` across folders."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    url: Annotated[str, Field(max_length=1000, description="https, ssh or file; an absolute path")]
    branch: Annotated[
        str, Field(min_length=1, max_length=64, description="the branch changes start from and are reviewed for")
    ]
    owner: Line
    environment: Line
    paths: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=256)], ...], Field(min_length=1)]
    author_name: Line = "Tollkeeper"
    author_email: Annotated[str, Field(max_length=200, pattern=r"^[^\s<>@]+@[^\s<>@]+$")]

    @field_validator("url")
    @classmethod
    def _reachable(cls, url: str) -> str:
        if re.match(r"https://[^/]*@", url):
            # Not quoted: what stands before the @ is a secret.
            raise ValueError("url holds a credential; keep it in ~/.netrc or use ssh")
        if not _URL.fullmatch(url):
            raise ValueError(
                f"`{url}` is no address of a repository; give https://, ssh:// or file://, or an absolute path"
            )
        return url

    @field_validator("branch")
    @classmethod
    def _named(cls, branch: str) -> str:
        if not _BRANCH.fullmatch(branch) or branch.startswith("tollkeeper/"):
            raise ValueError(f"`{branch}` is no branch to start from; name the one your reviews merge into")
        return branch

    def allows(self, path: str) -> bool:
        """Tell whether the file at `path` may be changed."""
        return any(_pattern(one).fullmatch(path) for one in self.paths)


class Repositories(Frozen):
    """Every repository that the settings name."""

    repository: tuple[Repository, ...] = ()

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        names = [one.name for one in self.repository]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"two repositories are named `{twice}`; rename one")
        return self

    def named(self, name: str) -> Repository:
        """Return the repository of that name. Raises `UnknownName`."""
        for one in self.repository:
            if one.name == name:
                return one
        raise UnknownName("repository", name, [one.name for one in self.repository])


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    """Return what a pattern matches: a star stays within one folder's name, two cross folders."""
    parts = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(parts.get(piece) or re.escape(piece) for piece in pieces), re.DOTALL)
