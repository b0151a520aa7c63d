"""Change one value of a file in a repository, on a branch of its own: the repository's owners review and merge it, or do not.

It never commits to the base branch, never pushes over a branch that is there, never merges. What makes a run safe to repeat is
that it looks at the remote first: the branch of a proposal is pushed once, whatever died in between.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connectors.git.change import with_value
from connectors.git.keys import parse_key
from connectors.git.remote import PREFIX, Remote, State, on_this_machine
from connectors.git.standing import back_of, message_of, observation, place_of, proposed, value_in, with_fit
from finops.actions import Action, ChangeCode
from finops.errors import BadInput, Refused, StateConflict, Unavailable
from finops.ports import ExecutionReport, Observation, Place, Run, UndoPlan
from finops.repositories import Repositories, Repository


@dataclass(frozen=True, slots=True)
class GitExecutor:
    """`finops.ports.Executor` on git remotes. `live` lets it reach other machines; a repository on this one needs no such switch."""

    repositories: Repositories
    folder: Path
    live: bool
    environment: Mapping[str, str] = field(repr=False)
    timeout: float = 60.0

    def observe(self, action: Action) -> Observation:
        """Return the key's value in the base branch, and in open branches of ours. `exists` is whether the file has the key.

        `unfit` says why the file does not take the value that is asked for, and is left out where it does.
        Raises `Refused` for a file outside the repository's paths, and `Unavailable`; in a dry run as well: that asks nobody.
        """
        change, remote = self._opened(action)
        if not self._allowed(remote.repository):
            raise Unavailable(
                f"repository `{remote.repository.name}` is not asked in a dry run",
                fix="set TOLL_LIVE=1 to use its remote",
            )
        with remote.fetched() as state:
            return with_fit(state, change, observation(state, change))

    def plan(self, action: Action, before: Observation) -> tuple[str, ...]:
        """Return the commands `apply` would run, then the change as a diff, where the file was fetched before."""
        change, remote = self._opened(action)
        if before.attributes.get("value") == change.value:
            return ()
        url, branch = remote.repository.url, f"{PREFIX}PROPOSAL"
        commands = (
            f"git {' '.join(remote.fetching)}",
            f"git commit-tree TREE -p {remote.repository.branch} -F MESSAGE",
            f"git push --quiet -- {url} COMMIT:refs/heads/{branch}",
        )
        return (*commands, *_diff(remote, change, before))

    def ready(self, action: Action, before: Observation) -> None:
        """Raise `Refused`, with the commands and the diff, where the remote may not be used: it is on another machine, in a dry run."""
        _, remote = self._opened(action)
        if not self._allowed(remote.repository):
            calls = "\n".join(self.plan(action, before)) or "nothing"
            raise Refused(f"dry run, nothing was pushed; it would run\n{calls}\n",
                          fix=f"set TOLL_LIVE=1 to use the remote of `{remote.repository.name}`")  # fmt: skip

    def apply(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Push the branch of the proposal with the change, where neither it nor the base has it yet, and read it back."""
        self.ready(action, before)
        change, remote = self._opened(action)
        branch = _branch(run.proposal)
        with remote.fetched() as state:
            now = observation(state, change)
            if now.attributes.get("value") == change.value:
                return ExecutionReport(calls=(), before=before, after=now, verified=True)
            if error := _not_as_approved(state, change, before, now, branch):
                return ExecutionReport(calls=(), before=before, after=now, verified=False, error=error)
            if branch in state.branches:
                return ExecutionReport(calls=(), before=before, after=now, verified=True)
            commit = _commit(state, change, run, value=change.value, undoes=False)
            sent = _push(state, commit, branch, run)
        return self._seen_after(change, before, branch, change.value, sent)

    def undo(self, action: Action, before: Observation, run: Run) -> ExecutionReport:
        """Delete the branch where it is not merged; where it is, push a branch with the value of `before`, for the owners to merge.

        Raises `StateConflict` where somebody else has committed to the branch.
        """
        self.ready(action, before)
        change, remote = self._opened(action)
        with remote.fetched() as state:
            now = observation(state, change)
            if place_of(change, before, now) == "elsewhere":
                raise StateConflict(
                    f"`{change.key}` was changed since by others", fix="propose the change you want instead"
                )
            merged = now.attributes.get("value") == change.value != before.attributes.get("value")
            if merged:
                branch, value = _branch(f"undo-{run.proposal}"), str(before.attributes["value"])
                sent = _revert(state, change, run, branch, value)
            else:
                branch, value = _branch(run.proposal), None
                sent = _withdraw(state, run, branch)
        return self._seen_after(change, before, branch, value, sent)

    def undo_plan(self, action: Action, before: Observation) -> UndoPlan:
        """Say how `apply` would be undone."""
        change, _ = self._opened(action)
        was = before.attributes.get("value")
        if was == change.value:
            return UndoPlan(words="nothing to undo: the file says so already")
        return UndoPlan(
            words=f"delete the branch while it is not merged; once it is, push a branch that sets `{change.key}` back to `{was}`, "
            "which takes effect when the owners merge it"
        )

    def health(self, action: Action) -> str:
        """Return nothing: a branch that waits for its review cannot ail."""
        return ""

    def place(self, action: Action, before: Observation, present: Observation) -> Place:
        """Say where the change is on the way of a run that began at `before`."""
        return place_of(_change_of(action), before, present)

    def back(self, action: Action, before: Observation) -> Action:
        """Return the action that undoing it amounts to."""
        return back_of(_change_of(action), before)

    def _allowed(self, repository: Repository) -> bool:
        return self.live or on_this_machine(repository.url)

    def _opened(self, action: Action) -> tuple[ChangeCode, Remote]:
        """Return the change and its repository. Raises `UnknownName`, `BadInput` or `Refused` for what the settings do not allow."""
        change = _change_of(action)
        target, repository = change.target, self.repositories.named(change.target.account)
        parse_key(change.key)
        if target.region != repository.branch:
            raise Refused(f"`{target.region}` is not the branch that changes of `{repository.name}` start from",
                          fix=f"name `{repository.branch}`, or change `branch` in repositories.toml")  # fmt: skip
        path = target.resource_id
        parts = path.split("/")
        if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts) or re.search(
            r"[\x00-\x1f\x7f\\]", path
        ):
            raise Refused(
                f"`{path}` is no plain path in `{repository.name}`",
                fix="write it from the repository's top, as folder/file",
            )
        if not repository.allows(path):
            allowed = ", ".join(f"`{one}`" for one in repository.paths)
            raise Refused(f"`{path}` may not be changed in `{repository.name}`", fix=f"its settings allow {allowed}")
        return change, Remote(repository, self.folder, self.environment, self.timeout)

    def _seen_after(
        self, change: ChangeCode, before: Observation, branch: str, value: str | None, sent: "_Sent"
    ) -> ExecutionReport:
        """Fetch the branch again and report whether it has `value`, or is gone where that is None.

        Only what it shows counts: a push whose answer was lost may have arrived.
        """
        _, remote = self._opened(change)
        try:
            with remote.fetched() as state:
                after = observation(state, change)
                commit = state.branches.get(branch)
                seen = value_in(state, commit, change) if commit else None
        except Unavailable as error:
            after, said = Observation(exists=True), f"after {len(sent.calls)} calls: {sent.error or error}"
            return ExecutionReport(calls=sent.calls, before=before, after=after, verified=False, error=said)
        error = "" if seen == value else sent.error or f"`{branch}` is not what was asked for after the push"
        return ExecutionReport(calls=sent.calls, before=before, after=after, verified=not error, error=error)


