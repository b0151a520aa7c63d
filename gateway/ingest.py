"""Load bills and metrics into the lake for a person: everything handed in, or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, cast

from pydantic import Field, JsonValue

from connectors.billing.files.places import fetch
from connectors.billing.files.source import find_files, open_file
from connectors.billing.formats import FORMATS, Format
from connectors.billing.judged.overlaps import OVERLAPS, Overlap
from connectors.billing.judged.validation import ValidationReport, validate_bill
from connectors.billing.load import is_bill, stage_bills
from connectors.billing.reading.one_pass import MAX_SOURCE
from connectors.billing.sql.session import session
from connectors.metrics_file import stage_metrics
from finops.errors import BadInput
from finops.money import EXACT, plain
from finops.people import Principal, require
from finops.ports import Clock
from finops.query import Frozen
from finops.relational import Table
from finops.tables import LoadWarning, StagedPart, add_totals
from gateway.clock import clock_of
from gateway.home import Home
from store.lake.commit.difference import Change, difference
from store.lake.commit.writing import Committed, commit, writing
from store.lake.reader import LakeHandle, open_lake
from store.lake.rollups.build import build_rollups
from tools.cost_query_shapes import common_questions

__all__ = [
    "FORMATS",
    "OVERLAPS",
    "Audit",
    "Change",
    "Format",
    "LoadReport",
    "LoadedPeriod",
    "Overlap",
    "Preview",
    "ingest",
    "preview",
    "prewarm",
    "validate",
]  # fmt: skip

Audit = Callable[[Literal["ingest.begun", "ingest"], dict[str, JsonValue]], None]
"""Puts an event on record; `gateway.acting.audit_of_loads` gives one, to a person who may load by the records only."""
Progress = Callable[[str, float], None]

# A month whose cost falls by more than this share of it is warned of, and so many services that it lost are named.
_FALL = Decimal("0.1")
_DEAREST = 3
# So many files that were left out are named in a warning.
_NAMED = 5


class LoadedPeriod(Frozen):
    """What became of one source's month. `before` are the totals it replaced."""

    table: Table
    source: str
    period: str = Field(description="month, as 2024-09")
    rows: int
    totals: dict[str, str] = Field(description="BilledCost by currency, exact")
    status: Literal["loaded", "replaced", "unchanged"]
    rows_before: int = 0
    totals_before: dict[str, str] = {}


class LoadReport(Frozen):
    """What a load did. `changed` is false where the lake held all of it already."""

    files: tuple[str, ...]
    rows: int = Field(description="cost rows in the files")
    metrics_rows: int
    periods: tuple[LoadedPeriod, ...]
    totals: dict[str, str] = Field(description="BilledCost by currency, exact")
    warnings: tuple[LoadWarning, ...]
    snapshot: str
    changed: bool


class Preview(Frozen):
    """What a load would change: by part, and within each by service, the largest change first."""

    files: tuple[str, ...]
    parts: tuple[Change, ...]
    services: tuple[Change, ...]
    warnings: tuple[LoadWarning, ...]


@dataclass(frozen=True, slots=True)
class _Loading:
    """What is ready to be committed, and the files it came from."""

    files: tuple[Path, ...]
    tables: Mapping[Table, tuple[StagedPart, ...]]
    warnings: tuple[LoadWarning, ...]


