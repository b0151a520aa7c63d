"""Where rule files come from: the built-in ones, or the folder `TOLL_POLICIES` names instead. All policy I/O is here.

A folder holds `*.cedar`, one rule a file, and may hold `cases/*.json`. It replaces every built-in rule, never the schema: what a rule
may see is what the engine hands in.
"""

from collections.abc import Iterable
from functools import lru_cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import ValidationError

from finops.errors import BadFile, BadInput
from gateway.home import Home
from gateway.judging import verdict
from policies.backtest import BacktestReport, RecordedDecision, backtest
from policies.cases import Case, CaseReport, parse_cases, run_cases
from policies.check import PolicyFinding, check
from policies.engine import Engine
from policies.explain import Explanation, explain
from policies.freezes import Freeze, parse_freezes
from policies.request import PolicyRequest

_SCHEMA = "schema.cedarschema"


def load_engine(home: Home) -> Engine:
    """Return the engine over the rules in force. Raises `BadInput` where one cannot be used: nothing starts on broken rules.

    Nor on rules that permit nothing: whoever wanted that would not propose, and a folder that lacks its permit is a slip.
    """
    engine = engine_of(_rule_folder(home.policies))
    if all(rule.effect == "forbid" for rule in engine.rules.values()):
        raise BadInput(
            f"the policy folder `{home.policies}` holds no rule that permits",
            fix="add one, such as the built-in `approved_by_a_person`",
        )
    return engine


def load_engine_from(folder: Path) -> Engine:
    """Return the engine over the rules in `folder`: what `toll policy backtest` tries before they are in force."""
    return engine_of(_rule_folder(folder))


def engine_of(folder: Traversable) -> Engine:
    """Return the engine over the `*.cedar` files of one folder."""
    rules = _texts(folder, ".cedar")
    if not rules:
        raise BadInput(
            f"the policy folder `{folder}` holds no `.cedar` file", fix="put one there, or unset `TOLL_POLICIES`"
        )
    return _engine(tuple(sorted(rules.items())), schema_text())


# A process that opens many doors (a web app, an eval) has one set of rules. An engine is immutable and follows from its texts alone.
@lru_cache(maxsize=4)
def _engine(rules: tuple[tuple[str, str], ...], schema: str) -> Engine:
    return Engine(dict(rules), schema)


def load_freezes(home: Home) -> tuple[Freeze, ...]:
    """Return the change freezes in `TOLL_HOME/freezes.toml`, none without one. Raises `BadFile`: nothing starts on a broken calendar."""
    file = home.path / "freezes.toml"
    return parse_freezes(file.name, _read(file)) if file.exists() else ()


def schema_text() -> str:
    """Return the schema every rule is held against."""
    return _read(files("policies") / _SCHEMA)


def load_cases(home: Home) -> tuple[Case, ...]:
    """Return the cases beside the rules in force, in order of file. Raises `BadFile`."""
    folder = (home.policies if home.policies else files("policies")) / "cases"
    texts = _texts(folder, ".json") if folder.is_dir() else {}
    return tuple(case for name in sorted(texts) for case in parse_cases(name, texts[name]))


def run_policy_tests(home: Home) -> CaseReport:
    """Run every case against the rules in force. Raises `BadInput` where there is none."""
    cases = load_cases(home)
    if not cases:
        raise BadInput(f"there are no policy cases in `{home.policies}/cases`", fix="write one for each rule")
    return run_cases(load_engine(home), cases)


def check_file(path: Path) -> tuple[PolicyFinding, ...]:
    """Return every fault of one rule file. Raises `BadFile` where it cannot be read."""
    if path.suffix != ".cedar":
        raise BadFile(f"`{path}` is not a rule file", fix="name it POLICY_ID.cedar")
    return check(path.stem, _read(path), schema_text())


def explain_file(home: Home, path: Path) -> Explanation:
    """Explain the decision on the request in a JSON file. Raises `BadFile` where it holds no request."""
    try:
        request = PolicyRequest.model_validate_json(_read(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadFile(
            f"`{path}` holds no policy request, `{where}`: {first['msg']}",
            fix="give action, facts, at and circumstances",
        ) from error
    return explain(load_engine(home), request)


def explain_decision(home: Home, recorded: RecordedDecision) -> Explanation:
    """Explain what the rules in force say of a recorded decision's request; its target was observed as it was then."""
    engine = load_engine(home)
    decision = verdict(engine, recorded.request, recorded.observed)
    return explain(engine, recorded.request).model_copy(update={"decision": decision})


def backtest_decisions(engine: Engine, recorded: Iterable[RecordedDecision | None]) -> BacktestReport:
    """Compare what `engine` decides on what recorded decisions were taken on with what was decided then."""
    return backtest(recorded, partial(verdict, engine), engine.version)


def _rule_folder(folder: Path | None) -> Traversable:
    if folder is None:
        return files("policies") / "rules"
    if not folder.is_dir():
        raise BadInput(
            f"the policy folder `{folder}` does not exist", fix="set `TOLL_POLICIES` to a folder of `.cedar` files"
        )
    return folder


def _texts(folder: Traversable, suffix: str) -> dict[str, str]:
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(suffix)), key=lambda entry: entry.name)
    return {entry.name.removesuffix(suffix): _read(entry) for entry in found}


def _read(file: Traversable) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadFile(f"`{file}` is not UTF-8 at byte {error.start}", fix="save it as UTF-8") from error
    except OSError as error:
        raise BadFile(
            f"`{file}` cannot be read, {error.strerror or error}", fix="give a file that can be read"
        ) from error
