"""Decision cases: a request, the decision expected, the rules that decide and the words of the reason. The rules' own tests."""

import json
from typing import Annotated, cast

from pydantic import Field, JsonValue, ValidationError

from finops.actions import Decision, Outcome
from finops.errors import BadFile
from finops.query import Frozen
from policies.engine import Engine
from policies.request import PolicyRequest


class Expected(Frozen):
    """What must come out. `policies` are all that decide, in order of id; each text must stand in one of the reasons."""

    outcome: Outcome
    policies: tuple[str, ...]
    reason: Annotated[tuple[str, ...], Field(min_length=1)]


class Case(Frozen):
    """One case. A case without an expectation does not load."""

    id: str
    request: PolicyRequest
    expect: Expected


class _Entry(Frozen):
    """A case as its file has it: what differs from the file's base request, by dotted path."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    change: dict[str, JsonValue]
    expect: Expected


class _CaseFile(Frozen):
    base: dict[str, JsonValue]
    cases: Annotated[tuple[_Entry, ...], Field(min_length=1)]


class CaseFailure(Frozen):
    """A case that did not come out as expected, and how."""

    id: str
    expected: Expected
    decided: Decision


class CaseReport(Frozen):
    """What a run of cases showed. `uncovered` are rules that no case expects to decide."""

    cases: int
    passed: int
    failed: tuple[CaseFailure, ...]
    uncovered: tuple[str, ...]
    policy_version: str


def parse_cases(name: str, text: str) -> tuple[Case, ...]:
    """Return the cases of one file, ids `FILE/NAME`. Raises `BadFile` where any is not whole."""
    try:
        file = _CaseFile.model_validate_json(text)
        cases = tuple(
            Case(id=f"{name}/{one.name}", request=_changed(file.base, one.change), expect=one.expect)
            for one in file.cases
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadFile(
            f"the policy cases `{name}` do not load, `{where}`: {first['msg']}", fix="mend the file"
        ) from error
    except KeyError as error:
        fix = "a change names a path of the base request"
        raise BadFile(f"the policy cases `{name}` change {error}, which is not in their base", fix=fix) from error
    names = [case.id for case in cases]
    if len(set(names)) < len(names):
        raise BadFile(f"the policy cases `{name}` name a case twice", fix="give each a name of its own")
    return cases


def run_cases(engine: Engine, cases: tuple[Case, ...]) -> CaseReport:
    """Decide each case and compare."""
    failed: list[CaseFailure] = []
    for case in cases:
        decided = engine.decide(case.request)
        if not _as_expected(case.expect, decided):
            failed.append(CaseFailure(id=case.id, expected=case.expect, decided=decided))
    covered = {name for case in cases for name in case.expect.policies}
    return CaseReport(
        cases=len(cases),
        passed=len(cases) - len(failed),
        failed=tuple(failed),
        uncovered=tuple(sorted(set(engine.rules) - covered)),
        policy_version=engine.version,
    )


def _as_expected(expected: Expected, decided: Decision) -> bool:
    same = (decided.outcome, decided.policies) == (expected.outcome, expected.policies)
    return same and all(any(text in reason for reason in decided.reasons) for text in expected.reason)


def _changed(base: dict[str, JsonValue], change: dict[str, JsonValue]) -> PolicyRequest:
    """Return the base request with each path replaced. Raises `KeyError` on a path the base does not have."""
    # A copy by way of JSON shares nothing with the base.
    request = cast(dict[str, JsonValue], json.loads(json.dumps(base)))
    for path, value in change.items():
        *parents, last = path.split(".")
        node = request
        for parent in parents:
            node = cast(dict[str, JsonValue], node[parent])
        if last not in node:
            raise KeyError(path)
        node[last] = value
    return PolicyRequest.model_validate_json(json.dumps(request))
