"""A cloud that several processes see alike: each resource in a row of one SQLite file, and every call written down."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from finops.actions import Facts
from finops.errors import TollError
from finops.evidence import Evidence
from finops.people import Principal
from gateway.judging import Policy
from gateway.proposals import Proposals
from policies.engine import Engine
from store.records import Records
from tests.unit.gateway.fakes import ANA, BEN, EVE, RESIZE, FakeClock, FakeCloud, FakeQuestions, facts
from tests.unit.policies.estate import RULES, SCHEMA
from tools.propose_contract import ProposeAction

FROM, TO = {"instance_type": "m5.2xlarge", "state": "running"}, "m5.xlarge"
# Lower than the built-in ones, so that a few actions reach them.
AMOUNT_A_DAY, RUNS_AN_HOUR, RESOURCES = 1000, 3, 8
PEOPLE = {one.name: one for one in (ANA, BEN, EVE)}


def limited() -> Policy:
    """The built-in rules with low limits."""
    lower = {
        "amount_a_day": RULES["amount_a_day"].replace("> 10000000000", f"> {AMOUNT_A_DAY * 10**6}"),
        "actions_an_hour": RULES["actions_an_hour"].replace("> 20", f"> {RUNS_AN_HOUR}"),
    }
    assert all(RULES[name] != text for name, text in lower.items())
    return Engine({**RULES, **lower}, SCHEMA)


@dataclass
class SharedCloud(FakeCloud):
    """One resource of it, as an executor."""

    file: Path = Path()
    name: str = ""

    def __post_init__(self) -> None:
        with closing(self._open()) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS resource (name TEXT PRIMARY KEY, attributes TEXT)")
            database.execute("CREATE TABLE IF NOT EXISTS call (name TEXT)")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=30)

    def __getattribute__(self, name: str) -> Any:
        if name != "attributes":
            return super().__getattribute__(name)
        with closing(self._open()) as database:
            row = database.execute("SELECT attributes FROM resource WHERE name = ?", (self.name,)).fetchone()
        return json.loads(row[0]) if row else dict(FROM)

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "attributes" or not self.name:
            super().__setattr__(name, value)
            return
        with closing(self._open()) as database, database:
            database.execute("INSERT OR REPLACE INTO resource VALUES (?, ?)", (self.name, json.dumps(value)))
            database.execute("INSERT INTO call VALUES (?)", (self.name,))


@dataclass
class EachItsOwn(FakeQuestions):
    """Facts by resource: what a change of it costs, and data of yesterday."""

    clock: FakeClock | None = None

    def run(self, principal: Principal, name: str, arguments: Any) -> Evidence:
        typed = ProposeAction.model_validate(arguments)
        assert self.clock is not None
        # A question of its own for each call: threads share nothing.
        return FakeQuestions(facts_of(typed.action.target.resource_id, self.clock)).run(principal, name, arguments)


def facts_of(resource_id: str, clock: FakeClock) -> Facts:
    saving = Decimal(100 * (1 + int(resource_id.rpartition("-")[2]) % 4))
    return facts(
        monthly_cost_before=saving * 2, monthly_cost_after=saving, monthly_saving=saving,
        newest_data=(clock().date() - timedelta(days=1)).isoformat(),
    )  # fmt: skip


def door_at(url: str, cloud: Path, clock: FakeClock) -> Proposals:
    """A gateway over records and cloud that others share."""
    records = Records.open(url, clock=clock)
    return Proposals(
        records, lambda: EachItsOwn(clock=clock), limited(),
        lambda action: SharedCloud(file=cloud, name=action.target.resource_id),
    )  # fmt: skip


Step = tuple[str, str, str]
"""What to do, who does it, and with which resource (to propose) or proposal."""


def take(door: Proposals, step: Step) -> str:
    """Do one thing and say what came of it, a refusal too."""
    what, who, which = step
    person = PEOPLE[who]
    doing: dict[str, Callable[[], object]] = {
        "propose": lambda: door.record(person, _draft(door, which), "rules").id,
        "approve": lambda: door.approve(person, which).state,
        "reject": lambda: door.reject(person, which, "no").state,
        "execute": lambda: door.execute(person, which).verified,
        "undo": lambda: door.undo(person, which).verified,
    }
    try:
        return str(doing[what]())
    except TollError as error:
        return f"{type(error).__name__}: {error.message}"


def _draft(door: Proposals, resource: str) -> Evidence:
    action = RESIZE.model_copy(update={"target": RESIZE.target.model_copy(update={"resource_id": resource})})
    arguments: dict[str, JsonValue] = ProposeAction(action=action, reason="it is idle").model_dump(mode="json")
    return door.questions().run(ANA, "propose_action", arguments)
