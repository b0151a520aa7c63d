"""Ask the planners for the next step, and judge a text before anybody sees it."""

from dataclasses import dataclass
from uuid import uuid4

from langgraph.runtime import Runtime

from agent.answer import Planned as PlannedEvent
from agent.deps import Asker, Deps, account_of
from agent.grounding import Grounded, Voice, ground
from agent.known import Known, known_on, past
from agent.ladder import Climbed, climb
from agent.planners.contract import Calls, Decline, Exchange, Say, Step, Turn
from agent.planners.rules import RulesPlanner
from agent.planners.rules.fiscal import ASK, is_fiscal_word, names_fiscal
from agent.planners.rules.standing import only
from agent.shares import shared, together
from agent.standing.bearing import bearing
from agent.state import State, Update, Work, plain, work_of
from agent.summary import summarise
from agent.turns import evidence_of, facts_of, questions_of, turn_of
from finops.errors import BadInput, Capped, TollError
from finops.evidence import Evidence
from finops.standing_facts import FiscalYear, said_of
from gateway.questions import as_of

_MOST_REPEATS, _MOST_REFUSED = 2, 2


@dataclass(frozen=True, slots=True)
class _Planning:
    """One visit to the node."""

    deps: Deps
    turn: Turn
    evidence: dict[str, Evidence]

    def step(self, work: Work) -> Work:
        """Return the work after one more step; raises where nothing can be answered."""
        over = self._over(work)
        if over:
            return self._close(work, BadInput(over), over)
        if stuck := self._stuck(work):
            return self._pass_on(work, stuck)
        climbed = climb(self.deps.planners, work.rung, self.turn)
        work = _charge(work, climbed)
        if climbed.planned is None:
            return self._nobody(work, climbed.refusal or BadInput("no planner could answer; ask in other words"))
        if climbed.rung != work.rung:
            work = work.model_copy(update={"rung": climbed.rung, "refused": 0, "repeats": 0})
        work = work.model_copy(update={"planner": self.deps.planners[climbed.rung].name, "complaints": ()})
        return self._apply(work, climbed.planned.step)

    def _nobody(self, work: Work, refusal: TollError) -> Work:
        """Every planner passed: on words withheld, a cap reached or a model gone down the evidence stands, else this is the refusal."""
        if isinstance(refusal, Capped):
            return self._close(work, refusal, f"what follows is the evidence found so far, since {refusal}")
        if self.turn.complaints:
            note = f"words of `{work.planner}` were withheld, since {self.turn.complaints[0]}"
            return self._close(work, BadInput(note, fix="ask in other words"), note)
        failed = bool(self.turn.outcomes) and self.turn.outcomes[-1].evidence is None
        if failed and isinstance(refusal, BadInput):
            raise refusal
        return self._close(
            work, refusal, f"what follows is the evidence itself, since no planner put it into words: {refusal}"
        )

    def _stuck(self, work: Work) -> str:
        """Say why the planner in use is not asked again, empty where it is: it repeats itself, or a better one may get a call right."""
        if work.repeats >= _MOST_REPEATS:
            return f"`{work.planner}` went on making the calls it had made before and was stopped"
        if work.refused >= _MOST_REFUSED and work.rung + 1 < len(self.deps.planners):
            return f"calls of `{work.planner}` were refused {_MOST_REFUSED} times"
        return ""

    def _over(self, work: Work) -> str:
        if work.steps >= self.deps.max_steps:
            return f"no answer within {self.deps.max_steps} steps; ask for less at once"
        if work.tokens >= self.deps.max_tokens:
            return f"no answer within {self.deps.max_tokens} model tokens; ask for less at once"
        return ""

    def _apply(self, work: Work, step: Step) -> Work:
        match step:
            case Calls(calls=calls, understood=understood):
                kept = calls[: self.deps.max_calls_per_step]
                said = map(said_of, bearing(self.turn.facts, self.turn.question, kept))
                facts = tuple(dict.fromkeys((*work.facts, *said)))
                return work.model_copy(
                    update={"pending": kept, "understood": understood, "repaired": False, "facts": facts}
                )
            case Say(text=text):
                return self._say(work, text)
            case Decline(reason=reason):  # `climb` never returns one
                raise BadInput(reason)

    def _say(self, work: Work, text: str) -> Work:
        own = isinstance(self.deps.planners[work.rung], RulesPlanner)
        done = self._ground(text, "own" if own else "model")
        complaints = done.complaints if text.strip() else ("the answer is empty; answer the question",)
        if not complaints:
            return work.model_copy(update={"text": done.text, "figures": done.figures})
        if not work.repaired:
            return work.model_copy(update={"complaints": complaints, "repaired": True})
        return self._higher(work, complaints)

    def _higher(self, work: Work, complaints: tuple[str, ...]) -> Work:
        """The text failed twice: let the next planner try, or show the evidence itself."""
        note = f"words of `{work.planner}` were withheld, since {complaints[0]}"
        return self._pass_on(work, note)

    def _pass_on(self, work: Work, note: str) -> Work:
        """Leave the rest to the next planner where there is one, else show the evidence itself."""
        work = work.model_copy(update={"notes": (*work.notes, note)})
        if work.rung + 1 < len(self.deps.planners):
            afresh = {"rung": work.rung + 1, "repaired": False, "complaints": (), "refused": 0, "repeats": 0}
            return work.model_copy(update=afresh)
        refused = next((c.error for c in reversed(work.called) if c.error), "")
        why = BadInput(f"{note}: {refused}") if refused else BadInput(note, fix="ask in other words")
        return self._close(work, why, "what follows is the evidence itself")

    def _close(self, work: Work, refusal: TollError, note: str) -> Work:
        """End with the evidence gathered, or refuse where there is none."""
        if not self.evidence:
            raise refusal
        done = self._ground(summarise(self.evidence), "own")
        # Names in the data can be so hostile that even the list of figures cannot be told from them.
        text = (
            "The result stands in the evidence; its names cannot be put into a sentence."
            if done.complaints
            else done.text
        )
        figures = () if done.complaints else done.figures
        return work.model_copy(update={"text": text, "figures": figures, "notes": (*work.notes, note)})

    def _ground(self, text: str, voice: Voice) -> Grounded:
        words = {info.name: info.values for info in self.turn.data.dimensions}
        return ground(
            text, self.evidence, question=self.turn.question, as_of=self.turn.as_of, vocabulary=words, voice=voice
        )


