"""One repository through a private bare clone: what its branches hold, and commits pushed to branches of their own.

Commits are made of objects, without a checkout: no filter, no link and no line ending of the repository can change what is written.
"""

import fcntl
import hashlib
import ipaddress
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from connectors.git.commands import Git, GitFailed
from finops.errors import BadFile, Refused, UnknownName
from finops.repositories import Repository

PREFIX: Final = "tollkeeper/"
_BASE: Final = "refs/toll/base"
_OURS: Final = "refs/toll/ours/"
_FILES: Final = {"100644", "100755"}


def on_this_machine(url: str) -> bool:
    """Tell whether a repository is reached without leaving this machine: a folder, or a server on loopback."""
    if url.startswith(("/", "file:///")):
        return True
    host = re.match(r"(?:\w+://)?(?:[^@/]*@)?(\[[^\]]*\]|[^:/]+)", url)
    try:
        name = host[1].strip("[]") if host else ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a commit."""

    mode: str
    blob: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remote:
    """A repository and its clone below `folder`. At most one process fetches or commits in a clone at a time."""

    repository: Repository
    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    timeout: float = 60.0

    @property
    def clone(self) -> Path:
        """The private clone; one for each address, so that a changed setting never meets the objects of another repository."""
        return (
            self.folder / f"{self.repository.name}-{hashlib.sha256(self.repository.url.encode()).hexdigest()[:12]}.git"
        )

    @property
    def git(self) -> Git:
        """Git in the clone."""
        return Git(self.clone, self.environment, self.timeout)

    @property
    def fetching(self) -> tuple[str, ...]:
        """The command that brings the present state of the base branch and of every branch Tollkeeper pushed."""
        return (
            "fetch", "--quiet", "--depth=1", "--no-tags", "--prune", "--no-write-fetch-head", "--", self.repository.url,
            f"+refs/heads/{self.repository.branch}:{_BASE}", f"+refs/heads/{PREFIX}*:{_OURS}*",
        )  # fmt: skip

    @contextmanager
    def fetched(self) -> Generator["State"]:
        """Give the present state of the remote, while no other process changes the clone."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.clone.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Repeated each time: it mends a clone whose making was broken off, and changes none that is whole.
            self.git.run("init", "--quiet", "--bare", "--template=", "--", str(self.clone))
            self.git.run(*self.fetching)
            yield self._state()

    def _state(self) -> "State":
        listed = self.git.line("for-each-ref", "--format=%(objectname) %(refname)", "refs/toll/")
        commits = {name: commit for commit, _, name in (line.partition(" ") for line in listed.splitlines())}
        base = commits.pop(_BASE)
        return State(self, base, {PREFIX + name.removeprefix(_OURS): one for name, one in sorted(commits.items())})

    def kept(self, blob: str) -> bytes | None:
        """Return a file's content that was fetched before, None where it was not; asks no remote."""
        if not (self.clone / "HEAD").exists() or not re.fullmatch(r"[0-9a-f]{40,64}", blob):
            return None
        try:
            return self.git.run("cat-file", "blob", blob)
        except GitFailed:
            return None


@dataclass(frozen=True, slots=True)
class State:
    """What the remote held when it was fetched: the commit of the base branch, and those of the branches Tollkeeper pushed."""

    remote: Remote
    base: str
    branches: dict[str, str]

    def entry(self, commit: str, path: str) -> Entry:
        """Return the file at `path`. Raises `UnknownName` where there is none, `Refused` for a link or a submodule."""
        found = self._listed(commit, path)
        for folder in PurePosixPath(path).parents:
            above = self._listed(commit, str(folder)) if found is None and str(folder) != "." else None
            if above is not None and above[0] != "040000":
                raise _no_file(path)
        if found is None:
            raise UnknownName("file", path, self._near(commit, path))
        if found[0] not in _FILES:
            raise _no_file(path)
        return Entry(found[0], found[1], self.remote.git.run("cat-file", "blob", found[1]))

    def blob(self, commit: str, path: str) -> str | None:
        """Return the id of what stands at `path`, None where nothing does."""
        found = self._listed(commit, path)
        return found[1] if found else None

    def carries(self, commit: str, run_key: str) -> bool:
        """Tell whether a commit was made by the run of that key."""
        message = self.remote.git.run("cat-file", "commit", commit).partition(b"\n\n")[2].decode(errors="replace")
        return f"Tollkeeper-Run: {run_key}" in message.rpartition("\n\n")[2].splitlines()

    def commit(self, path: str, entry: Entry, content: bytes, message: str) -> str:
        """Return a commit on the base with `content` at `path` and nothing else changed."""
        git, author = self.remote.git, self.remote.repository
        blob = git.line("hash-object", "-w", "--no-filters", "--stdin", text=content)
        with tempfile.TemporaryDirectory(dir=self.remote.folder) as scratch:
            index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            git.run("read-tree", self.base, extra=index)
            git.run("update-index", "--cacheinfo", f"{entry.mode},{blob},{path}", extra=index)
            tree = git.line("write-tree", extra=index)
        changed = git.run("diff-tree", "-r", "-z", "--name-only", "--no-ext-diff", self.base, tree).decode().split("\0")
        if changed[:-1] != [path]:
            # INVARIANT: a commit of ours changes the one file that was approved.
            raise BadFile(f"the commit would change more than `{path}`", fix="change it by hand")
        by = {
            "GIT_AUTHOR_NAME": author.author_name, "GIT_AUTHOR_EMAIL": author.author_email,
            "GIT_COMMITTER_NAME": author.author_name, "GIT_COMMITTER_EMAIL": author.author_email,
        }  # fmt: skip
        return git.line("commit-tree", tree, "-p", self.base, "-F", "-", text=message.encode(), extra=by)

    def push(self, commit: str, branch: str) -> None:
        """Push a commit to a branch that is not there yet. Raises `GitFailed` where the server rejects it."""
        self.remote.git.run("push", "--quiet", "--", self.remote.repository.url, f"{commit}:{_head(branch)}")

    def delete(self, branch: str) -> None:
        """Delete one of our branches, only while it is the commit that was seen: the lease lets nobody's later work be lost."""
        seen = f"--force-with-lease={_head(branch)}:{self.branches[branch]}"
        self.remote.git.run("push", "--quiet", seen, "--", self.remote.repository.url, f":{_head(branch)}")

    def _listed(self, commit: str, path: str) -> tuple[str, str] | None:
        line = self.remote.git.run("ls-tree", "-z", commit, "--", path).decode().partition("\t")[0]
        mode, _, rest = line.partition(" ")
        return (mode, rest.partition(" ")[2]) if line else None

    def _near(self, commit: str, path: str) -> list[str]:
        """Return the files that could have been meant: those whose name is like it, in any folder."""
        listed = self.remote.git.run("ls-tree", "-r", "-z", "--name-only", commit).decode(errors="replace").split("\0")
        allowed = [one for one in listed if one and self.remote.repository.allows(one)]
        return allowed[:2000]


def _head(branch: str) -> str:
    if not branch.startswith(PREFIX):
        # INVARIANT: only branches of our own are ever pushed to.
        raise Refused(f"`{branch}` is no branch of Tollkeeper's", fix="this is a fault; report it")
    return f"refs/heads/{branch}"


def _no_file(path: str) -> Refused:
    return Refused(f"`{path}` is, or goes through, a link or a folder", fix="name the file itself")
