"""The one loop that acts: look, make the first call that is missing, wait until it shows, look again; report what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from connectors.aws.grants import session_policy
from connectors.aws.sessions import Access
from connectors.aws.steps import Sight, Step, Way, Work
from finops.errors import Refused, Unavailable
from finops.ports import ExecutionReport, Observation, Run


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for one call to show, and how often to look, in seconds."""

    wait: float = 600.0
    pause: float = 5.0


@dataclass(frozen=True, slots=True)
class Bringing:
    """One run of an action, or of its undo.

    INVARIANT: a call is made only where the look right before it misses it, and none where the first look shows the target at a
    place that no step of the run leads to.
    """

    work: Work
    way: Way
    before: Observation
    run: Run
    access: Access
    patience: Patience

    def report(self) -> ExecutionReport:
        """Make the missing calls. What fails before the first of them is raised; from then on it is in the report."""
        self.access.allow(session_policy(self.work.reads))
        now = self._until(lambda sight: not sight.moving)
        planned = self._missing(now)
        if now.target.exists and self.work.place(self.before, now.target) == "elsewhere":
            name = self.work.target.resource_id
            return self._reported([], now.present, f"`{name}` was changed by somebody else right before the first call")
        if planned:
            grants = [grant for step in planned for grant in step.grants]
            self.access.allow(session_policy(self.work.reads, grants))
        made: list[str] = []
        try:
            while missing := self._missing(now):
                now = self._make(missing[0], made)
        except (Unavailable, Refused) as error:
            return self._reported(made, self._last_look(), f"after {len(made)} calls: {error}")
        return self._reported(made, now.present, self.work.missed(self.way, self.before, now))

    def _missing(self, now: Sight) -> tuple[Step, ...]:
        missing = self.work.steps(self.way, self.before, now, self.run.apply_key)
        if missing and self.way == "apply":
            self.work.check(now.target)
        return missing

    def _make(self, step: Step, made: list[str]) -> Sight:
        """Make one call, add it to `made`, and return what is seen once it shows.

        A call whose answer was lost counts where it shows.
        """
        self.run.journal(str(step))
        try:
            self.access.make(step)
        except Unavailable:
            if self._first(self._look()) == step:
                raise
        made.append(str(step))
        return self._until(lambda now: not now.moving and self._first(now) != step)

    def _first(self, now: Sight) -> Step | None:
        return next(iter(self.work.steps(self.way, self.before, now, self.run.apply_key)), None)

    def _until(self, there: Callable[[Sight], bool]) -> Sight:
        deadline = time.monotonic() + self.patience.wait
        while not there(now := self._look()):
            if now.fault:
                raise Unavailable(f"AWS failed: {now.fault}", fix="see it in the AWS console")
            if time.monotonic() >= deadline:
                late = now.moving or f"`{self.work.target.resource_id}` does not show the call"
                raise Unavailable(f"{late} after {self.patience.wait:g} seconds", fix="see it in the AWS console")
            time.sleep(self.patience.pause)
        return now

    def _look(self) -> Sight:
        return self.work.look(self.access, self.run.apply_key)

    def _last_look(self) -> Observation:
        """Return the target after a failure; without attributes where even that cannot be had."""
        try:
            return self._look().present
        except Unavailable:
            return Observation(exists=True)

    def _reported(self, made: list[str], after: Observation, error: str) -> ExecutionReport:
        return ExecutionReport(calls=tuple(made), before=self.before, after=after, verified=not error, error=error)
