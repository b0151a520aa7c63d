"""The steps of a case about an action: the real assistant, the real door, the real executors, and what happens past them."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from importlib.resources import files
from typing import Any, cast

from pydantic import JsonValue

from evals.action_case import ActionCase, Step
from evals.harness import Stage
from evals.played import StepPlayed
from finops.errors import BadInput, CheckFailed, TollError
from finops.evidence import seal
from finops.people import Principal
from gateway.acting import make_dossier
from gateway.aftercare import Aftercare
from gateway.compose import open_questions
from gateway.dossier import Dossier, parse_dossier, replay
from gateway.exemptions import Exemptions
from gateway.home import Home


def act(case: ActionCase, stage: Stage) -> tuple[StepPlayed, ...]:
    """Do every step in order and return what each came to, with the resource in the cloud before and after it."""
    played: list[StepPlayed] = []
    for step in case.steps:
        for number in range(1, step.times + 1):
            before = stage.seen(case.resource)
            text, error = _step(step, stage, number)
            after = stage.seen(case.resource)
            played.append(StepPlayed(do=step.do, text=text, error=error, before=before, after=after))
    return tuple(played)


def _step(step: Step, stage: Stage, number: int) -> tuple[str, str]:
    """Return what was answered, and the refusal's sentence."""
    person = stage.people.who(step.by)
    try:
        match step.do:
            case "ask" | "propose" | "edit" | "exempt" | "lift":
                said = _written(step, person, stage, number)
            case "forward" | "cloud" | "break" | "mend" | "rules" | "tamper":
                said = _around(step, stage)
            case _:
                said = _decided(step, person, stage)
    except TollError as error:
        return "", str(error)
    finally:
        stage.note_proposals()
    return said, ""


def _written(step: Step, person: Principal, stage: Stage, number: int) -> str:
    match step.do:
        case "ask":
            return stage.ask(person, step.text.replace("#", str(number))).answer
        case "propose":
            return _propose(step, person, stage, number)
        case "edit":
            return stage.door.edit(person, stage.about(step.about), step.action, "another value").state
        case "exempt":
            until = stage.clock().date() + timedelta(days=step.days)
            made = _exemptions(stage).add(person, stage.resource, until, step.text)
            return f"exempt until {made.until}"
        case _:
            (made,) = _exemptions(stage).list(past=False)
            return _exemptions(stage).lift(person, made.id).lifted


def _propose(step: Step, person: Principal, stage: Stage, number: int) -> str:
    """Hand the door evidence that the caller made: what it claims is in the result, or in the input where it is no fact."""
    action = cast(dict[str, JsonValue], json.loads(json.dumps(step.action).replace("#", str(number))))
    arguments: dict[str, JsonValue] = {"action": action, "reason": "it is approved already"}
    facts = {key: value for key, value in step.claims.items() if not key.startswith("input.")}
    arguments |= {key.removeprefix("input."): value for key, value in step.claims.items() if key not in facts}
    forged = seal(
        tool="propose_action", arguments=arguments, snapshot="made-up", as_of="2026-11-01", rows_read=1,
        result={"action": action, "facts": facts}, figures=(), formula="",
    )  # fmt: skip
    return stage.door.record(person, forged, "openai:made-up").state


def _exemptions(stage: Stage) -> Exemptions:
    return Exemptions(stage.door.records, open_questions(stage.home).data)


def _decided(step: Step, person: Principal, stage: Stage) -> str:
    proposal, door = stage.about(step.about), stage.door
    match step.do:
        case "approve":
            shown = door.get(stage.about(step.shown)).hash if step.shown else None
            return door.approve(person, proposal, step.text, shown).state
        case "reject":
            return door.reject(person, proposal, step.text or "not now").state
        case "execute":
            ran = door.execute(person, proposal)
            return "verified" if ran.verified else ran.error
        case "resume":
            return stage.assistant.resume_proposal(person, proposal).answer
        case "look":
            care = Aftercare(door.records, door.judge, lambda: open_questions(stage.home).data)
            return "; ".join(f"{one.found} {one.detail}" for one in care.look(person))
        case "dossier":
            return _replayed(step, stage, proposal)
        case _:
            ran = door.undo(person, proposal)
            return "undone" if ran.verified else ran.error


def _replayed(step: Step, stage: Stage, proposal: str) -> str:
    """Write a dossier, read it again as its reader would, and replay it; raises `CheckFailed` where anything is not as recorded."""
    made = json.loads(make_dossier(stage.home, proposal).model_dump_json())
    made["proposal"]["facts"] |= step.forge
    read: Dossier = parse_dossier("dossier.json", json.dumps(made))
    found = replay(read)
    if found.faults:
        raise CheckFailed("; ".join(found.faults), fix="do not trust it")
    return f"{found.decisions} decisions and {found.events} events hold"


def _around(step: Step, stage: Stage) -> str:
    match step.do:
        case "forward":
            stage.clock.now += timedelta(hours=step.hours)
        case "cloud":
            _ec2(stage, step.call, step.given)
        case "break":
            stage.broken = step.call
        case "mend":
            stage.broken = ""
        case "rules":
            _other_rules(step, stage)
        case _:
            with closing(sqlite3.connect(stage.home.path / "records.db")) as records, records:
                records.execute(step.sql)
    return step.do


def _ec2(stage: Stage, call: str, given: dict[str, Any]) -> None:
    if stage.cloud is None:
        raise BadInput("there is no cloud to do it in", fix="let the case be about the cloud")
    operations = cast(dict[str, str], stage.cloud.ec2.meta.method_to_api_mapping)
    (method,) = [name for name, api in operations.items() if api == call]
    getattr(stage.cloud.ec2, method)(**given)


def _other_rules(step: Step, stage: Stage) -> None:
    """Put the built-in rules with some of them changed in force, as whoever sets `TOLL_POLICIES` and starts anew."""
    folder = stage.home.path / "rules"
    if not folder.exists():
        folder.mkdir()
        for rule in files("policies").joinpath("rules").iterdir():
            if rule.name.endswith(".cedar"):
                (folder / rule.name).write_text(rule.read_text(encoding="utf-8"), encoding="utf-8")
    for name, text in step.rules.items():
        (folder / name).write_text(text, encoding="utf-8")
    stage.reopen(Home(stage.home.path, {**stage.home.environment, "TOLL_POLICIES": str(folder)}))
