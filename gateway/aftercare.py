"""After a run: while its verification window lasts the target is looked at again, and one that suffers is brought back.

Whoever approved the run approved its undo plan with it, so that none is asked again. What somebody else changed since is left alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Final, Literal

from finops.actions import Proposal, ResizeInstance, resource_of
from finops.errors import Refused, TollError, Unavailable
from finops.people import Principal, require
from finops.periods import Period
from finops.ports import DataHandle
from finops.query import Frozen
from gateway.judging import Judge
from gateway.people import acting
from gateway.runs import before_of
from gateway.undoing import Undoer
from store.records import Records, executions, proposals
from store.records.locks import Confirm
from store.records.tables import ExecutionRow
from tools.utilisation import by_instance, over_name, samples_over

WINDOW: Final = timedelta(hours=48)
# A resized instance suffers where more than one sample in twenty shows it nearly full.
_FULL, _MOST_FULL = Decimal(95), Decimal("0.05")
_SERIES: Final = ("cpu_percent", "memory_percent")
_BROKEN_OFF: Final = "its undo had been broken off"
Found = Literal["well", "changed", "taken_back", "not_taken_back", "not_seen"]


class Looked(Frozen):
    """What a look at one executed proposal showed, and what was done about it."""

    proposal: str
    found: Found
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Aftercare:
    """Looks after what was executed. `data` gives the present snapshot's metrics."""

    records: Records
    judge: Judge
    data: Callable[[], DataHandle]

    def look(self, principal: Principal) -> tuple[Looked, ...]:
        """Go on with every undo that a process died in, then look at every proposal whose window is open, the oldest first."""
        now = self.records.clock()
        with self.records.read() as session:
            require(acting(session, principal), "execute")
            half_way = [
                proposals.proposal_of(proposals.get(session, one)) for one in executions.undone_half_way(session)
            ]
            left = {one.id for one in half_way}
            rows = [proposals.proposal_of(row) for row in proposals.listed(session, ["verified"])]
            ran = {one.id: self._ended(executions.of(session, one.id)) for one in rows}
        open_ones = [
            (ended, one) for one in rows if one.id not in left and (ended := ran[one.id]) and now - ended <= WINDOW
        ]
        open_ones.sort(key=lambda pair: (pair[0], pair[1].id))
        return (
            *(self._alone(one, partial(self._go_on, one)) for one in half_way),
            *(self._alone(one, partial(self._look_at, one, ended)) for ended, one in open_ones),
        )

    def _ended(self, rows: list[ExecutionRow]) -> datetime | None:
        ended = [row.ended for row in rows if row.kind == "apply" and row.ended]
        return datetime.fromisoformat(ended[-1]) if ended else None

    def _alone(self, proposal: Proposal, look: Callable[[Confirm], Looked]) -> Looked:
        """Look while nothing else runs on the resource."""
        with self.records.exclusive(resource_of(proposal.action)) as confirm:
            if confirm is None:
                return Looked(proposal=proposal.id, found="not_seen", detail="its resource is being changed now")
            try:
                return look(confirm)
            except (Unavailable, Refused) as error:
                return Looked(proposal=proposal.id, found="not_seen", detail=error.message)

    def _go_on(self, proposal: Proposal, confirm: Confirm) -> Looked:
        with self.records.read() as session:
            ended = proposal.id not in executions.undone_half_way(session)
        if ended:
            return Looked(proposal=proposal.id, found="changed", detail="its undo has ended meanwhile")
        why = Undoer(self.records, self.judge).take_back(proposal.id, before_of(self.records, proposal), confirm)
        found: Found = "not_taken_back" if why else "taken_back"
        return Looked(proposal=proposal.id, found=found, detail="; ".join(filter(None, (_BROKEN_OFF, why))))

    def _look_at(self, proposal: Proposal, ended: datetime, confirm: Confirm) -> Looked:
        executor, before = self.judge.executor(proposal.action), before_of(self.records, proposal)
        present = executor.observe(proposal.action)
        if executor.place(proposal.action, before, present) != "after":
            return Looked(proposal=proposal.id, found="changed", detail="it is no longer as the run left it")
        trouble = executor.health(proposal.action) or self._overload(proposal, ended)
        if not trouble:
            return Looked(proposal=proposal.id, found="well")
        try:
            ran = Undoer(self.records, self.judge).bring_back(proposal, before, confirm)
        except TollError as refusal:
            return Looked(proposal=proposal.id, found="not_taken_back", detail=f"{trouble}; {refusal.message}")
        found: Found = "taken_back" if ran.verified else "not_taken_back"
        return Looked(proposal=proposal.id, found=found, detail="; ".join(filter(None, (trouble, ran.error))))

    def _overload(self, proposal: Proposal, ended: datetime) -> str:
        """Say how often a resized instance was nearly full in the whole days since; empty where it was not, or none are loaded."""
        data = self.data()
        first = ended.date() + timedelta(days=1)
        if not isinstance(proposal.action, ResizeInstance) or data.metrics is None or data.metrics.last_day < first:
            return ""
        name = proposal.action.target.resource_id
        days = Period(start=first, end=data.metrics.last_day + timedelta(days=1))
        found = by_instance(data.ask(samples_over(days, (_FULL,), name))).get(name, {})
        for series in _SERIES:
            record = found.get(series)
            over, samples = (int(str(record[key])) for key in (over_name(_FULL), "samples")) if record else (0, 0)
            if samples and Decimal(over) > _MOST_FULL * samples:
                return f"`{series}` of `{name}` was above {_FULL} in {over} of {samples} samples since"
        return ""