def ingest(
    home: Home,
    principal: Principal,
    places: Sequence[str | Path],
    *,
    audit: Audit,
    source: str | None = None,
    format: Format | None = None,  # noqa: A002 - the option's own name
    overlap: Overlap = "refuse",
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load files, folders, patterns and places in object stores; `source` replaces the name made of provider and account.

    `format` forces one where the header would tell another; `overlap` is whether files that share rows are refused or added
    up; `clock` dates the load, the home's own without it.

    `audit` is told `ingest.begun` before the lake changes and `ingest` after it: a load that dies in between is on record too.
    Raises `Forbidden` without the role, `BadFile` for the first file that
    cannot be loaded; then, or where `audit` raises at the beginning, nothing has changed.
    """
    require(principal, "ingest")
    tell = progress or _silent
    with writing(home.lake) as scratch:
        loading = _stage(home, places, scratch, source=source, format=format, overlap=overlap, tell=tell)
        before = open_lake(home.lake, home.plans).snapshot
        audit("ingest.begun", _beginning(principal, loading.files, loading.tables, before))
        gone = _gone(home, loading.tables)
        tell("committing", 0.6)
        done = commit(home.lake, loading.tables, at=(clock or clock_of(home))())
    # Committed: whoever asks from here on sees it; what follows makes asking fast.
    build_rollups(home.lake, progress=lambda share: tell("summing by day and month", 0.65 + share * 0.25))
    lake = open_lake(home.lake, home.plans)
    tell("preparing questions", 0.9)
    prewarm(lake)
    report = _report(loading.files, done, loading.warnings, lake.snapshot, gone)
    audit("ingest", _event(principal, report))
    tell("done", 1.0)
    return report


def preview(
    home: Home,
    principal: Principal,
    places: Sequence[str | Path],
    *,
    source: str | None = None,
    format: Format | None = None,  # noqa: A002 - the option's own name
    overlap: Overlap = "refuse",
    progress: Progress | None = None,
) -> Preview:
    """Return what `ingest` would change, by part and by service, and change nothing. Raises as `ingest` does."""
    require(principal, "ingest")
    tell = progress or _silent
    with writing(home.lake) as scratch:
        loading = _stage(home, places, scratch, source=source, format=format, overlap=overlap, tell=tell)
        tell("comparing", 0.6)
        changes = difference(home.lake, loading.tables, open_lake(home.lake, home.plans))
    tell("done", 1.0)
    files = tuple(str(path) for path in loading.files)
    return Preview(files=files, parts=changes.parts, services=changes.services, warnings=loading.warnings)


def _stage(
    home: Home,
    places: Sequence[str | Path],
    scratch: Path,
    *,
    source: str | None,
    format: Format | None,  # noqa: A002 - the option's own name
    overlap: Overlap,
    tell: Progress,
) -> _Loading:
    _check_source(source)
    left: dict[str, list[str]] = {}
    files = fetch(
        [str(place) for place in places],
        scratch,
        home.environment,
        lambda name, why: left.setdefault(why, []).append(name),
    )
    bills, metrics = _sorted_by_kind(files, scratch)
    staged = stage_bills(
        bills,
        scratch,
        known=_sources(home),
        source=source,
        format=format,
        overlap=overlap,
        progress=lambda text, share: tell(text, share * 0.6),
    )
    tables: dict[Table, tuple[StagedPart, ...]] = {
        "cost": staged.parts, "metrics": stage_metrics(metrics, scratch, source=source),
    }  # fmt: skip
    return _Loading(files, tables, (*_left_out(left), *staged.warnings))


def _sources(home: Home) -> list[str]:
    return [part.source for part in open_lake(home.lake, home.plans).parts("cost")]


def _left_out(left: Mapping[str, Sequence[str]]) -> list[LoadWarning]:
    """Warn of files that were there and were not loaded, for each reason once."""
    return [
        LoadWarning(
            code="left_out",
            message=f"left out, {why}: {', '.join(f'`{name}`' for name in names[:_NAMED])}"
            f"{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}; name a file to load it",
            examples=tuple(names[:20]),
        )
        for why, names in sorted(left.items())
    ]


def prewarm(lake: LakeHandle) -> None:
    """Compile the shapes of the usual questions, so that the first person to ask does not wait."""
    lake.prewarm(common_questions(lake))


def validate(
    principal: Principal,
    path: Path,
    *,
    applies: Sequence[str] = (),
    absent: Sequence[str] = (),
    against: str | None = None,
    literally: bool = False,
) -> ValidationReport:
    """Judge one FOCUS bill by the rules of the requirements model, without loading it; the options are `validate_bill`'s.

    Raises `BadFile` where it cannot be read as a table or is no FOCUS bill, `BadInput` for an unknown criterion or version.
    """
    require(principal, "ask")
    files = find_files([path])
    if len(files) != 1:
        raise BadInput(f"`{path}` is a folder of {len(files)} files", fix="validate one file at a time")
    with TemporaryDirectory(prefix="toll-") as scratch:
        return validate_bill(
            files[0], Path(scratch), applies=applies, absent=absent, against=against, literally=literally
        )  # fmt: skip


def _check_source(source: str | None) -> None:
    if source is not None and (not source.strip() or len(source.encode()) > MAX_SOURCE or not source.isprintable()):
        raise BadInput(
            f"source `{source[:40]}` is no name", fix=f"give 1 to {MAX_SOURCE} printable characters, such as AWS/1234"
        )


def _sorted_by_kind(files: Sequence[Path], scratch: Path) -> tuple[list[Path], list[Path]]:
    with session(scratch) as connection:
        bills = [path for path in files if is_bill(open_file(connection, path))]
    return bills, [path for path in files if path not in bills]


def _report(
    files: Sequence[Path],
    done: Sequence[Committed],
    warnings: tuple[LoadWarning, ...],
    snapshot: str,
    gone: Sequence[LoadWarning],
) -> LoadReport:
    periods = tuple(
        LoadedPeriod(
            table=one.table,
            source=one.part.source,
            period=one.part.month,
            rows=one.part.rows,
            totals=one.part.totals,
            status=one.status,
            rows_before=one.before.rows if one.before and one.status == "replaced" else 0,
            totals_before=one.before.totals if one.before and one.status == "replaced" else {},
        )
        for one in done
    )
    return LoadReport(
        files=tuple(str(path) for path in files),
        rows=sum(one.rows for one in periods if one.table == "cost"),
        metrics_rows=sum(one.rows for one in periods if one.table == "metrics"),
        periods=periods,
        totals=add_totals(one.totals for one in periods),
        warnings=(*warnings, *_shrunk(periods), *_cheaper(periods), *gone),
        snapshot=snapshot,
        changed=any(one.status != "unchanged" for one in periods),
    )


def _shrunk(periods: Sequence[LoadedPeriod]) -> list[LoadWarning]:
    """Warn where a month was replaced by fewer rows: often a second file that was meant to be added."""
    return [
        LoadWarning(
            code="fewer_rows",
            message=f"{one.source} {one.period}: {one.rows} rows replaced {one.rows_before}; load all files of a month together",
            rows=one.rows,
        )
        for one in periods
        if one.status == "replaced" and one.rows < one.rows_before
    ]


def _cheaper(periods: Sequence[LoadedPeriod]) -> list[LoadWarning]:
    """Warn where a month was replaced by one whose cost is lower by more than a tenth, both amounts named."""
    found: list[LoadWarning] = []
    for one in (one for one in periods if one.status == "replaced"):
        for currency, written in one.totals_before.items():
            before, after = Decimal(written), Decimal(one.totals.get(currency, "0.00"))
            if EXACT.subtract(before, after) > EXACT.multiply(abs(before), _FALL):
                message = (
                    f"{one.source} {one.period}: BilledCost fell from {plain(before)} to {plain(after)} {currency}; "
                    "load all files of a month together, or check that it was restated so"
                )
                found.append(LoadWarning(code="lower_total", message=message, rows=one.rows))
    return found


def _gone(home: Home, tables: Mapping[Table, Sequence[StagedPart]]) -> list[LoadWarning]:
    """Warn of services that a month to be replaced has and its replacement has not; call it before the commit."""
    present = open_lake(home.lake, home.plans)
    before = {part.key: part.content for part in present.parts("cost")}
    replacing = [
        one for one in tables.get("cost", ()) if before.get(one.part.key, one.part.content) != one.part.content
    ]
    lost: dict[tuple[str, str], list[Change]] = {}
    for one in difference(home.lake, {"cost": replacing}, present).services:
        if one.status == "gone" and one.cost_before:
            lost.setdefault((one.source, one.month), []).append(one)
    return [_gone_from(source, month, services) for (source, month), services in lost.items()]


def _gone_from(source: str, month: str, services: Sequence[Change]) -> LoadWarning:
    dearest = sorted(services, key=lambda one: (-abs(one.cost_before), one.service or ""))
    named = ", ".join(f"`{one.service}` ({plain(one.cost_before)} {one.currency})" for one in dearest[:_DEAREST])
    more = f" and {len(dearest) - _DEAREST} more" if len(dearest) > _DEAREST else ""
    return LoadWarning(
        code="services_gone",
        message=f"{source} {month}: without {named}{more}, which it had before; load all files of a month together",
        rows=sum(one.rows_before for one in dearest),
        examples=tuple(one.service or "" for one in dearest[:20]),
    )


def _beginning(
    principal: Principal, files: Sequence[Path], tables: Mapping[Table, Sequence[StagedPart]], snapshot: str
) -> dict[str, JsonValue]:
    parts = [f"{table} {one.part.source} {one.part.month}" for table, staged in tables.items() for one in staged]
    return {
        "person": principal.name, "files": [str(path) for path in files], "parts": cast(list[JsonValue], parts),
        "snapshot_before": snapshot,
    }  # fmt: skip


def _event(principal: Principal, report: LoadReport) -> dict[str, JsonValue]:
    parts = [f"{one.table} {one.source} {one.period} {one.status}" for one in report.periods]
    return {
        "person": principal.name, "files": list(report.files), "rows": report.rows, "metrics_rows": report.metrics_rows,
        "totals": dict(report.totals), "parts": cast(list[JsonValue], parts), "snapshot": report.snapshot, "changed": report.changed,
    }  # fmt: skip


def _silent(_text: str, _share: float) -> None:
    """Show no progress."""
