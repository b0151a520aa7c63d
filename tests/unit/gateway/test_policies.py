"""Where rule files come from, and what is said of those that cannot be used."""

from pathlib import Path

import pytest

from finops.errors import BadFile, BadInput
from gateway.home import Home
from gateway.policies import (
    backtest_decisions,
    check_file,
    explain_decision,
    explain_file,
    load_cases,
    load_engine,
    load_engine_from,
    run_policy_tests,
    schema_text,
)  # fmt: skip
from tests.unit.policies.estate import RULES, proposal, recorded, request

REFUSE_ALL = '@reason("nothing may change today")\nforbid (principal, action, resource);\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    (made / "freeze.cedar").write_text(REFUSE_ALL, encoding="utf-8")
    (made / "approved_by_a_person.cedar").write_text(RULES["approved_by_a_person"], encoding="utf-8")
    return made


def with_rules(home: Home, folder: Path) -> Home:
    return Home(home.path, {"TOLL_POLICIES": str(folder)})


def test_built_in_rules_are_loaded_by_default(home: Home) -> None:
    assert set(load_engine(home).rules) == set(RULES)


def test_folder_of_rules_replaces_the_built_in_ones(home: Home, folder: Path) -> None:
    engine = load_engine(with_rules(home, folder))
    assert engine.decide(request()).policies == ("freeze",)
    assert engine.version == load_engine_from(folder).version != load_engine(home).version


def test_built_in_rules_pass_every_case(home: Home) -> None:
    report = run_policy_tests(home)
    assert report.cases >= 30
    assert (report.passed, report.failed, report.uncovered) == (report.cases, (), ())


def test_cases_of_a_folder_are_its_own(home: Home, folder: Path) -> None:
    assert load_cases(with_rules(home, folder)) == ()
    with pytest.raises(BadInput, match="there are no policy cases in"):
        run_policy_tests(with_rules(home, folder))


def test_cases_in_a_folder_are_run_against_its_rules(home: Home, folder: Path) -> None:
    (folder / "cases").mkdir()
    case = '{"name": "frozen", "change": {}, "expect": {"outcome": "deny", "policies": ["freeze"], "reason": ["may change"]}}'
    (folder / "cases" / "all.json").write_text(
        f'{{"base": {request().model_dump_json()}, "cases": [{case}]}}', encoding="utf-8"
    )
    assert run_policy_tests(with_rules(home, folder)).passed == 1


def test_folder_that_does_not_exist_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        load_engine(with_rules(home, tmp_path / "nowhere"))


def test_folder_without_a_rule_is_refused(home: Home, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no `\.cedar` file"):
        load_engine(with_rules(home, tmp_path))


def test_broken_rule_refuses_the_start(home: Home, folder: Path) -> None:
    (folder / "broken.cedar").write_text('@reason("x")\nforbid (principal', encoding="utf-8")
    with pytest.raises(BadInput, match=r"broken\.cedar:2:18: it does not parse"):
        load_engine(with_rules(home, folder))


def test_rule_that_is_not_utf_8_is_refused(home: Home, folder: Path) -> None:
    (folder / "latin.cedar").write_bytes(REFUSE_ALL.replace("today", "d\xe9j\xe0").encode("latin-1"))
    with pytest.raises(BadFile, match="is not UTF-8 at byte"):
        load_engine(with_rules(home, folder))


def test_check_of_a_sound_file_finds_nothing(folder: Path) -> None:
    assert check_file(folder / "freeze.cedar") == ()


def test_check_of_a_faulty_file_says_where(folder: Path) -> None:
    (folder / "freeze.cedar").write_text(REFUSE_ALL.replace("resource)", "resourc)"), encoding="utf-8")
    assert "freeze.cedar:2:28" in str(check_file(folder / "freeze.cedar")[0])


@pytest.mark.parametrize(("name", "message"), [("gone.cedar", "cannot be read"), ("rule.txt", "is not a rule file")])
def test_check_of_no_rule_file_is_refused(folder: Path, name: str, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        check_file(folder / name)


def test_request_in_a_file_is_explained(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(request(environment="prod").model_dump_json(), encoding="utf-8")
    assert explain_file(home, file).decision.policies == ("protected_environment",)


def test_recorded_proposal_is_explained_by_the_rules_in_force(home: Home, folder: Path) -> None:
    assert explain_decision(home, recorded(proposal(1, environment="prod"))).decision.policies == (
        "protected_environment",
    )
    assert explain_decision(with_rules(home, folder), recorded(proposal(1))).decision.policies == ("freeze",)


def test_file_without_a_request_is_refused(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(BadFile, match="holds no policy request, `action`"):
        explain_file(home, file)


def test_recorded_proposals_are_judged_again(home: Home, folder: Path) -> None:
    report = backtest_decisions(load_engine_from(folder), (recorded(proposal(1)), recorded(proposal(2))))
    assert (report.compared, report.stricter) == (2, 2)
    assert backtest_decisions(load_engine(home), (recorded(proposal(1)),)).changed == ()


def test_schema_is_the_same_whatever_the_rules(home: Home, folder: Path) -> None:
    assert 'action "resize_instance"' in schema_text()
    assert load_engine(with_rules(home, folder)).schema
