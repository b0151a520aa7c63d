"""Convert the amounts of a cost query into one currency, each day's at the rate of that day; without a rate they stay apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from finops.also import unit_column
from finops.errors import ToolError
from finops.money import plain
from finops.query import COST_METRICS
from finops.rates import NoRate, RateTable, Used, converted
from tools.cost_questions import Plan
from tools.cost_table import Cell, decimal_of
from tools.cost_units import CURRENCY


class Converter:
    """Converts cells; keeps what it used, so that the answer can say it."""

    def __init__(self, plan: Plan) -> None:
        if plan.query.metric not in COST_METRICS:
            raise ToolError(f"`{plan.query.metric}` is no amount of money", fix="leave currency out, or ask for a cost")
        book = plan.books.rate_book
        if book is None:
            raise ToolError(
                "no exchange rates are loaded", fix="load some with `toll rates load FILE`, or leave currency out"
            )
        self._file, self._rates, self._target = book.file, RateTable(book.content), plan.query.currency or ""
        self._money = [
            place for place, one in enumerate(plan.asked.aggregates)
            if one.function == "sum" and one.json_key is None and unit_column(one.column) == CURRENCY
        ]  # fmt: skip
        self._used: dict[str, list[Used]] = {}
        self._none: dict[str, list[date]] = {}
        self._known: dict[tuple[date, str], Used | NoRate] = {}

    def cells(self, cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells in the target currency, or in their own where no rate holds on their day."""
        return [self._cell(cell) for cell in cells]

    def _cell(self, cell: Cell) -> Cell:
        if cell.unit == self._target or cell.day is None:
            return replace(cell, day=None)
        place = (cell.day, cell.unit)
        if place not in self._known:
            self._known[place] = found = self._rates.on(cell.day, cell.unit, self._target)
            if isinstance(found, Used):
                self._used.setdefault(cell.unit, []).append(found)
            else:
                self._none.setdefault(cell.unit, []).append(cell.day)
        rate = self._known[place]
        if isinstance(rate, NoRate):
            return replace(cell, day=None)
        numbers = list(cell.numbers)
        for at in self._money:
            number = numbers[at]
            numbers[at] = converted(number, rate) if isinstance(number, Decimal) else number
        return replace(cell, unit=self._target, value=decimal_of(numbers[0]), numbers=numbers, day=None)

    def rates(self) -> tuple[Used, ...]:
        """Return the rates that were used, each once, by currency and day."""
        used = {(one.source, one.day, one.via, one.rate): one for several in self._used.values() for one in several}
        return tuple(used[place] for place in sorted(used))

    def notes(self) -> tuple[str, ...]:
        """Say which rates were used, and for which days there was none."""
        notes: list[str] = []
        for source, used in sorted(self._used.items()):
            days = sorted(one.day for one in used)
            how = sorted({one.via for one in used if one.via})
            by = f" ({' and '.join(how)})" if how else ""
            rates = (
                f"{plain(used[0].rate)} of {days[0]}" if days[0] == days[-1] else f"rates of {days[0]} to {days[-1]}"
            )
            notes.append(
                f"{source} is converted to {self._target} at {rates}{by} from {self._file or 'the loaded rates'}"
            )
        for source, days in sorted(self._none.items()):
            notes.append(
                f"there is no rate from {source} to {self._target} for {len(days)} days from {min(days)} to {max(days)}; "
                f"their amounts stay in {source}"
            )
        return tuple(notes)
