"""Walk the log from its first event to its last, and say of each that does not hold where and how."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from store.records.faults import Fault, Head
from store.records.guard import ZERO, event_hash, sound, vouched
from store.records.tables import AuditEvent, AuditHead


@dataclass(slots=True)
class Chain:
    """What a walk has seen so far. `vouched` maps a row's name to the last event about it and the digest that one gives."""

    exported: Head | None
    count: int = 0
    last_seq: int = 0
    last_hash: str = ZERO
    last_suspect: bool = False
    suspects: list[AuditEvent] = field(default_factory=list[AuditEvent])
    faults: list[Fault] = field(default_factory=list[Fault])
    vouched: dict[str, tuple[int, str | None]] = field(default_factory=dict[str, tuple[int, str | None]])

    def walk(self, events: Iterable[AuditEvent]) -> None:
        """Take the events in the order of their numbers."""
        for event in events:
            holds = sound(event) and event_hash(event) == event.hash
            self._place(event, holds=holds)
            if not holds:
                self.suspects.append(event)
            if sound(event) and event.subject:
                self.vouched[event.subject] = (event.seq, vouched(event) if holds else None)
            self.count += 1
            self.last_seq, self.last_hash, self.last_suspect = event.seq, _text(event.hash), not holds
        self._name_suspects()

    def _place(self, event: AuditEvent, *, holds: bool) -> None:
        expected = self.last_seq + 1
        if event.seq > expected:
            which = f"event {expected} is" if event.seq == expected + 1 else f"events {expected} to {event.seq - 1} are"
            self.faults.append(Fault(seq=expected, what="missing", detail=f"{which} missing"))
        elif event.seq == expected and holds and not self.last_suspect and event.previous != self.last_hash:
            detail = f"event {event.seq} follows another one than is there: rewritten"
            self.faults.append(Fault(seq=self.last_seq, what="rewritten", detail=detail))
        if self.exported and event.seq == self.exported.seq and event.hash != self.exported.hash:
            detail = "the log up to here is not the one whose head was exported: rewritten"
            self.faults.append(Fault(seq=event.seq, what="rewritten", detail=detail))

    def _name_suspects(self) -> None:
        places = {event.seq for event in self.suspects}
        for event in self.suspects:
            others = sorted(places | {event.seq - 1, event.seq + 1} - {event.seq}) if sound(event) else []
            true_place = next((seq for seq in others if event_hash(event, seq=seq) == event.hash), None)
            if true_place is None:
                self.faults.append(Fault(seq=event.seq, what="changed", detail="a column of it was changed"))
            else:
                detail = f"it holds what was event {true_place}: reordered"
                self.faults.append(Fault(seq=event.seq, what="reordered", detail=detail))

    def ended(self, heads: list[AuditHead]) -> None:
        """Compare where the walk ended with the head row and the exported head."""
        if self.exported and self.exported.seq > self.last_seq:
            detail = f"the exported head is event {self.exported.seq}, and the log ends before it: cut off at the end"
            self.faults.append(Fault(seq=self.last_seq + 1, what="cut_off", detail=detail))
        if len(heads) != 1 or heads[0].id != 1:
            detail = f"the head table holds {len(heads)} rows or a wrong one where it has one of its own"
            self.faults.append(Fault(seq=self.last_seq, what="head", detail=detail))
        elif (heads[0].seq, heads[0].hash) != (self.last_seq, self.last_hash):
            self._head_differs(heads[0])

    def _head_differs(self, head: AuditHead) -> None:
        if self.last_suspect and head.seq == self.last_seq:
            return  # the changed event is named already
        if sound(head) and head.seq > self.last_seq and head.hash != self.last_hash:
            which = (
                f"events {self.last_seq + 1} to {head.seq} are"
                if head.seq > self.last_seq + 1
                else f"event {head.seq} is"
            )
            detail = f"{which} missing: cut off at the end"
            self.faults.append(Fault(seq=self.last_seq + 1, what="cut_off", detail=detail))
        else:
            detail = "the head table and the last event differ: one of them was changed"
            self.faults.append(Fault(seq=self.last_seq, what="head", detail=detail))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
