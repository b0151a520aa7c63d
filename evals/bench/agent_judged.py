"""Grounding beside answers that are known to be true or false: how many falsehoods are caught, how many true ones refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.grounding import ground
from evals.bench.agent_falsehoods import Written, false_answers, true_answers
from evals.bench.agent_heldout import Said
from evals.bench.agent_pen import FALSEHOODS, Falsehood
from evals.bench.agent_scenes import Scene
from evals.bench.report import Row, known_row

ANSWERS = 500


@dataclass
class Judged:
    """What grounding said of each answer. `passed` are falsehoods that it let through, `refused` true answers that it did not."""

    caught: dict[Falsehood, int] = field(default_factory=lambda: dict.fromkeys(FALSEHOODS, 0))
    planted: dict[Falsehood, int] = field(default_factory=lambda: dict.fromkeys(FALSEHOODS, 0))
    true: int = 0
    templates: set[str] = field(default_factory=set[str])
    passed: list[Written] = field(default_factory=list[Written])
    refused: list[tuple[Written, str]] = field(default_factory=list[tuple[Written, str]])


def judge(scenes: list[Scene], seed: int, count: int = ANSWERS) -> Judged:
    """Write `count` true answers and as many false ones, and ground each as the assistant does."""
    judged = Judged()
    for one in true_answers(scenes, seed, count):
        judged.true += 1
        judged.templates.add(one.template)
        if complaint := next(iter(_complaints(one)), ""):
            judged.refused.append((one, complaint))
    for one in false_answers(scenes, seed, count):
        if one.falsehood is not None:
            judged.planted[one.falsehood] += 1
            if any(_complaints(one)):
                judged.caught[one.falsehood] += 1
            else:
                judged.passed.append(one)
    return judged


def held_out_rows(said: Sequence[Said], tell: Callable[[str], None]) -> tuple[Row, ...]:
    """Return a row for the falsehoods in another's words, and one for what is true in them: a model says that again in other words."""
    false, true = ([one for one in said if one.true is truth] for truth in (False, True))
    passed = [one for one in false if not _complaints(one)]
    understood = [one for one in true if not _complaints(one)]
    for one in passed:
        tell(f"passed (another's words): {one.text}")
    return (
        _row("falsehoods in another's words caught", len(false) - len(passed), len(false)),
        known_row(f"true answers in another's words let through, of {len(true)}", len(understood), "answers"),
    )


def _complaints(one: Written | Said) -> Sequence[str]:
    scene = one.scene
    return ground(
        one.text, scene.evidence, question=scene.question, as_of=scene.as_of, vocabulary=scene.vocabulary
    ).complaints


def rows(judged: Judged, tell: Callable[[str], None]) -> tuple[Row, ...]:
    """Return a row for each kind of falsehood and one for the true answers; tell each one that was judged wrongly."""
    for one in judged.passed:
        tell(f"passed ({one.falsehood}, {one.planted}): {one.text}")
    for one, complaint in judged.refused:
        tell(f"refused ({complaint}): {one.text}")
    return (
        *(_row(f"falsehoods caught: {kind}", judged.caught[kind], judged.planted[kind]) for kind in FALSEHOODS),
        Row(measure="true answers refused", value=len(judged.refused), unit="answers", baseline=judged.true,
            goal="none", met=not judged.refused and judged.true > 0),
    )  # fmt: skip


def _row(measure: str, value: int, of: int) -> Row:
    return Row(
        measure=measure, value=value, unit="answers", baseline=of, goal="all that were planted", met=value == of > 0
    )