@dataclass(frozen=True, slots=True)
class _Sent:
    """The calls that were made at the remote, and why the one that failed did."""

    calls: tuple[str, ...] = ()
    error: str = ""


def _send(run: Run, call: str, send: Callable[[], None]) -> _Sent:
    """Note a call, then make it."""
    run.journal(call)
    try:
        send()
    except Unavailable as error:
        return _Sent(error=str(error))
    return _Sent((call,))


def _change_of(action: Action) -> ChangeCode:
    if not isinstance(action, ChangeCode):
        raise BadInput(f"`{action.kind}` cannot be carried out in a repository", fix="do it by hand")
    return action


def _branch(name: str) -> str:
    if not re.fullmatch(r"(?!.*(?:\.\.|\.lock$|\.$))[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise BadInput(f"`{name}` makes no name of a branch", fix="propose it again")
    return PREFIX + name


def _not_as_approved(state: State, change: ChangeCode, before: Observation, now: Observation, branch: str) -> str:
    """Say why the run may not go on; empty where it may."""
    name = change.target.resource_id
    if not now.exists:
        return str(now.attributes.get("absent", f"`{name}` is gone"))
    if branch in state.branches:
        ours = branch not in proposed(before) and value_in(state, state.branches[branch], change) == change.value
        return "" if ours else f"the branch `{branch}` is there and holds something else"
    return (
        ""
        if now.attributes.get("blob") == before.attributes.get("blob")
        else f"`{name}` was changed since it was approved"
    )


def _commit(state: State, change: ChangeCode, run: Run, *, value: str, undoes: bool) -> str:
    path = change.target.resource_id
    entry = state.entry(state.base, path)
    content = with_value(path, entry.content, change.key, value)
    return state.commit(path, entry, content, message_of(change, run, value=value, undoes=undoes))


def _withdraw(state: State, run: Run, branch: str) -> _Sent:
    """Delete the branch, where it is there and the run's own."""
    if branch not in state.branches:
        return _Sent()
    if not state.carries(state.branches[branch], run.apply_key):
        raise StateConflict(f"others have committed to `{branch}`", fix="close it in the repository's own review")
    call = f"git push --quiet -- {state.remote.repository.url} :refs/heads/{branch}"
    return _send(run, call, lambda: state.delete(branch))


def _revert(state: State, change: ChangeCode, run: Run, branch: str, value: str) -> _Sent:
    """Push a branch that sets the value back, where it is not there yet."""
    if branch not in state.branches:
        return _push(state, _commit(state, change, run, value=value, undoes=True), branch, run)
    if value_in(state, state.branches[branch], change) != value:
        raise StateConflict(f"`{branch}` holds something else", fix="close it in the repository's own review")
    return _Sent()


def _push(state: State, commit: str, branch: str, run: Run) -> _Sent:
    call = f"git push --quiet -- {state.remote.repository.url} {commit}:refs/heads/{branch}"
    return _send(run, call, lambda: state.push(commit, branch))


def _diff(remote: Remote, change: ChangeCode, before: Observation) -> tuple[str, ...]:
    """Return the change as a unified diff, empty where the file as it was `before` was never fetched."""
    path, old = change.target.resource_id, remote.kept(str(before.attributes.get("blob", "")))
    if old is None:
        return ()
    new = with_value(path, old, change.key, change.value)
    # Split at line feeds alone, so that a carriage return stays in its line.
    was, now = (re.findall(r"[^\n]*\n|[^\n]+", content.decode()) for content in (old, new))
    lines = difflib.unified_diff(was, now, f"a/{path}", f"b/{path}")
    return ("".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines),)