def _charge(work: Work, climbed: Climbed) -> Work:
    spent = climbed.spent
    return work.model_copy(
        update={
            "steps": work.steps + 1,
            "tokens": work.tokens + sum(planned.tokens for planned in spent),
            "cost": together(work.cost, *(planned.cost for planned in spent)),
            "shares": shared(work.shares, spent),
            "notes": tuple(dict.fromkeys((*work.notes, *climbed.notes))),
        }
    )


def _begun(deps: Deps, state: State, work: Work) -> Work:
    """At a question's first step, find the state of the data it is about."""
    if work.steps or work.asked:
        return work
    today = deps.today() if deps.today else as_of(deps.questions.data)
    known = known_on(work.question, today) if not work.known_on else Known(work.question, past(work.known_on, today))
    if known.day is None:
        earlier = [Exchange.model_validate(one).known_on for one in (state.get("exchanges") or ())[-1:]]
        told = (f"this is of the data as it is now, unlike the answer before; say `as known on {day}` for the earlier one"
                for day in earlier if day)  # fmt: skip
        return work.model_copy(update={"notes": (*work.notes, *told)})
    work = work.model_copy(update={"asked": known.asked, "known_on": known.day.isoformat()})
    return work.model_copy(update={"snapshot": questions_of(deps, work).data.snapshot})


def _fiscal(turn: Turn) -> bool:
    """Tell whether a question speaks of a fiscal year, and not of a value of the data that looks like one."""
    if not names_fiscal(turn.question):
        return False
    values = (value.lower() for info in (*turn.data.dimensions, *turn.virtual) for value in info.values)
    return names_fiscal(turn.question, frozenset(value for value in values if is_fiscal_word(value)))


def plan(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """Choose the next calls or the answer. Raises `BadInput` for a question nobody understands, `Unavailable` for a model down."""
    work = work_of(state)
    # Under a name of its own: what was asked in vain before counts for this question no more.
    work = work if work.id else work.model_copy(update={"id": uuid4().hex})
    before = _begun(deps, state, work)
    facts = facts_of(deps, runtime.context)
    turn = turn_of(deps, state, before, facts, account_of(deps, runtime.context, before.id))
    if not before.steps and only(facts, FiscalYear) is None and _fiscal(turn):
        raise ASK  # whichever planner would have read it: a guess would be a wrong figure
    planning = _Planning(deps, turn, evidence_of(deps, before))
    work = planning.step(before)
    if work.pending or (work.text and not before.planner):
        runtime.stream_writer(PlannedEvent(planner=work.planner, understood=work.understood))
    return {"work": plain(work)}
