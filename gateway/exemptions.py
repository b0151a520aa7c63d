"""Exemptions: a resource its owner wants left alone until a date, with the reason. Policy refuses every change of it until then."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, cast

from pydantic import Field

from finops.errors import BadInput, UnknownName
from finops.people import Principal, require
from finops.ports import DataHandle
from finops.query import Frozen
from finops.relational import Aggregate, Key, Question
from gateway.people import acting
from store.records import Records, exemptions
from store.records.guard import storable
from store.records.tables import ExemptionRow
from tools.resource_names import RESOURCE, id_of, is_named, rows_of

# Longer is no exemption but a rule.
LONGEST: Final = timedelta(days=366)


class Exemption(Frozen):
    """One exemption, as the records have it."""

    id: str
    resource_id: str
    until: date = Field(description="last day it holds on, UTC")
    reason: str
    person: str
    at: datetime
    lifted: str = Field(default="", description="when and by whom it was taken back")


@dataclass(frozen=True, slots=True)
class Exemptions:
    """The door to exemptions. An approver may exempt anything, anybody else what the bill says is theirs."""

    records: Records
    data: DataHandle

    def add(self, principal: Principal, resource_id: str, until: date, reason: str) -> Exemption:
        """Exempt a resource through `until`, named by its id or as the bill does; kept is the id, which actions go by.

        Raises `UnknownName` for one that no bill has, `Forbidden` for another's.
        """
        reason = storable("the reason", reason.strip())
        if not reason:
            raise BadInput("an exemption has no reason", fix="say why with --reason")
        resource_id = id_of(resource_id)
        owners = self._owners(resource_id)
        today = self.records.clock().date()
        if not today <= until <= today + LONGEST:
            raise BadInput(
                f"`{until}` is not within a year from {today}", fix="give a day from today to a year from now"
            )
        with self.records.write() as session:
            actor = acting(session, principal)
            if actor.name.casefold() not in owners:
                require(actor, "exempt")
            row = exemptions.add(
                session, resource_id=resource_id, until=until, reason=reason, person=actor.name, at=self.records.clock()
            )
            return _exemption(row)

    def lift(self, principal: Principal, exemption_id: str) -> Exemption:
        """Take an exemption back; who made it may, and every approver."""
        with self.records.write() as session:
            actor = acting(session, principal)
            mine = [
                row for row in exemptions.everything(session) if row.id == exemption_id and row.person == actor.name
            ]
            if not mine:
                require(actor, "exempt")
            return _exemption(exemptions.lift(session, exemption_id, actor=actor.name, at=self.records.clock()))

    def list(self, *, past: bool) -> tuple[Exemption, ...]:
        """Return the exemptions in force by resource, or with `past` every one there ever was, in the order they were made."""
        with self.records.read() as session:
            found = (
                exemptions.everything(session) if past else exemptions.in_force(session, self.records.clock().date())
            )
            return tuple(map(_exemption, found))

    def _owners(self, resource_id: str) -> set[str]:
        asked = Question("cost", (Aggregate("rows", "count"),), (RESOURCE, Key("Tags")), (rows_of(resource_id),))
        records = self.data.ask(asked).records() if self.data.cost else []
        mine = [one["Tags"] for one in records if is_named(resource_id, one[RESOURCE.name])]
        if not mine:
            known = next((one.values for one in self.data.dimensions if one.name == RESOURCE.column), ())
            raise UnknownName("resource", resource_id, known)
        tags = [cast(dict[str, object], json.loads(str(one))) for one in mine if one is not None]
        return {str(value).strip().casefold() for one in tags for key, value in one.items() if key.lower() == "owner"}


def _exemption(row: ExemptionRow) -> Exemption:
    return Exemption(
        id=row.id, resource_id=row.resource_id, until=date.fromisoformat(row.until), reason=row.reason, person=row.person,
        at=datetime.fromisoformat(row.at), lifted=row.lifted,
    )  # fmt: skip
