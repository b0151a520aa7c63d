"""Answers kept and brought back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from agent.answer import Answer, BoundFigure
from app.exchanges import kept
from app.web.services import Services
from app.web.talks import restored
from finops.actions import Proposal
from finops.errors import UnknownName
from finops.evidence import Evidence
from finops.people import Principal
from gateway.conversations import Exchange
from tests.e2e.fake_evidence import providers
from tests.unit.app.web_samples import proposal

ADA = Principal(name="ada", role="approver")


@dataclass
class FakeRooms:
    """The parts of the services that bringing back needs."""

    exchange: Exchange
    found: dict[str, Evidence]
    proposal: Proposal = field(default_factory=proposal)

    @property
    def conversations(self) -> "FakeRooms":
        return self

    @property
    def proposals(self) -> "FakeRooms":
        return self

    def exchanges(self, principal: Principal, conversation: str) -> Sequence[Exchange]:
        return [self.exchange]

    def get(self, proposal_id: str) -> Proposal:
        return self.proposal

    def evidence(self, principal: Principal, evidence_id: str) -> Evidence:
        if evidence_id not in self.found:
            raise UnknownName("evidence", evidence_id, self.found)
        return self.found[evidence_id]


def answer() -> Answer:
    source = providers()
    figure = BoundFigure(text="USD 18.01", value="18.00663861840", unit="USD", evidence=source.id, name="AWS")
    return Answer(answer="AWS cost USD 18.01.", figures=(figure,), evidence=(source,), proposals=(proposal(),),
                  planner="rules", notes=("a caveat",))  # fmt: skip


def back(rooms: FakeRooms) -> Answer:
    return restored(cast(Services, rooms), ADA, "c-1")[0][1]


def test_an_answer_comes_back_as_it_was() -> None:
    whole = answer()
    assert back(FakeRooms(kept("q", whole), {whole.evidence[0].id: whole.evidence[0]})) == whole


def test_what_is_kept_holds_ids_and_no_copies() -> None:
    whole = answer()
    text = json.dumps(kept("q", whole).answer)
    assert whole.evidence[0].id in text
    assert whole.evidence[0].query not in text


def test_a_proposal_comes_back_as_it_is_now() -> None:
    rooms = FakeRooms(kept("q", answer()), {}, proposal=proposal(state="verified"))
    assert back(rooms).proposals[0].state == "verified"


def test_lost_evidence_is_noted_not_hidden() -> None:
    found = back(FakeRooms(kept("q", answer()), {}))
    assert found.evidence == ()
    assert any("unknown evidence" in note for note in found.notes)
