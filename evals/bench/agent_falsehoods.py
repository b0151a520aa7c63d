"""Answers, true and false: written from the evidence of real tool runs, a false one with exactly one planted falsehood.

INVARIANT: nothing here or below imports what judges answers (`agent.grounding`); an import contract holds it.
"""

# Seeded chance, to be had again; nothing secret.
# ruff: noqa: S311

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from evals.bench.agent_pen import FALSEHOODS, Falsehood, Pen, Unfit
from evals.bench.agent_scenes import Scene
from evals.bench.agent_templates import TEMPLATES, Template

_TRIES = 400


@dataclass(frozen=True, slots=True)
class Written:
    """One answer on one scene; `falsehood` is what was planted, None in a true one, and `planted` says it in words."""

    scene: Scene
    template: str
    text: str
    falsehood: Falsehood | None = None
    planted: str = ""


def true_answers(scenes: Sequence[Scene], seed: int, count: int) -> Iterator[Written]:
    """Yield true answers, each template in turn."""
    dice, made = Random(seed), 0
    pairs = _pairs(scenes)
    while made < count:
        for template, fitting in pairs:
            if made < count and (found := _write(template, fitting, dice, None)):
                made += 1
                yield found


def false_answers(scenes: Sequence[Scene], seed: int, count: int) -> Iterator[Written]:
    """Yield answers with one falsehood each, as many of every kind; each template in turn where it has a place for the kind."""
    dice, pairs = Random(f"false {seed}"), _pairs(scenes)
    for kind in FALSEHOODS:
        made, idle = 0, 0
        while made < count // len(FALSEHOODS) and idle < _TRIES:
            idle += 1
            for template, fitting in dice.sample(pairs, len(pairs)):
                if made < count // len(FALSEHOODS) and (found := _write(template, fitting, dice, kind)):
                    made, idle = made + 1, 0
                    yield found


def _pairs(scenes: Sequence[Scene]) -> list[tuple[Template, list[Scene]]]:
    by_sort = {sort: [scene for scene in scenes if scene.sort == sort] for sort in TEMPLATES}
    return [(template, by_sort[sort]) for sort, listed in TEMPLATES.items() if by_sort[sort] for template in listed]


def _write(template: Template, scenes: Sequence[Scene], dice: Random, kind: Falsehood | None) -> Written | None:
    """Write one answer, twice where something is planted: first to see where it could be. None where nothing fits."""
    for _ in range(25):
        scene, seed, lies = dice.choice(scenes), dice.random(), Random(dice.random())
        try:
            first = Pen(scene, Random(seed))
            text = template(first)
            if kind is None:
                return Written(scene, template.__name__, text)
            places = first.places.get(kind, 0)
            if not places:
                continue
            pen = Pen(scene, Random(seed), kind, lies.randrange(places), lies=lies)
            false = template(pen)
            if pen.planted and false != text:
                return Written(scene, template.__name__, false, kind, pen.planted)
        except Unfit:
            continue
    return None
