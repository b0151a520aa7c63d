"""Charges that several files of one load hold alike: a copy counts once, and what would count twice is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Literal

import duckdb

from connectors.billing.files.source import SourceFile
from connectors.billing.formats import Bill
from connectors.billing.judged.columns import version_of
from connectors.billing.reading.contents import row_hash
from connectors.billing.sql.session import file_text, staged_rows, text
from finops.errors import BadFile
from finops.money import EXACT
from finops.tables import COST_COLUMNS, LoadWarning, Part, StagedPart, add_totals, exact_text, merge_parts

Overlap = Literal["refuse", "sum"]
OVERLAPS: tuple[Overlap, ...] = ("refuse", "sum")
# Two charges may be alike by chance; of more than this share of the smaller file's rows, one of the two is an export of the other's.
_CHANCE = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one file holds of one source's month. `columns` are the cost columns the file has."""

    path: Path
    form: str
    columns: frozenset[str]
    part: Part
    staged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """Rows that two pieces have alike, and their BilledCost by currency."""

    one: _Piece
    other: _Piece
    rows: int
    totals: dict[str, str]


class Overlaps:
    """Takes the staged files of one load in turn, and compares those of one source's month."""

    def __init__(self, overlap: Overlap) -> None:
        self._overlap = overlap
        self._pieces: dict[tuple[str, str], list[_Piece]] = {}

    def take(self, file: SourceFile | Bill, parts: Sequence[StagedPart]) -> tuple[list[StagedPart], list[LoadWarning]]:
        """Return the parts that count, and a warning for those that are copies of parts taken before, which do not."""
        kept: list[StagedPart] = []
        copied: list[tuple[_Piece, _Piece]] = []
        for piece in _pieces(file, parts):
            earlier = self._pieces.setdefault(piece.part.key, [])
            twin = next((one for one in earlier if _content(one) == _content(piece)), None)
            if twin is not None and self._overlap == "refuse":
                copied.append((piece, twin))
                continue
            earlier.append(piece)
            kept += [one for one in parts if one.part.key == piece.part.key]
        return kept, _counted_once(copied, whole=not kept)

    def judge(self, connection: duckdb.DuckDBPyConnection) -> list[LoadWarning]:
        """Return a warning for rows that two files share; raises `BadFile` where they are no chance."""
        shared = [one for pieces in self._pieces.values() if len(pieces) > 1 for one in _shared(connection, pieces)]
        for one in shared:
            if self._overlap == "refuse" and _is_no_chance(one):
                raise BadFile(
                    f"{_said(one)}, which would count twice",
                    fix="load one of the two, or give `--overlap sum` where both are meant",
                )
        return [
            LoadWarning(
                code="shared_rows", message=f"{_said(one)}; they were counted in both", rows=one.rows,
                file=one.other.path.name,
            )
            for one in shared
        ]  # fmt: skip


def _pieces(file: SourceFile | Bill, parts: Sequence[StagedPart]) -> list[_Piece]:
    form = f"FOCUS {version_of(file.columns)}" if isinstance(file, SourceFile) else file.format
    groups: dict[tuple[str, str], list[StagedPart]] = {}
    for one in parts:
        groups.setdefault(one.part.key, []).append(one)
    columns = frozenset(COST_COLUMNS).intersection(file.columns)
    return [
        _Piece(
            file.path, form, columns, merge_parts([one.part for one in group]),
            tuple(path for one in group for path in one.paths),
        )
        for group in groups.values()
    ]  # fmt: skip


def _content(piece: _Piece) -> tuple[int, str]:
    return piece.part.rows, piece.part.content


def _counted_once(copied: Sequence[tuple[_Piece, _Piece]], *, whole: bool) -> list[LoadWarning]:
    """Say what is a copy: of a whole file at once, where it is the copy of one other."""
    if whole and len({twin.path for _, twin in copied}) == 1:
        piece, twin = copied[0]
        one, other = _names(piece.path, twin.path)
        message = f"`{one}` holds the same rows as `{other}`; they were counted once"
        rows = sum(piece.part.rows for piece, _ in copied)
        return [LoadWarning(code="same_rows", message=message, rows=rows, file=piece.path.name)]
    return [_copy(piece, twin) for piece, twin in copied]


