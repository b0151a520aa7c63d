"""Play a case on its stage: the real assistant, the real door, the real executor against the demo cloud."""

from typing import cast

from agent.answer import Answer
from evals.acting_steps import act
from evals.case import ActionCase, Case, UseCase
from evals.harness import Stage
from evals.played import Played, TablePlayed
from evals.tables import result_cells
from finops.errors import TollError
from gateway.acting import open_audit
from gateway.compose import open_questions


def play(case: Case, stage: Stage) -> Played:
    """Return what happened. A refusal is an outcome; any other exception is the product's fault and passes through."""
    if isinstance(case, ActionCase):
        return _ended(Played(steps=act(case, stage)), stage)
    if isinstance(case, UseCase):
        return _ended(_queried(case, stage), stage)
    return _ended(_asked(case.ask, stage), stage)


def _asked(questions: tuple[str, ...], stage: Stage) -> Played:
    answer: Answer | None = None
    try:
        for question in questions:
            answer = stage.ask(stage.people.who("admin"), question)
    except TollError as error:
        return Played(error=str(error), exit_code=2 if error.exit_code == 2 else 1)
    return Played(answer=answer)


def _queried(case: UseCase, stage: Stage) -> Played:
    """Ask the same query of every engine there is."""
    tables: list[TablePlayed] = []
    try:
        for engine, home in stage.engines.items():
            evidence = open_questions(home).run(stage.people.who("admin"), "cost_query", case.query)
            rows = cast(list[dict[str, object]], evidence.result["rows"])
            cells = tuple(result_cells(rows, case.columns))
            tables.append(TablePlayed(engine=engine, rows=cells, result_hash=evidence.result_hash))
    except TollError as error:
        return Played(error=str(error), exit_code=2)
    return Played(tables=tuple(tables))


def _ended(played: Played, stage: Stage) -> Played:
    """Add the end state: from the records, the audit log and the cloud itself."""
    if stage.cloud is None and stage.endpoint is None and not stage.proposals and stage.people.untouched(stage.home):
        # Most questions: the records are as they were made, row by row, when their log was proved.
        spent = {"tokens": stage.tokens, "cost": stage.cost, "planner": stage.planner, "audit_holds": True}
        return played.model_copy(update=spent)
    stage.note_proposals()
    proposals = stage.recorded()
    stage.after = stage.everything()
    endpoint = stage.endpoint
    return played.model_copy(
        update={
            "proposals": proposals,
            "runs": sum(len(stage.door.executions(one.id)) for one in proposals),
            "moved": tuple(sorted(one for one, was in stage.before.items() if stage.after.get(one) != was)),
            "audit_holds": open_audit(stage.home).verify(stage.people.who("admin")).ok,
            "asked_model": len(endpoint.requests) if endpoint else 0,
            "unserved": endpoint.left if endpoint else 0,
            "tokens": stage.tokens,
            "cost": stage.cost,
            "planner": stage.planner,
        }
    )
