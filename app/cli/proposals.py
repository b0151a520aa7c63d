"""`toll proposals`: what was proposed, and what becomes of it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from pydantic import JsonValue

from app.cli.output import Json, emit_json, note, say
from app.cli.person import present_person
from app.cli.table import print_table
from app.cli.words import SHOWN_HASH, action_words, execution_lines, money, plan_lines, proposal_lines
from finops.actions import Execution, Proposal, State, effective
from finops.errors import BadInput, CheckFailed, Refused, StateConflict, TollError
from gateway.acting import make_dossier, open_aftercare, open_proposals
from gateway.home import Home
from gateway.proposals import Proposals

group = typer.Typer(no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The proposal's id, such as p-1a2b3c4d.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words; kept in the audit log.")]


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll proposals`."""
    app.add_typer(group, name=name, help=line)


@group.command("list")
def list_all(
    *,
    state: Annotated[str | None, typer.Option("--state", help="Only those in this state, such as pending.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """List proposals, the newest first."""
    if state is not None and state not in get_args(State):
        raise BadInput(f"unknown state `{state}`", fix=f"known are {', '.join(get_args(State))}")
    home = Home.open()
    present_person(home)
    door = open_proposals(home)
    found = door.list(cast(State | None, state))
    for proposal in door.stuck():
        note(f"{proposal}: it is not what the log says it is, and does not expire; see `toll audit verify`")
    if as_json:
        emit_json({"proposals": found})
        return
    rows = (
        (p.id, p.state, action_words(p.action, p.facts), money(p.facts.monthly_saving, p.facts.currency)) for p in found
    )
    print_table(("id", "state", "action", "saves a month"), rows, right=("saves a month",))


@group.command("show")
def show(proposal: Id, *, as_json: Annotated[bool, Json] = False) -> None:
    """Show one proposal with its verdict, the calls it would make, its history and what ran."""
    home = Home.open()
    present_person(home)
    door = open_proposals(home)
    found, history, runs = door.get(proposal), door.history(proposal), door.executions(proposal)
    plan = _plan(door, found)
    if as_json:
        approvals = door.approvals(proposal)
        emit_json({"proposal": found, "plan": plan, "history": history, "executions": runs, "approvals": approvals})
        return
    for line in (*proposal_lines(found), *_exempt_lines(door, found), *plan_lines(plan)):
        say(line)
    for step in history:
        say(f"  {step.at:%Y-%m-%d %H:%M:%S} UTC  {step.kind} by {step.actor}")
    for run in runs:
        for line in execution_lines(run):
            say(line)


@group.command("approve")
def approve(
    proposals: Annotated[
        list[str],
        typer.Argument(
            help="One id or several, each judged on its own; ID@HASH, as `show` prints it, approves these bytes or none."
        ),
    ],
    *,
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask at the terminal.")] = False,
    hold: Annotated[
        bool, typer.Option("--hold", help="Approve without executing; `toll proposals execute` runs it later.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Approve and execute: the executor checks the approval's hash, acts, and verifies what it did.

    Without a hash the proposal is printed first, and what was printed is what is approved.
    """
    home = Home.open()
    principal = present_person(home)
    door = open_proposals(home)
    runs: list[Execution] = []
    refusals: list[TollError] = []
    for given in dict.fromkeys(proposals):
        # One that is refused holds up none of the others.
        try:
            shown = _shown(door, given, ask=not yes)
            proposal = shown.id
            state = door.approve(principal, proposal, reason, shown.hash).state
            note(
                f"{proposal}: approved by `{principal.name}`"
                + ("" if state == "approved" else ", and waits for one more person")
            )
            if state == "approved" and not hold:
                runs.append(door.execute(principal, proposal))
        except TollError as error:
            note(f"{given.partition('@')[0]}: {error}")
            refusals.append(error)
    if len(refusals) == len(proposals) == 1:
        raise refusals[0]
    known = {one.id for one in door.list()}
    asked = dict.fromkeys(given.partition("@")[0] for given in proposals)
    _report(door, [one for one in asked if one in known], runs, as_json=as_json)
    if refusals:
        raise CheckFailed(
            f"{len(refusals)} of {len(proposals)} were refused", fix="see the reasons above; the others are done"
        )


@group.command("edit")
def edit(
    proposal: Id,
    change: Annotated[
        list[str], typer.Option("--set", help="FIELD=VALUE of the action, such as instance_type=m5.large.")
    ],
    *,
    reason: Reason = "",
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Propose the same with other values in its place; the old one and its approvals end, the new one is judged by itself."""
    home = Home.open()
    made = open_proposals(home).edit(present_person(home), proposal, dict(map(_change, change)), reason)
    if as_json:
        emit_json({"proposals": [made], "executions": []})
    else:
        for line in proposal_lines(made):
            say(line)
    note(f"{proposal}: ended, {made.id} took its place")
    if made.state == "denied":
        raise Refused(f"`{made.id}` is refused by policy", fix="see the reasons above, and propose what they allow")


@group.command("dossier")
def dossier(
    proposal: Id, *, out: Annotated[Path | None, typer.Option("--out", help="File to write; stdout without it.")] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:  # fmt: skip
    """Write everything about a proposal into one file that `toll audit replay` proves offline."""
    del as_json  # it is JSON either way
    home = Home.open()
    present_person(home)
    made = make_dossier(home, proposal)
    if out is None:
        emit_json(made)
        return
    try:
        out.write_text(made.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"`{out}` cannot be written: {error.strerror}", fix="give a file in a folder there is"
        ) from error
    say(
        f"{out}: {len(made.events)} events, {len(made.evidence)} pieces of evidence; prove it with `toll audit replay {out}`"
    )


@group.command("execute")
def execute(proposal: Id, *, as_json: Annotated[bool, Json] = False) -> None:
    """Execute an approved proposal, or go on with an execution that was broken off."""
    home = Home.open()
    door = open_proposals(home)
    _report(door, [proposal], [door.execute(present_person(home), proposal)], as_json=as_json)


@group.command("undo")
def undo(proposal: Id, *, as_json: Annotated[bool, Json] = False) -> None:
    """Bring the target back to what it was before, and verify it."""
    home = Home.open()
    door = open_proposals(home)
    _report(door, [proposal], [door.undo(present_person(home), proposal)], as_json=as_json)


@group.command("check")
def check(*, as_json: Annotated[bool, Json] = False) -> None:
    """Go on with undos that broke off, look again at what ran in the last 48 hours, and bring back what suffers; for a scheduler."""
    home = Home.open()
    looked = open_aftercare(home).look(present_person(home))
    if as_json:
        emit_json({"looked": looked})
    else:
        for one in looked:
            say(f"{one.proposal}: {one.found.replace('_', ' ')}{f', {one.detail}' if one.detail else ''}")
        if not looked:
            say("nothing ran in the last 48 hours")
    bad = [one for one in looked if one.found in ("not_taken_back", "not_seen")]
    if bad:
        raise CheckFailed(
            f"`{bad[0].proposal}` needs a person: {bad[0].detail}", fix=f"see `toll proposals show {bad[0].proposal}`"
        )


@group.command("reject")
def reject(proposal: Id, *, reason: Reason = "", as_json: Annotated[bool, Json] = False) -> None:
    """Reject a proposal for good."""
    home = Home.open()
    rejected = open_proposals(home).reject(present_person(home), proposal, reason)
    if as_json:
        emit_json({"proposals": [rejected], "executions": []})
        return
    say(f"{rejected.id}: {rejected.state}")


def _shown(door: Proposals, given: str, *, ask: bool) -> Proposal:
    """Return the proposal as it is shown now, or as somebody saw it who gives its hash. Raises `StateConflict` for another hash."""
    proposal_id, at, seen = given.partition("@")
    found = door.get(proposal_id)
    if at and len(seen) < SHOWN_HASH:
        raise BadInput(
            f"`{given}` has {len(seen)} characters of a hash",
            fix=f"give the {SHOWN_HASH} that `toll proposals show` prints",
        )
    if not found.hash.startswith(seen):
        raise StateConflict(
            f"proposal `{found.id}` is not the one with hash `{seen}` any more",
            fix=f"see `toll proposals show {found.id}`",
        )
    if not seen:
        for line in (*proposal_lines(found), *_exempt_lines(door, found), *plan_lines(_plan(door, found))):
            note(line)
        if ask and found.state == "pending":
            if not sys.stdin.isatty():
                raise StateConflict(
                    f"`{found.id}` was not approved, there is no terminal to ask at",
                    fix=f"give {found.id}@{found.hash[:SHOWN_HASH]}, or --yes",
                )
            if not typer.confirm("Approve this?", err=True):
                raise StateConflict(f"`{found.id}` was not approved", fix="nothing was done")
    return found


def _exempt_lines(door: Proposals, found: Proposal) -> list[str]:
    return [f"  {said}" for said in door.exempted([effective(found.action).target.resource_id])]


def _plan(door: Proposals, found: Proposal) -> Sequence[str] | str:
    """Return the calls that are still to be made, or why they are not known."""
    if found.state not in ("pending", "approved"):
        return ()
    try:
        return door.plan(found.id) or ("no call is needed",)
    except TollError as error:
        return str(error)


def _change(text: str) -> tuple[str, JsonValue]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise BadInput(f"`{text}` is not FIELD=VALUE", fix="write it as instance_type=m5.large")
    return name, int(value) if value.isdecimal() and name == "size_gib" else value


def _report(door: Proposals, ids: list[str], runs: list[Execution], *, as_json: bool) -> None:
    found = [door.get(proposal) for proposal in ids]
    if as_json:
        emit_json({"proposals": found, "executions": runs})
    else:
        for run in runs:
            for line in execution_lines(run):
                say(line)
        for proposal in found:
            hint = {
                "verified": f"; toll proposals undo {proposal.id} takes it back",
                "approved": "; waits to be executed",
            }
            say(f"{proposal.id}: {proposal.state}{hint.get(proposal.state, '')}")
    failed = [run.proposal for run in runs if not run.verified]
    if failed:
        raise CheckFailed(f"`{failed[0]}` is not verified: {runs[-1].error or 'the target is not as it should be'}",
                          fix=f"see `toll proposals show {failed[0]}`; `toll proposals undo {failed[0]}` takes it back")  # fmt: skip
