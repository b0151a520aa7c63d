"""The pen that writes answers: each thing it writes may be the one that is falsified. Nothing here knows how answers are judged."""

# Seeded chance, to be had again; nothing secret.
# ruff: noqa: S311, E501

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Literal

from evals.bench.agent_scenes import Row, Scene
from finops.evidence import Figure
from finops.periods import Period

Falsehood = Literal["value", "row", "period", "sign or unit", "word"]
FALSEHOODS: tuple[Falsehood, ...] = ("value", "row", "period", "sign or unit", "word")
_UNITS = {"USD": ("EUR", "GBP")}


class Unfit(Exception):
    """A template does not fit a scene, or a falsehood would be none."""


@dataclass
class Pen:
    """Writes for one answer. With `plant`, the chosen one of the places where that falsehood fits is falsified."""

    scene: Scene
    dice: Random
    plant: Falsehood | None = None
    chosen: int = 0
    places: dict[Falsehood, int] = field(default_factory=dict[Falsehood, int])
    planted: str = ""
    lies: Random = field(default_factory=lambda: Random(0))

    def lies_here(self, kind: Falsehood, said: str = "") -> bool:
        """Tell whether this is the place to falsify; `said` tells what is falsified where the caller does it."""
        at = self.places.get(kind, 0)
        self.places[kind] = at + 1
        if self.plant != kind or at != self.chosen:
            return False
        self.planted = said
        return True

    def one_of(self, *words: str) -> str:
        """Return one of several ways to say the same."""
        return self.dice.choice(words)

    def fig(
        self, row: Row, ending: str = "", *, alias: str = "E1", others: Sequence[Row] | None = None, falls: bool = False
    ) -> str:
        """Write a figure of a row, as a reference or as a literal; `falls` writes a change without its sign."""
        name = row.figure + (f".{ending}" if ending else "")
        literal, places = self.dice.random() < 0.5, self.dice.choice((0, 1, 2, 2, 2, 9))
        figure = self.scene.figure(name, alias)
        if self.lies_here("row"):
            figure = self._other(figure, row, ending, alias, others)
        wrong_value, wrong_unit = self.lies_here("value"), self.lies_here("sign or unit")
        if wrong_value:
            return self._literal(self._wrong(figure), self._places(figure, places), falls=falls)
        if wrong_unit:
            return self._in_wrong_unit(figure, self._places(figure, places), falls=falls)
        if (literal and self._is_plain(figure, self._places(figure, places))) or (falls and figure.value < 0):
            return self._literal(figure, self._places(figure, places), falls=falls)
        return f"{{{{{alias}.{figure.name}}}}}"

    def _other(self, figure: Figure, row: Row, ending: str, alias: str, others: Sequence[Row] | None) -> Figure:
        """Return another row's true value, told apart from this one at any precision that is written."""
        for other in self.lies.sample(list(pool := others or self.scene.rows), len(pool)):
            name = other.figure + (f".{ending}" if ending else "")
            if other.name == row.name or not self.scene.has(name, alias):
                continue
            found = self.scene.figure(name, alias)
            alike = found.unit == figure.unit and (found.value < 0) == (figure.value < 0)
            if alike and abs(found.value - figure.value) > 1 and found.subject != figure.subject:
                self.planted = f"{found.name} for {figure.name}"
                return found
        raise Unfit

    def _wrong(self, figure: Figure) -> Figure:
        """Return the figure with another value, one that no figure of the evidence has."""
        for _ in range(20):
            wrong = (figure.value * Decimal(str(self.lies.choice((0.62, 0.87, 1.09, 1.31, 1.8, 10))))).quantize(
                Decimal("0.01")
            )
            same = (f for item in self.scene.evidence.values() for f in item.figures if f.unit == figure.unit)
            if abs(wrong - figure.value) > 2 and all(abs(abs(f.value) - abs(wrong)) > 2 for f in same):
                self.planted = f"{wrong} for {figure.value}"
                return figure.model_copy(update={"value": wrong})
        raise Unfit

    def _in_wrong_unit(self, figure: Figure, places: int, *, falls: bool) -> str:
        said = self._literal(figure, places, falls=falls)
        if figure.unit == "%":
            wrong = self.lies.choice(
                (said.replace(" %", " percentage points"), f"USD {said.removesuffix(' %')}", said.replace(" %", " GB"))
            )
        elif figure.unit == "USD":
            wrong = self.lies.choice(
                (said.replace("USD", "EUR"), said.replace("USD", "GBP"), f"{said} million", f"{said} per day", f"{said} an hour",
                 said.replace("USD ", "") + " %", said.replace("USD ", "") + " hours", said.replace("USD ", "USD -") if not falls else f"EUR {said[4:]}")
            )  # fmt: skip
            if "--" in wrong or (figure.value < 0 and "USD -" in wrong):
                raise Unfit
        else:
            wrong = self.lies.choice(
                (f"USD {said.split(' ')[0]}", f"{said.split(' ')[0]} hours", f"{said.split(' ')[0]} %")
            )
        self.planted = f"{wrong} for {said}"
        return wrong

    def _places(self, figure: Figure, places: int) -> int:
        if figure.unit == "%":
            return min(places, 2)
        own = -int(figure.value.as_tuple().exponent)
        return min(places, max(own, 0)) if figure.unit == "USD" else max(own, 0)

    def _is_plain(self, figure: Figure, places: int) -> bool:
        """Tell whether a literal of so many decimals can only be this figure, or one of the very same value, and is not nothing."""
        shown = _rounded(figure.value, places)
        same = (
            f
            for item in self.scene.evidence.values()
            for f in item.figures
            if f.unit == figure.unit and f.value != figure.value
        )
        return bool(shown) and all(abs(_rounded(f.value, places)) != abs(shown) for f in same)

    def _literal(self, figure: Figure, places: int, *, falls: bool = False) -> str:
        if not self._is_plain(figure, places):
            raise Unfit
        value = _rounded(abs(figure.value) if falls else figure.value, places)
        if figure.unit == "USD":
            return f"USD {value:,f}"
        return f"{value:,f}{'' if figure.unit == 'count' else ' ' + figure.unit}"

    def when(self, period: Period | None, *, lead: bool = True) -> str:
        """Write the days: `in October 2026`."""
        if period is None:
            raise Unfit
        if self.lies_here("period"):
            self.planted = f"not {period.label()}"
            period = _another(period, self.lies)
        if not lead:
            return period.label()
        return f"{'on' if period.days == 1 else 'from' if ' to ' in period.label() else 'in'} {period.label()}"

    def word(self, true: str, *false: str) -> str:
        """Write a word that carries a quantity."""
        if self.lies_here("word"):
            if not false:
                raise Unfit
            wrong = self.lies.choice(false)
            self.planted = f"`{wrong}` for `{true}`"
            return wrong
        return true

    def moved(self, change: Decimal) -> str:
        """Write which way something went."""
        up, down = (("rose", "fell"), ("grew", "shrank"), ("increased", "decreased"), ("went up", "went down"))[
            self.dice.randrange(4)
        ]
        true, false = (up, down) if change > 0 else (down, up)
        if self.lies_here("sign or unit"):
            self.planted = f"`{false}` for `{true}`"
            return false
        return true


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)


def _another(period: Period, dice: Random) -> Period:
    """Return a period of the same length that does not touch this one: some months or days earlier."""
    back = dice.choice((1, 2, 3))
    if period.start.day == 1 and 28 <= period.days <= 31:
        month = period.start.year * 12 + period.start.month - 1 - back
        return Period.month(month // 12, month % 12 + 1)
    shift = period.days + back
    from_, to = (date_.toordinal() - shift for date_ in (period.start, period.end))
    return Period(start=type(period.start).fromordinal(from_), end=type(period.end).fromordinal(to))
