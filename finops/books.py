"""The books a company keeps beside its bills: allocation rules, exchange rates, and notes of what happened."""

from collections.abc import Callable
from typing import Literal

from pydantic import ConfigDict

from finops.allocation import Allocation
from finops.notes import Note
from finops.query import Frozen
from finops.rates import Rates

Kind = Literal["allocation", "rates", "notes"]
LoadedKind = Literal["allocation", "rates"]
"""The books that are loaded from a file, each in place of the one before; notes are added one by one."""


class AllocationBook(Frozen):
    """Allocation rules, and the name of the file they came from."""

    # Built when a book is opened: most questions open none.
    model_config = ConfigDict(defer_build=True)

    kind: Literal["allocation"] = "allocation"
    file: str
    content: Allocation


class RateBook(Frozen):
    """Exchange rates, and the name of the file they came from."""

    model_config = ConfigDict(defer_build=True)

    kind: Literal["rates"] = "rates"
    file: str
    content: Rates


def _none() -> None:
    return None


def _no_notes() -> tuple[Note, ...]:
    return ()


class Books:
    """The books of one call, each opened when first asked for. `used` says which were: the call's result depends on them."""

    def __init__(
        self,
        allocation: Callable[[], AllocationBook | None] = _none,
        rates: Callable[[], RateBook | None] = _none,
        notes: Callable[[], tuple[Note, ...]] = _no_notes,
    ) -> None:
        self._open_allocation, self._open_rates, self._open_notes = allocation, rates, notes
        self._allocation: AllocationBook | None = None
        self._rates: RateBook | None = None
        self._notes: tuple[Note, ...] = ()
        self._used: set[Kind] = set()

    @property
    def used(self) -> frozenset[Kind]:
        """Which books were asked for, whether or not there is one."""
        return frozenset(self._used)

    @property
    def allocation(self) -> Allocation | None:
        """The allocation rules in force, None where none are loaded."""
        return book.content if (book := self.allocation_book) else None

    @property
    def allocation_book(self) -> AllocationBook | None:
        """The allocation rules with their file's name."""
        if "allocation" not in self._used:
            self._allocation = self._open_allocation()
            self._used.add("allocation")
        return self._allocation

    @property
    def rates(self) -> Rates | None:
        """The exchange rates in force, None where none are loaded."""
        return book.content if (book := self.rate_book) else None

    @property
    def rate_book(self) -> RateBook | None:
        """The exchange rates with their file's name."""
        if "rates" not in self._used:
            self._rates = self._open_rates()
            self._used.add("rates")
        return self._rates

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes that stand, in the order in which they were recorded."""
        if "notes" not in self._used:
            self._notes = self._open_notes()
            self._used.add("notes")
        return self._notes


def books_of(
    *, allocation: Allocation | None = None, rates: Rates | None = None, file: str = "", notes: tuple[Note, ...] = ()
) -> Books:
    """Return books that are at hand already."""
    return Books(
        lambda: AllocationBook(file=file, content=allocation) if allocation else None,
        lambda: RateBook(file=file, content=rates) if rates else None,
        lambda: notes,
    )
