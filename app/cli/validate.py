"""`toll validate`: a bill against the rules of FOCUS, without loading it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from gateway.home import Home
from gateway.ingest import validate

if TYPE_CHECKING:
    from connectors.billing.conformance.result import RuleResult
    from connectors.billing.judged.validation import ValidationReport

_KEYWORDS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "RECOMMENDED", "MAY")
_STATUSES = ("passed", "failed", "not checkable")
_SHOWN = 3


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll validate`."""
    app.command(name, help=line)(check)


def check(
    file: Annotated[Path, typer.Argument(help="A FOCUS bill: CSV, CSV.gz or Parquet.")],
    *,
    applies: Annotated[
        list[str] | None,
        typer.Option("--applies", metavar="NAME", help="An applicability criterion the provider meets."),
    ] = None,
    absent: Annotated[
        list[str] | None, typer.Option("--not", metavar="NAME", help="An applicability criterion it does not meet.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", help="Hold it to all columns of this version, 1.2, not to its own version's."),
    ] = None,
    literally: Annotated[
        bool, typer.Option("--literally", help="Take the model's checks even where they contradict its sentences.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="List every rule, not only those that failed.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Judge it by the 621 rules of the FOCUS 1.2 requirements model; exit 1 where a MUST is broken, 2 where it cannot be read."""
    report = validate(
        present_person(Home.open()), file, applies=applies or (), absent=absent or (), against=against, literally=literally
    )  # fmt: skip
    if as_json:
        emit_json(report)
    else:
        _show(report, everything=everything)
    if not report.conforms:
        raise typer.Exit(1)


def _show(report: "ValidationReport", *, everything: bool) -> None:
    results = report.conformance.results
    say(f"{report.file}: {report.kind}, FOCUS {report.version}, {report.rows} rows, {_periods(report.periods)}")
    for columns in report.columns:
        missing = f"; missing {', '.join(columns.missing)}" if columns.missing else ""
        say(f"{columns.level}: {len(columns.present)} columns present{missing}")
    lacking = f", without {report.unread} rows whose BilledCost is no amount" if report.unread else ""
    for currency, total in report.totals.items():
        say(f"billed cost: {currency} {total}{lacking}")
    say(
        f"\n{len(results)} rules of FOCUS {report.conformance.model}, held to the columns of {report.conformance.against}"
    )
    print_table(("rule", *_STATUSES), _counts(results), right=_STATUSES)
    listed = results if everything else _broken(results)
    for one in listed:
        for line in _lines(one):
            say(line)
    if not everything:
        _say_open(results)
    _say_loading(report)
    say("conforms: yes" if report.conforms else f"conforms: no, {_broken_words(results)}")


def _broken_words(results: "Sequence[RuleResult]") -> str:
    """Count as the table does: every MUST and MUST NOT, and say how many of them are only made of others."""
    broken = [one for one in results if one.breaks_conformance]
    composites = sum(one.kind == "Composite" for one in broken)
    own = f": {len(broken) - composites} by checks of their own, {composites} as composites of other rules"
    return f"{len(broken)} rules with MUST or MUST NOT are broken{own if composites else ''}"


def _broken(results: "Sequence[RuleResult]") -> "list[RuleResult]":
    """Return the rules that failed, composites apart, those that MUST hold first."""
    failed = [one for one in results if one.status == "failed" and one.kind != "Composite"]
    return sorted(failed, key=lambda one: not one.breaks_conformance)


def _say_loading(report: "ValidationReport") -> None:
    for one in report.violations:
        if one.refuses:
            values = ", ".join(f"`{value}`" for value in one.examples[:_SHOWN])
            say(
                f"\nrefuses to load: {one.column} is {one.message} in {one.rows} rows from row {one.first_row}: {values}"
            )
    say(f"\nloadable: {'yes' if report.loadable else f'no, {report.reason}'}")


def _periods(periods: Sequence[str]) -> str:
    return f"billing months {', '.join(periods)}" if periods else "no billing month"


def _counts(results: "Sequence[RuleResult]") -> Iterator[tuple[object, ...]]:
    counts = Counter((one.keyword, one.status) for one in results)
    for keyword in _KEYWORDS:
        yield (keyword, *(counts[keyword, status] for status in _STATUSES))
    yield ("all", *(sum(counts[keyword, status] for keyword in _KEYWORDS) for status in _STATUSES))


def _lines(one: "RuleResult") -> Iterator[str]:
    """Yield what is said of one rule: its sentence, in how many rows it is broken, and the first of them."""
    ours = "" if one.basis == "model" else f" ({one.basis} check)"
    yield f"\n{one.status}: {one.id}{ours}\n  {one.sentence}"
    if one.rows:
        of = f" of {one.checked}" if one.checked is not None else ""
        yield f"  broken in {one.rows}{of} {'rows' if one.checked is not None else 'cells'}"
    if one.why:
        yield f"  {one.why}"
    for example in one.examples[:_SHOWN]:
        cells = ", ".join(
            f"{column} {'absent' if value is None else f'`{value}`'}" for column, value in example.values.items()
        )
        yield f"  row {example.row}: {cells}"


def _say_open(results: "Sequence[RuleResult]") -> None:
    """Say why rules could not be checked, each reason with how many rules."""
    reasons = Counter(one.why for one in results if one.status == "not checkable" and one.kind != "Composite")
    say(f"\nnot checkable: {sum(reasons.values())} rules, composites apart")
    for reason, count in sorted(reasons.items(), key=lambda item: (-item[1], item[0])):
        say(f"  {count:>4}  {reason}")
