"""Falsehoods in another's words: phrases of quantity by somebody who had seen no word list of grounding; seen by its writers since.

`heldout_words.json` says of each phrase for which figures everybody would call it true, and for which false; what is between is left
alone. Nothing here knows how answers are judged.
"""

# Seeded chance, to be had again; nothing secret.
# ruff: noqa: S311

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

from pydantic import Field

from evals.bench.agent_scenes import Row, Scene, Sort
from finops.periods import Period
from finops.query import Frozen

_FILE = Path(__file__).with_name("heldout_words.json")
# USD of a group that is worth a sentence.
_LEAST_COST = 20


class Phrase(Frozen):
    """Words, and the ranges of a figure, ends included, in which they are true and in which they are false."""

    phrase: str = Field(min_length=1)
    true: tuple[tuple[Decimal, Decimal], ...] = Field(min_length=1)
    false: tuple[tuple[Decimal, Decimal], ...] = Field(min_length=1)

    def holds(self, figure: Decimal) -> bool | None:
        """Tell whether they are true of a figure; None where people would differ."""
        said = [
            truth
            for truth, ranges in ((True, self.true), (False, self.false))
            if any(low <= figure <= high for low, high in ranges)
        ]
        return said[0] if len(said) == 1 else None


class Words(Frozen):
    """Of movement, in percent against the period before; of shares, in percent of the whole; of one cost beside another, as a ratio."""

    movements: tuple[Phrase, ...]
    shares: tuple[Phrase, ...]
    compares: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence with a held-out phrase, and whether it is true."""

    scene: Scene
    text: str
    true: bool


def held_out(scenes: Sequence[Scene], seed: int) -> list[Said]:
    """Return for each phrase what is true and what is false, with the cost told beside it and without, where the scenes have a figure."""
    lists, dice = Words.model_validate_json(_FILE.read_bytes()), Random(f"held out {seed}")
    said: list[Said] = []
    for phrases, found in (
        (lists.movements, list(_movements(scenes))),
        (lists.shares, list(_shares(scenes))),
        (lists.compares, list(_compares(scenes))),
    ):
        for phrase in phrases:
            for truth in (True, False):
                fitting = [one for one in found if phrase.holds(one.figure) is truth]
                if fitting:
                    one = dice.choice(fitting)
                    words = one.sentence.replace("PHRASE", phrase.phrase)
                    told = f"{words}, with {{{{E1.{one.row.figure}}}}}."
                    said += [Said(one.scene, text, truth) for text in (f"{words}.", told)]
    return said


@dataclass(frozen=True, slots=True)
class _Fact:
    """A figure, and the sentence a phrase about it goes into."""

    scene: Scene
    row: Row
    figure: Decimal
    sentence: str


def _movements(scenes: Sequence[Scene]) -> Iterator[_Fact]:
    for scene, row in _groups(scenes, "compare"):
        if scene.has(name := f"{row.figure}.change_percent"):
            yield _Fact(scene, row, scene.figure(name).value, f"{row.name} PHRASE {_when(scene.period)}")


def _shares(scenes: Sequence[Scene]) -> Iterator[_Fact]:
    for scene, row in _groups(scenes, "breakdown"):
        if scene.has(name := f"{row.figure}.share"):
            said = f"{row.name} made up PHRASE the cost {_when(scene.period)}"
            yield _Fact(scene, row, scene.figure(name).value, said)


def _compares(scenes: Sequence[Scene]) -> Iterator[_Fact]:
    groups = list(_groups(scenes, "breakdown"))
    for scene, one in groups:
        for same, other in groups:
            if same is scene and other != one:
                ratio = _cost(scene, one) / _cost(scene, other)
                yield _Fact(scene, one, ratio, f"{one.name} PHRASE {other.name} {_when(scene.period)}")


def _groups(scenes: Sequence[Scene], sort: Sort) -> Iterator[tuple[Scene, Row]]:
    for scene in scenes:
        if scene.sort == sort:
            yield from ((scene, row) for row in scene.rows if _cost(scene, row) > _LEAST_COST)


def _cost(scene: Scene, row: Row) -> Decimal:
    return scene.figure(row.figure).value


def _when(period: Period | None) -> str:
    label = period.label() if period else ""
    return f"from {label}" if " to " in label else f"in {label}"
