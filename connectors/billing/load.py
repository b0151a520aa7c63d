"""Stage bills for the lake: every file checked and converted, or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from connectors.billing.files.source import BillFile, SourceFile
from connectors.billing.formats import AMORTIZED, Bill, Format, open_bill, prove_total
from connectors.billing.judged.columns import check_columns, refuse_twins
from connectors.billing.judged.faults import refuse_faults, unreadable
from connectors.billing.judged.oddities import oddities, rounded
from connectors.billing.judged.overlaps import Overlap, Overlaps
from connectors.billing.normal import normalise_staged
from connectors.billing.reading.groups import Spellings
from connectors.billing.reading.one_pass import Checked, check
from connectors.billing.sql.session import files_text, session, staged_rows
from connectors.billing.staged.proving import Written, prove, read_back, read_contents
from connectors.billing.staged.writing import Staging
from finops.errors import BadFile
from finops.tables import LoadWarning, Part, StagedPart, add_totals, exact_text, merge_parts

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class StagedBill:
    """What is ready to be committed: parts by source and month, and what was odd."""

    parts: tuple[StagedPart, ...]
    warnings: tuple[LoadWarning, ...]


def stage_bills(
    paths: Sequence[Path],
    scratch: Path,
    *,
    source: str | None,
    progress: Progress,
    format: Format | None = None,  # noqa: A002 - the option's own name
    overlap: Overlap = "refuse",
    known: Sequence[str] = (),
) -> StagedBill:
    """Check and convert the files into Parquet below `scratch`; `format` forces one, else each is told by its header.

    A part that two files hold alike counts once, and files that share rows otherwise are refused, unless `overlap` is "sum".
    `known` are the sources there are; one that differs in upper and lower case alone is the same.
    Raises `BadFile` for the first that cannot be loaded.
    """
    staged: list[StagedPart] = []
    warnings: list[LoadWarning] = []
    overlaps, spellings = Overlaps(overlap), Spellings(known)
    formats: dict[tuple[str, str], tuple[Format, str]] = {}
    with session(scratch) as connection:
        for index, path in enumerate(paths):
            tell: Progress = lambda text, share, i=index: progress(text, (i + share) / len(paths))  # noqa: E731
            tell(f"checking {path.name}", 0.0)
            file = open_bill(connection, path, format)
            parts, odd = _stage(connection, file, scratch, source, spellings=spellings, progress=tell)
            _refuse_second_format(formats, file, parts, source)
            kept, copies = overlaps.take(file, parts)
            staged += kept
            warnings += [*(odd if kept else ()), *copies]
        warnings += overlaps.judge(connection)
    return StagedBill(_merged(staged), tuple(warnings))


def _stage(
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile | Bill,
    scratch: Path,
    source: str | None,
    *,
    spellings: Spellings,
    progress: Progress,
) -> tuple[list[StagedPart], tuple[LoadWarning, ...]]:
    if isinstance(file, SourceFile):
        refuse_twins(file)
        check_columns(file)
    try:
        staging = Staging(scratch)
        checked = check(connection, file, source, staging, spellings)
        refuse_faults(connection, file, checked)
        folder = staging.finish()
        named = normalise_staged(connection, folder, file.columns, tags=checked.tags)
    except duckdb.Error as error:
        raise unreadable(connection, file, error) from error
    progress(f"proving {file.name}", 0.9)
    try:
        written = read_back(connection, folder, checked)
        contents = read_contents(connection, folder) if named.changed else checked.contents
        prove_total(connection, file, staged_rows(files_text(folder)))
    except duckdb.OutOfRangeException as error:
        raise BadFile(f"`{file.name}` sums to more than 38 digits", fix="check its amounts") from error
    prove(file, checked, written)
    return _parts(file, checked, written, contents), (*oddities(connection, file, checked, written), *named.warnings)


def _refuse_second_format(
    formats: dict[tuple[str, str], tuple[Format, str]],
    file: SourceFile | Bill,
    parts: list[StagedPart],
    source: str | None,
) -> None:
    """Refuse one month of one source in two formats: two exports of the same charges, which would count twice.

    A source that was named may hold several providers; then only an actual and an amortised export are refused.
    """
    own: Format = "focus" if isinstance(file, SourceFile) else file.format
    for one in parts:
        other, name = formats.setdefault(one.part.key, (own, file.name))
        if other != own and (source is None or other == AMORTIZED.get(own) or own == AMORTIZED.get(other)):
            raise BadFile(
                f"`{name}` is of format `{other}` and `{file.name}` of format `{own}`, and both hold {one.part.month} of "
                f"`{one.part.source}`, which would count twice",
                fix="load one of them",
            )


def _parts(
    file: SourceFile | Bill, checked: Checked, written: list[Written], contents: Mapping[tuple[str, str], int]
) -> list[StagedPart]:
    caveats = rounded(written)
    said = _said(file, checked)
    files: dict[tuple[str, str], list[Written]] = {}
    for one in written:
        files.setdefault((one.source, one.month), []).append(one)
    return [
        StagedPart(
            part=Part(
                source=source,
                month=month,
                rows=sum(one.rows for one in group),
                content=f"{contents[source, month]:x}",
                totals=add_totals(
                    {currency: exact_text(costs["BilledCost"]) for currency, costs in one.costs.items()}
                    for one in group
                ),
                scales=checked.scales[source, month],
                caveats=said | {name: (text,) for (of, name), text in caveats.items() if of == source},
            ),
            paths=tuple(one.path for one in group),
        )
        for (source, month), group in files.items()
    ]


def _said(file: SourceFile | Bill, checked: Checked) -> dict[str, tuple[str, ...]]:
    """Return what a provider's own format makes a reader of each metric need to know."""
    if isinstance(file, SourceFile):
        return {}
    lacking = {
        metric: text
        for metric, text in file.lacks.items()
        if metric not in file.types or checked.count("null", metric)
    }  # fmt: skip
    return {metric: (text,) for metric, text in {**lacking, **file.caveats}.items()}


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


def is_bill(file: BillFile) -> bool:
    """Tell a bill from a metrics file by its header."""
    return "x_Metric" not in file.types
