"""The whole suite in two processes: every case in one of them, and the two about as long."""

from evals.case import ActionCase, estate_of, needs_cloud
from evals.sharing import halves
from evals.suite import load, suites


def test_every_case_is_played_once_and_other_clouds_in_one_process_only() -> None:
    loaded = {name: load(name) for name in suites()}
    first, second = halves(loaded)
    cases = [case for of_suite in loaded.values() for case in of_suite]
    assert first | second == {case.id for case in cases}
    assert not first & second
    for case in cases:
        if isinstance(case, ActionCase) and (case.own_cloud or estate_of(case) == "dear"):
            assert case.id in first
        if not needs_cloud(case):
            assert case.id in second


def test_neither_process_has_more_than_twice_what_acts_takes() -> None:
    acting = {"actions": load("actions")}
    first, second = halves(acting)
    assert second
    assert len(first) < len(acting["actions"])


def test_questions_alone_are_played_in_one() -> None:
    assert halves({"wordings": load("wordings")})[0] == frozenset()
