"""`toll policy`: the rules that judge every action."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import Json, emit_json, say
from app.cli.person import present_person
from app.cli.table import print_table
from finops.errors import BadInput, CheckFailed
from gateway.acting import open_proposals
from gateway.clock import clock_of
from gateway.home import Home
from gateway.policies import (
    backtest_decisions,
    check_file,
    explain_decision,
    explain_file,
    load_engine,
    load_engine_from,
    run_policy_tests,
)
from policies.matrix import matrix

group = typer.Typer(no_args_is_help=True)


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll policy`."""
    app.add_typer(group, name=name, help=line)


@group.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A rule file, POLICY_ID.cedar.")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Check one rule file against Cedar's grammar, the schema and the house rules; exit 1 on any fault."""
    findings = check_file(file)
    if as_json:
        emit_json({"file": str(file), "ok": not findings, "findings": findings})
    else:
        for finding in findings:
            say(str(finding))
        if not findings:
            say(f"{file}: no fault")
    if findings:
        raise typer.Exit(1)


@group.command("test")
def run_cases(*, as_json: Annotated[bool, Json] = False) -> None:
    """Run every decision case against the rules in force; exit 1 where one is decided otherwise."""
    report = run_policy_tests(Home.open())
    if as_json:
        emit_json(report)
    else:
        for failure in report.failed:
            say(str(failure))
        for name in report.uncovered:
            say(f"no case expects `{name}` to decide")
        say(f"{report.passed} of {report.cases} cases passed")
    if report.failed:
        raise CheckFailed(f"{len(report.failed)} policy cases failed", fix="mend the rules or the cases")


@group.command("explain")
def explain(
    proposal: Annotated[
        str, typer.Argument(help="A proposal's id, or a JSON file with action, facts, at and circumstances.")
    ],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Say which rules were looked at, which fired, and the values each compared, in the latest decision on a proposal."""
    home = Home.open()
    present_person(home)
    if proposal.endswith(".json"):
        explanation = explain_file(home, Path(proposal))
    else:
        explanation = explain_decision(home, open_proposals(home).last_decision(proposal))
    if as_json:
        emit_json(explanation)
        return
    for line in explanation.lines():
        say(line)


@group.command("matrix")
def show_matrix(*, as_json: Annotated[bool, Json] = False) -> None:
    """Show who has to approve what, by kind, environment and monthly change of cost, as the rules in force decide."""
    home = Home.open()
    present_person(home)
    cells = matrix(load_engine(home))
    if as_json:
        emit_json({"matrix": cells})
        return
    print_table(
        ("action", "environment", "changes cost by", "takes"),
        ((one.kind, one.environment, f"USD {one.amount:,f}", one.takes) for one in cells), right=("changes cost by",),
    )  # fmt: skip


@group.command("backtest")
def backtest(
    *,
    since: Annotated[str, typer.Option("--since", help="How far back, in days, such as 90d.")] = "90d",
    rules: Annotated[
        Path | None, typer.Option("--rules", help="Folder of rules to try; the rules in force without it.")
    ] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Say what these rules would have decided whenever a proposal was made, approved or run, and what changes."""
    if not re.fullmatch(r"[1-9]\d{0,4}d", since):
        raise BadInput(f"`{since}` is not a number of days", fix="write it as 90d")
    home = Home.open()
    present_person(home)
    first = clock_of(home)() - timedelta(days=int(since[:-1]))
    engine = load_engine_from(rules) if rules else load_engine(home)
    door = open_proposals(home)
    recorded = (one for p in door.list() if p.created >= first for one in door.decisions(p.id))
    report = backtest_decisions(engine, recorded)
    if as_json:
        emit_json(report)
        return
    for change in report.changed:
        outcomes = f"{change.recorded.outcome} -> {change.now.outcome}"
        say(f"{change.proposal}, {change.occasion}: {outcomes} ({'; '.join(change.now.reasons)})")
    say(
        f"{report.compared} decisions on {report.proposals} proposals: {len(report.changed)} decided otherwise "
        f"({report.stricter} stricter, {report.looser} looser), {report.other_policies} by other rules"
    )
    if report.skipped:
        say(f"{report.skipped} decisions left out: they were recorded without what they were taken on")
