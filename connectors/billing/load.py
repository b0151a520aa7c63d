"""Stage bills for the lake: every file checked and converted, or none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from connectors.billing.check import Checked, check
from connectors.billing.columns import check_columns
from connectors.billing.convert import Written, prove, read_back, write
from connectors.billing.faults import refuse_faults, unreadable
from connectors.billing.oddities import oddities, rounded
from connectors.billing.session import session
from connectors.billing.source import SourceFile, open_file
from finops.errors import BadFile
from finops.tables import LoadWarning, Part, StagedPart, exact_text, merge_parts

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class StagedBill:
    """What is ready to be committed: parts by source and month, and what was odd."""

    parts: tuple[StagedPart, ...]
    warnings: tuple[LoadWarning, ...]


def stage_bills(paths: Sequence[Path], scratch: Path, *, source: str | None, progress: Progress) -> StagedBill:
    """Check and convert the files into Parquet below `scratch`. Raises `BadFile` for the first that cannot be loaded."""
    staged: list[StagedPart] = []
    warnings: list[LoadWarning] = []
    seen: dict[tuple[tuple[str, str, int, str], ...], str] = {}
    with session(scratch) as connection:
        for index, path in enumerate(paths):
            parts, odd = _stage(
                connection, path, scratch, source, lambda text, share, i=index: progress(text, (i + share) / len(paths))
            )
            content = tuple((*one.part.key, one.part.rows, one.part.content) for one in parts)
            if content in seen:
                message = f"`{path.name}` holds the same rows as `{seen[content]}`; they were counted once"
                warnings.append(
                    LoadWarning(code="same_rows", message=message, rows=sum(p.part.rows for p in parts), file=path.name)
                )
                continue
            seen[content] = path.name
            staged += parts
            warnings += odd
    return StagedBill(_merged(staged), tuple(warnings))


def _stage(
    connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path, source: str | None, progress: Progress
) -> tuple[list[StagedPart], tuple[LoadWarning, ...]]:
    progress(f"checking {path.name}", 0.0)
    file = open_file(connection, path)
    check_columns(file)
    try:
        checked = check(connection, file, source)
        refuse_faults(connection, file, checked)
        progress(f"converting {path.name}", 0.4)
        folder = write(connection, file, source, scratch)
    except duckdb.Error as error:
        raise unreadable(connection, file, error) from error
    progress(f"proving {path.name}", 0.9)
    try:
        written = read_back(connection, folder)
    except duckdb.OutOfRangeException as error:
        raise BadFile(f"`{file.name}` sums to more than 38 digits", fix="check its amounts") from error
    prove(file, checked, written)
    return _parts(checked, written), oddities(connection, file, checked, written)


def _parts(checked: Checked, written: list[Written]) -> list[StagedPart]:
    caveats = rounded(written)
    return [
        StagedPart(
            part=Part(
                source=one.source,
                month=one.month,
                rows=one.rows,
                content=one.content,
                totals={currency: exact_text(amount) for currency, amount in sorted(one.sums.items())},
                scales=checked.scales[one.source, one.month],
                caveats={name: (text,) for (source, name), text in caveats.items() if source == one.source},
            ),
            paths=(one.path,),
        )
        for one in written
    ]


def _merged(staged: list[StagedPart]) -> tuple[StagedPart, ...]:
    groups: dict[tuple[str, str], list[StagedPart]] = {}
    for one in staged:
        groups.setdefault(one.part.key, []).append(one)
    return tuple(
        StagedPart(
            part=merge_parts([one.part for one in group]), paths=tuple(path for one in group for path in one.paths)
        )
        for _, group in sorted(groups.items())
    )


def is_bill(file: SourceFile) -> bool:
    """Tell a bill from a metrics file by its header."""
    return "x_Metric" not in file.types
