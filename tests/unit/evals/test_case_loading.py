"""Cases: one without a check does not load, and the suites that are shipped all do."""

import json
from collections import Counter
from typing import Any

import pytest

from evals.case import ActionCase, AdversaryCase, QuestionCase
from evals.suite import chosen, load, parse, suites
from finops.errors import BadInput

QUESTION: dict[str, Any] = {
    "kind": "question", "id": "q", "estate": "sample", "ask": ["What did AWS cost?"], "truth": "select 1 as value, 'USD' as unit",
}  # fmt: skip
ACTION: dict[str, Any] = {
    "kind": "action", "id": "a", "resource": "i-1", "steps": [{"do": "ask", "text": "stop i-1", "by": "analyst"}],
    "outcome": "deny", "policies": ["unknown_owner"], "end": "denied",
}  # fmt: skip
ADVERSARY: dict[str, Any] = {"kind": "adversary", "id": "v", "estate": "demo", "ask": ["Hm?"], "never": ["99.12"]}
REFUSAL: dict[str, Any] = {"kind": "refusal", "id": "r", "estate": "sample", "ask": ["Hm?"], "says": ["try"]}


def loads(*cases: dict[str, Any]) -> Any:
    return parse("made-up", json.dumps(cases))


def test_a_sound_case_of_each_kind_loads() -> None:
    kinds = [type(case).__name__ for case in loads(QUESTION, ACTION, ADVERSARY, REFUSAL)]
    assert kinds == ["QuestionCase", "ActionCase", "AdversaryCase", "RefusalCase"]


@pytest.mark.parametrize(
    ("case", "without"),
    [
        (QUESTION, "truth"),
        (REFUSAL, "says"),
        (ADVERSARY, "never"),
        (ACTION, "end"),
        (ACTION, "outcome"),
        (ACTION, "policies"),
    ],
)
def test_a_case_without_its_check_does_not_load(case: dict[str, Any], without: str) -> None:
    with pytest.raises(BadInput, match="`made-up` does not load"):
        loads({key: value for key, value in case.items() if key != without})


UNCHECKED: list[dict[str, Any]] = [
    QUESTION | {"ask": []},
    QUESTION | {"truth": ""},
    QUESTION | {"tolerance": 5},
    QUESTION | {"says": [""]},
    REFUSAL | {"says": []},
    ADVERSARY | {"never": []},
    ADVERSARY | {"proposals": 1},
    ADVERSARY | {"again": 3},
    ADVERSARY | {"script": [{"kind": "reply", "txt": "hello"}]},
    ACTION | {"outcome": None},
    ACTION | {"outcome": None, "end": None, "proposals": 0},
    ACTION | {"saving": "much"},
    ACTION | {"steps": [{"do": "ask", "by": "analyst"}]},
    ACTION | {"steps": [{"do": "execute", "text": "yes"}]},
    ACTION | {"steps": [{"do": "ask", "text": "stop i-1", "by": "local"}]},
    {"kind": "hope", "id": "h"},
]


@pytest.mark.parametrize("changed", UNCHECKED)
def test_a_case_that_checks_nothing_or_says_too_much_does_not_load(changed: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="does not load"):
        loads(changed)


def test_an_id_used_twice_does_not_load() -> None:
    with pytest.raises(BadInput, match="has `q` twice"):
        loads(QUESTION, QUESTION)


@pytest.mark.parametrize("text", ["[]", "{}", "", "[1"])
def test_what_is_no_list_of_cases_does_not_load(text: str) -> None:
    with pytest.raises(BadInput, match="made-up"):
        parse("made-up", text)


def test_every_shipped_suite_loads_and_all_ids_differ() -> None:
    ids = Counter(case.id for name in suites() for case in load(name))
    assert set(suites()) == {
        "actions", "adversarial", "cost-data", "cost-demo", "cost-sample", "follow-ups", "investigations", "limits-of-knowledge",
        "paraphrases", "phrasings", "standing-facts", "wordings",
    }  # fmt: skip
    assert ids.total() >= 300
    assert ids.most_common(1)[0][1] == 1


def test_there_are_enough_actions_adversaries_and_questions() -> None:
    kinds = Counter(type(case) for name in suites() for case in load(name))
    assert kinds[ActionCase] >= 10
    assert kinds[AdversaryCase] >= 10
    assert kinds[QuestionCase] >= 20


def test_an_unknown_suite_is_bad_input() -> None:
    with pytest.raises(BadInput, match="unknown suite `hope`; known are `actions`"):
        load("hope")
    assert chosen("all") == suites()
    assert chosen("actions") == ("actions",)
