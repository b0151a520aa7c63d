"""Suites: files of cases. One that does not load, or names what the estate does not have, is an error and never a score."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import cast

from pydantic import JsonValue, TypeAdapter, ValidationError

from evals.case import Case
from evals.placeholders import fill
from finops.errors import BadInput

_CASES: TypeAdapter[tuple[Case, ...]] = TypeAdapter(tuple[Case, ...])
_CASE: TypeAdapter[Case] = TypeAdapter(Case)
ALL = "all"


def suites() -> tuple[str, ...]:
    """Return the names of the suites, in order."""
    found = (entry.name for entry in files("evals.suites").iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))


def chosen(name: str) -> tuple[str, ...]:
    """Return the suites `name` stands for: one, or every one for `all`; raises `BadInput`."""
    if name != ALL and name not in suites():
        raise BadInput(f"unknown suite `{name}`", fix=f"known are {', '.join(f'`{s}`' for s in suites())} and `{ALL}`")
    return suites() if name == ALL else (name,)


def load(suite: str) -> tuple[Case, ...]:
    """Return the cases of one suite, placeholders in place; raises `BadInput` for an unknown one or one that does not load."""
    (name,) = chosen(suite) if suite != ALL else ("",)
    if not name:
        raise BadInput("`all` is no single suite", fix="load one after another")
    return parse(name, files("evals.suites").joinpath(f"{name}.json").read_text(encoding="utf-8"))


def parse(suite: str, text: str) -> tuple[Case, ...]:
    """Read the text of a suite; raises `BadInput` for a case without a check, a field too many or an id used twice."""
    try:
        cases = _CASES.validate_json(text)
    except ValidationError as error:
        raise BadInput(
            f"suite `{suite}` does not load, {_first(error)}", fix="mend the case; each needs a check"
        ) from error
    ids = [case.id for case in cases]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice or not ids:
        raise BadInput(
            f"suite `{suite}` {f'has `{twice[0]}` twice' if twice else 'is empty'}", fix="give each case its own id"
        )
    return cases


def resolved(case: Case, value_of: Callable[[str], str]) -> Case:
    """Return the case with each placeholder replaced by what `value_of` its path is; raises `BadInput` for one unknown."""
    raw = cast(JsonValue, _CASE.dump_python(case, mode="json"))
    try:
        return _CASE.validate_json(json.dumps(fill(raw, value_of)))
    except ValidationError as error:
        raise BadInput(f"case `{case.id}` does not load, {_first(error)}", fix="mend its placeholders") from error


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    return f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}"