def _copy(piece: _Piece, twin: _Piece) -> LoadWarning:
    one, other = _names(piece.path, twin.path)
    message = f"`{one}` holds the same rows of {piece.part.month} of `{piece.part.source}` as `{other}`; they were counted once"
    return LoadWarning(code="same_rows", message=message, rows=piece.part.rows, file=piece.path.name)


def _names(one: Path, other: Path) -> tuple[str, str]:
    return (one.name, other.name) if one.name != other.name else (str(one), str(other))


def _shared(connection: duckdb.DuckDBPyConnection, pieces: Sequence[_Piece]) -> list[_Shared]:
    """Return the rows that any two pieces share: all columns alike, or those that both files have."""
    found: list[_Shared] = []
    kinds = list(dict.fromkeys(piece.columns for piece in pieces))
    for first, second in combinations_with_replacement(kinds, 2):
        both = [piece for piece in pieces if piece.columns in (first, second)]
        if len(both) > 1:
            names = [name for name in COST_COLUMNS if first == second or name in first & second]
            pairs = _alike(connection, both, names)
            found += [one for one in pairs if {one.one.columns, one.other.columns} == {first, second}]
    return found


def _alike(connection: duckdb.DuckDBPyConnection, pieces: Sequence[_Piece], names: Sequence[str]) -> list[_Shared]:
    numbers = ", ".join(f"({text(path)}, {n})" for n, piece in enumerate(pieces) for path in piece.staged)
    files = ", ".join(file_text(Path(path)) for piece in pieces for path in piece.staged)
    rows = connection.execute(
        "WITH alike AS (SELECT f.n AS f, r.h AS h, r.u AS u, any_value(r.c) AS c, count(*) AS k FROM "  # noqa: S608
        f"(SELECT filename AS p, {row_hash(names)} AS h, BillingCurrency AS u, BilledCost AS c "
        f"FROM {staged_rows(f'[{files}]', filename=True)}) AS r "
        f"JOIN (VALUES {numbers}) AS f(p, n) ON f.p = r.p GROUP BY ALL) "
        "SELECT a.f, b.f, a.u, least(a.k, b.k) AS k, count(*), sum(a.c) FROM alike AS a JOIN alike AS b "
        "ON a.h = b.h AND a.u = b.u AND a.f < b.f GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    ).fetchall()
    pairs: dict[tuple[int, int], list[tuple[str, int, int, Decimal]]] = {}
    for one, other, currency, times, count, cost in rows:
        pairs.setdefault((one, other), []).append((currency, times, count, cost))
    return [
        _Shared(
            pieces[one],
            pieces[other],
            sum(times * count for _, times, count, _ in group),
            add_totals({code: exact_text(EXACT.multiply(cost, Decimal(times)))} for code, times, _, cost in group),
        )
        for (one, other), group in pairs.items()
    ]


def _is_no_chance(shared: _Shared) -> bool:
    least = min(shared.one.part.rows, shared.other.part.rows)
    return shared.one.form != shared.other.form or shared.rows > least * _CHANCE


def _said(shared: _Shared) -> str:
    one, other = _names(shared.one.path, shared.other.path)
    forms = (f" ({shared.one.form})", f" ({shared.other.form})") if shared.one.form != shared.other.form else ("", "")
    amounts = " and ".join(f"{amount} {code}" for code, amount in shared.totals.items())
    many = shared.rows != 1
    return (
        f"`{one}`{forms[0]} and `{other}`{forms[1]} share {shared.rows} row{'s' if many else ''} of {shared.one.part.month} of "
        f"`{shared.one.part.source}`, {amounts} in all"
    )
