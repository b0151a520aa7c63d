"""The suites as Inspect tasks: `inspect view --log-dir DIR` shows what `toll eval --log-dir DIR` wrote.

`inspect eval evals/tasks.py@suite -T name=cost-demo --model none` runs one by itself.
"""

import atexit
from collections.abc import Sequence
from functools import cache

from anyio import to_thread
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.case import ActionCase, Case, UseCase
from evals.grading import grade
from evals.harness import Harness, Ready, skipped_of
from evals.play import play
from evals.played import Played
from evals.suite import load

_PLAYED = "played"


def suite_task(name: str, cases: Sequence[Ready], harness: Harness) -> Task:
    """Return the Inspect task of one suite over a harness that is open until the task has run."""
    by_id = {ready.case.id: ready for ready in cases}

    @solver(name="tollkeeper")
    def assistant() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            del generate
            played = await to_thread.run_sync(_play, by_id[str(state.sample_id)].case, harness)
            state.store.set(_PLAYED, played.model_dump(mode="json"))
            state.output = ModelOutput.from_content("tollkeeper", _said(played))
            return state

        return solve

    @scorer(metrics=[accuracy()], name="truth")
    def graded() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            del target
            ready = by_id[str(state.sample_id)]
            played = Played.model_validate(state.store.get(_PLAYED))
            more = await to_thread.run_sync(harness.beside, ready, played.answer)
            verdict = grade(ready.case, played, (*ready.truth, *more), ready.rows)
            return Score(
                value=CORRECT if verdict.passed else INCORRECT,
                answer=state.output.completion,
                explanation="\n".join(verdict.reasons),
                metadata={
                    "wrong_figures": verdict.wrong_figures,
                    "reasons": list(verdict.reasons),
                    "understood": verdict.understood,
                    **_spent(played),
                },
            )

        return score

    return Task(
        name=name,
        dataset=MemoryDataset([_sample(ready) for ready in cases], name=name),
        solver=assistant(),
        scorer=graded(),
    )


def _play(case: Case, harness: Harness) -> Played:
    with harness.stage(case) as stage:
        return play(case, stage)


def _spent(played: Played) -> dict[str, object]:
    """Return what the model took for all of a play's answers; amounts as text, for the log is JSON."""
    return {"tokens": played.tokens, "dollars": str(played.cost.value), "priced": played.cost.priced}


def _said(played: Played) -> str:
    tables = [f"{table.engine}: {len(table.rows)} rows" for table in played.tables]
    steps = [f"{step.do}: {step.error or step.text}" for step in played.steps]
    return "\n\n".join(filter(None, [*steps, *tables, played.answer.answer if played.answer else "", played.error]))


def _sample(ready: Ready) -> Sample:
    case = ready.case
    match case:
        case ActionCase():
            asked = [f"{step.by}: {step.text or step.do}" for step in case.steps]
        case UseCase():
            asked = [case.use_case or case.sql]
        case _:
            asked = list(case.ask)
    truth = [f"{row.value} {row.unit} {row.label}".strip() for row in ready.truth]
    return Sample(id=case.id, input="\n".join(asked), target=truth or [""], metadata=case.model_dump(mode="json"))


@cache
def _shared_harness() -> Harness:
    harness = Harness(lambda line: None).__enter__()
    atexit.register(harness.__exit__, None, None, None)
    return harness


@task
def suite(name: str = "cost-demo") -> Task:
    """Return one suite for Inspect's own command line; cases that cannot be played here are left out."""
    harness, cases = _shared_harness(), load(name)
    lacking = skipped_of(harness, cases)
    return suite_task(name, harness.prepare([case for case in cases if case.id not in lacking]), harness)
