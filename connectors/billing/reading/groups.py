"""Which source, month and currency each row is of."""

from collections.abc import Iterable, Sequence
from hashlib import md5

import numpy as np
import numpy.typing as npt

from connectors.billing.reading.arrow import Integers
from connectors.billing.reading.known import Coded

MAX_SOURCE = 200
_DENSE = 1 << 20


class Spellings:
    """The names of sources as they were first spelled: one in other letters, such as aws/1, is the same source."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._exact = frozenset(known)
        self._first: dict[str, str] = {}
        for name in sorted(self._exact):
            self.of(name)

    def of(self, name: str) -> str:
        """Return the first spelling of a source; one that is known exactly so keeps its own."""
        first = self._first.setdefault(name.casefold(), name)
        return name if name in self._exact else first


class Groups:
    """Numbers for the groups and the parts of one file, given out as they turn up. `keys` and `rows` are by group."""

    def __init__(self, source: str | None, spellings: "Spellings | None" = None) -> None:
        self._source = source
        self._spellings = spellings or Spellings()
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._parts: dict[tuple[str, str], int] = {}
        self._part_of: list[int] = []
        self.keys: list[tuple[str, str, str]] = []
        self.rows: list[int] = []

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Source and month of each part."""
        return list(self._parts)

    def of(self, placing: Sequence[Coded], rows: int) -> npt.NDArray[np.int32]:
        """Return the group of each row; `placing` are provider, account, start of the billing period and currency."""
        code, size = np.zeros(rows, np.int64), 1
        for column in placing:
            code = code * len(column.known) + column.codes
            size *= len(column.known)
        codes, places = _different(code, size)
        numbers = np.array([self._number(int(one), placing) for one in codes], dtype=np.int32)
        for number, count in zip(numbers.tolist(), np.bincount(places, minlength=codes.size).tolist(), strict=True):
            self.rows[number] += count
        return numbers[places]

    def _number(self, code: int, placing: Sequence[Coded]) -> int:
        places: list[int] = []
        for column in reversed(placing):
            code, place = divmod(code, len(column.known))
            places.insert(0, place)
        provider, account, currency = (_text(placing[i], places[i]) for i in (0, 1, 3))
        month = str(placing[2].known.moments[places[2]].astype("datetime64[M]"))
        key = (self._spellings.of(self._source or source_name(provider, account)), month, currency)
        if key not in self._numbers:
            self._numbers[key] = len(self.keys)
            self.keys.append(key)
            self.rows.append(0)
            self._part_of.append(self._parts.setdefault(key[:2], len(self._parts)))
        return self._numbers[key]

    def parts_of(self, groups: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return the part of each row."""
        return np.array(self._part_of, dtype=np.int32)[groups]


def source_name(provider: str, account: str) -> str:
    """Return the name of a source: provider and billing account, cut where it is too long to name a partition."""
    full = f"{provider}/{account}"
    # Parquet statistics, which name a file's partition, hold 256 bytes.
    return (
        full
        if len(full.encode()) <= MAX_SOURCE
        else f"{full[:40]}~{md5(full.encode(), usedforsecurity=False).hexdigest()}"
    )


def _text(column: Coded, place: int) -> str:
    return str(column.known.values[place].as_py())


def _different(code: Integers, size: int) -> tuple[Integers, Integers]:
    if size > _DENSE:
        codes, places = np.unique(code, return_inverse=True)
        return codes, places
    present = np.zeros(size, bool)
    present[code] = True
    codes = np.flatnonzero(present)
    lookup = np.zeros(size, np.int64)
    lookup[codes] = np.arange(codes.size)
    return codes, lookup[code]
