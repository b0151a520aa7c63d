"""What one case is played on: its home, the real assistant and door, its clock, and the cloud seen past them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from agent.answer import Answer, ModelCost
from agent.service import Assistant
from evals.cloud_view import CloudView
from evals.homes import People
from evals.played import Seen
from evals.scripted_endpoint import ScriptedEndpoint
from evals.team_repository import TeamRepository
from finops.actions import Proposal
from finops.errors import BadInput
from finops.people import Principal
from gateway.home import Home
from gateway.proposals import Proposals

Open = Callable[[Home], tuple[Proposals, Assistant]]


@dataclass(slots=True)
class StageClock:
    """The clock of one case."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the moment it is set to."""
        return self.now


@dataclass(slots=True)
class Stage:
    """What one case is played on, with the clock handed in. `open` gives door and assistant as whoever starts the product gets them."""

    home: Home
    people: People
    assistant: Assistant
    door: Proposals
    clock: StageClock
    open: Open
    endpoint: ScriptedEndpoint | None = None
    cloud: CloudView | None = None
    repository: TeamRepository | None = None
    resource: str = ""
    before: dict[str, Seen] = field(default_factory=dict[str, Seen])
    after: dict[str, Seen] = field(default_factory=dict[str, Seen])
    """The whole cloud as the case found it, and as it was seen at the end."""
    proposals: list[str] = field(default_factory=list[str])
    """Every proposal, in the order they were recorded."""
    engines: dict[str, Home] = field(default_factory=dict[str, Home])
    """The same home for each engine that answers questions."""
    broken: str = ""
    """The EC2 call that the cloud refuses now."""
    planner: str = "rules"
    """Who answers, as `toll eval --planner` names it."""
    tokens: int = 0
    """What a model took for the answers so far, and `cost` what that was."""
    cost: ModelCost = field(default_factory=ModelCost)

    def ask(self, person: Principal, question: str) -> Answer:
        """Ask in the case's one conversation, counting what a model takes for it."""
        answer = self.assistant.ask(person, question, "eval")
        self.tokens += answer.model_tokens
        priced = self.cost.priced and answer.model_cost.priced
        self.cost = ModelCost(value=self.cost.value + answer.model_cost.value, priced=priced)
        return answer

    def seen(self, resource: str) -> Seen | None:
        """Return a resource as the cloud, or the team's repository, shows it now."""
        if self.repository is not None:
            return self.repository.seen()
        return self.cloud.one(resource) if self.cloud else None

    def everything(self) -> dict[str, Seen]:
        """Return all that the cloud shows now."""
        return self.cloud.everything() if self.cloud else {}

    def note_proposals(self) -> None:
        """Keep the ids of what was recorded since, in the order of the log: several may be of one moment."""
        fresh = [one.id for one in self.door.list() if one.id not in self.proposals]
        if len(fresh) > 1:
            fresh.sort(key=lambda one: self.door.history(one)[0].seq)
        self.proposals += fresh

    def recorded(self) -> tuple[Proposal, ...]:
        """Return every proposal as it is now, in the order they were recorded."""
        by_id = {one.id: one for one in self.door.list()}
        return tuple(by_id[one] for one in self.proposals)

    def about(self, number: int) -> str:
        """Return the id of the proposal of this number, the last one for 0. Raises `BadInput` where there is none."""
        if not self.proposals or number > len(self.proposals):
            raise BadInput("no proposal was recorded", fix="ask for one first")
        return self.proposals[number - 1]

    def reopen(self, home: Home) -> None:
        """Start the product anew over `home`; what was there stays where that is refused."""
        self.door, self.assistant = self.open(home)
        self.home = home
