"""Rules: what they may say, and that every row falls to exactly one value, decided by the first rule that holds."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from finops.allocation import UNALLOCATED, Allocation, When, kind_key, rule_key, virtual_condition, virtual_key
from finops.errors import ToolError, UnknownName
from finops.relational import Aggregate, Operator, Question
from tests.unit.tools.fake_data import FakeData, Row, bill_row

DAY = date(2024, 9, 1)


def rules(*listed: dict[str, Any], pools: dict[str, Any] | None = None) -> Allocation:
    team = {"rules": list(listed), "pools": pools or {}}
    return Allocation.model_validate({"version": "1", "dimensions": {"team": team}})


def teams(allocation: Allocation, *rows: Row) -> list[object]:
    key = virtual_key(allocation, "virtual:team")
    answers = [FakeData([row]).ask(Question("cost", (Aggregate("rows", "count"),), (key,))) for row in rows]
    return [value for answer in answers for value in answer.column(key.name)]


def holds(when: dict[str, Any], row: Row) -> bool:
    return teams(rules({"value": "yes", "where": when}), row) == ["yes"]


def test_the_first_rule_that_holds_decides() -> None:
    found = rules({"value": "First", "where": {"dimension": "RegionId", "is": "us-east-1"}}, {"value": "Second"})
    assert teams(found, bill_row(DAY, "1"), bill_row(DAY, "1", RegionId="eu-west-1")) == ["First", "Second"]


def test_what_no_rule_takes_is_unallocated() -> None:
    assert teams(rules({"from": "tag:team"}), bill_row(DAY, "1")) == [UNALLOCATED]


def test_a_tag_is_copied_and_its_spellings_are_mapped() -> None:
    found = rules({"from": "tag:team", "map": {"platform-eng": "Platform", "plat": "Platform"}})
    rows = [bill_row(DAY, "1", Tags=f'{{"team": "{value}"}}') for value in ("platform-eng", "plat", "Data")]
    assert teams(found, *rows) == ["Platform", "Platform", "Data"]


def test_a_spelling_that_is_not_mapped_can_be_left_to_the_next_rule() -> None:
    found = rules({"from": "tag:team", "map": {"plat": "Platform"}, "unmapped": "skip"}, {"value": "Others"})
    assert teams(found, bill_row(DAY, "1", Tags='{"team": "x"}')) == ["Others"]


def test_a_copied_value_that_is_reserved_is_kept_apart() -> None:
    listed = [
        {"shared": "net", "where": {"dimension": "ServiceName", "is": "Net"}},
        {"from": "tag:team"},
        {"from": "RegionId"},
    ]
    allocation = rules(*listed, pools={"net": {"by": "direct"}})
    tags = ("unallocated", "shared: net", "shared: other")
    rows = [bill_row(DAY, "1", Tags=f'{{"team": "{tag}"}}') for tag in tags]
    rows += [bill_row(DAY, "1", RegionId=one, ServiceName=name) for one, name in (("unallocated", "S3"), ("x", "Net"))]
    rows += [bill_row(DAY, "1", RegionId=None)]
    assert teams(allocation, *rows) == [
        "tag value: unallocated", "tag value: shared: net", "shared: other", "column value: unallocated", "shared: net",
        "unallocated",
    ]  # fmt: skip


def test_an_empty_tag_is_no_tag() -> None:
    assert teams(rules({"from": "tag:team"}, {"value": "Others"}), bill_row(DAY, "1", Tags='{"team": ""}')) == [
        "Others"
    ]


def test_a_resource_changes_hands_on_a_day() -> None:
    before = {"value": "Old", "where": [{"charged_before": "2024-09-10"}]}
    rows = [bill_row(date(2024, 9, 9), "1"), bill_row(date(2024, 9, 10), "1")]
    assert teams(rules(before, {"value": "New", "where": {"charged_from": "2024-09-10"}}), *rows) == ["Old", "New"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"dimension": "ServiceName", "is": ["Amazon EC2", "x"]}, True),
        ({"dimension": "ServiceName", "is_not": "Amazon EC2"}, False),
        ({"dimension": "ResourceId", "is_not": "i-1"}, True),
        ({"dimension": "ServiceName", "contains": "ec2"}, True),
        ({"dimension": "ServiceName", "starts": "amazon"}, True),
        ({"dimension": "ResourceId", "missing": "true"}, True),
        ({"dimension": "ResourceId", "present": "true"}, False),
        ({"not": {"dimension": "ServiceName", "contains": "ec2"}}, False),
        ({"not": {"dimension": "ResourceId", "starts": "i-"}}, True),
        ({"not": {"not": {"dimension": "ServiceName", "contains": "ec2"}}}, True),
        ({"any": [{"dimension": "ResourceId", "present": "true"}, {"dimension": "RegionId", "is": "us-east-1"}]}, True),
        ({"all": [{"dimension": "ResourceId", "missing": "true"}, {"dimension": "RegionId", "is": "eu"}]}, False),
        ({"not": {"any": [{"dimension": "RegionId", "is": "eu"}, {"charged_from": "2025-01-01"}]}}, True),
        ({"charged_from": "2024-09-01", "charged_before": "2024-09-02"}, True),
    ],
)
def test_a_condition_holds_or_not(when: dict[str, Any], *, expected: bool) -> None:
    assert holds(when, bill_row(DAY, "1", ResourceId=None)) is expected


LEAVES = st.sampled_from(
    [
        {"dimension": "RegionId", "is": "a"}, {"dimension": "RegionId", "is_not": "a"},
        {"dimension": "RegionId", "missing": "true"}, {"dimension": "RegionId", "contains": "a"},
        {"dimension": "ServiceName", "starts": "b"}, {"dimension": "tag:k", "present": "true"},
        {"charged_from": "2024-09-02"}, {"charged_before": "2024-09-02"},
    ]
)  # fmt: skip
CONDITIONS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=5,
)


@st.composite
def bill_rows(draw: st.DrawFn) -> Row:
    return bill_row(
        date(2024, 9, draw(st.integers(1, 3))),
        "1",
        RegionId=draw(st.sampled_from([None, "a", "ba", "c"])),
        ServiceName=draw(st.sampled_from(["b", "ab"])),
        Tags=draw(st.sampled_from([None, "{}", '{"k": "v"}'])),
    )


ROWS = bill_rows()


def deep(condition: dict[str, Any]) -> int:
    inner = [*condition.get("any", []), *condition.get("all", []), *([condition["not"]] if "not" in condition else [])]
    return 1 + max(map(deep, inner), default=0)


@given(condition=CONDITIONS.filter(lambda one: deep(one) < 8), row=ROWS)
def test_a_condition_and_its_negation_never_agree(condition: dict[str, Any], row: Row) -> None:
    assert holds(condition, row) is not holds({"not": condition}, row)


@given(conditions=st.lists(CONDITIONS.filter(lambda one: deep(one) <= 8), min_size=1, max_size=4), row=ROWS)
def test_every_row_has_one_value_that_of_the_first_condition_that_holds(
    conditions: list[dict[str, Any]], row: Row
) -> None:
    found = rules(*({"value": f"v{place}", "where": one} for place, one in enumerate(conditions)))
    first = next((f"v{place}" for place, one in enumerate(conditions) if holds(one, row)), UNALLOCATED)
    assert teams(found, row) == [first]


@given(row=ROWS)
def test_value_kind_and_rule_of_a_row_agree(row: Row) -> None:
    found = rules(
        {"from": "tag:k", "map": {"v": "V"}}, {"shared": "pool", "where": {"dimension": "RegionId", "contains": "a"}},
        {"value": "C", "where": {"dimension": "RegionId", "is": "c"}}, pools={"pool": {"by": "even"}},
    )  # fmt: skip
    keys = (virtual_key(found, "team"), kind_key(found, "team"), rule_key(found, "team"))
    answer = FakeData([row]).ask(Question("cost", (Aggregate("rows", "count"),), keys))
    assert answer.rows[0][:3] in {
        ("V", "direct", "1"), ("shared: pool", "shared: pool", "2"), ("C", "direct", "3"), (UNALLOCATED,) * 3,
    }  # fmt: skip


def test_missing_filters_what_is_unallocated() -> None:
    found = rules({"from": "tag:team"})
    data = FakeData([bill_row(DAY, "1"), bill_row(DAY, "2", Tags='{"team": "A"}')])
    asked = Question("cost", (Aggregate("n", "sum", "BilledCost"),))
    cases: tuple[tuple[Operator, int], ...] = (("missing", 1), ("present", 2))
    for operator, expected in cases:
        condition = virtual_condition(found, "virtual:team", operator, ())
        assert data.ask(Question("cost", asked.aggregates, where=(condition,))).rows == ((expected,),)


def test_a_name_without_rules_says_which_there_are() -> None:
    with pytest.raises(UnknownName, match=r"unknown virtual dimension `virtual:teem`; did you mean `virtual:team`\?"):
        virtual_key(rules({"from": "tag:team"}), "virtual:teem")


def test_without_any_rules_the_fix_is_to_load_some() -> None:
    with pytest.raises(ToolError, match="toll allocation load FILE"):
        virtual_key(None, "virtual:team")


FIXED = {"by": "fixed", "percent": {"A": "60", "B": "40"}}


@pytest.mark.parametrize(
    ("rule", "pools", "fault"),
    [
        ({"value": "A", "from": "tag:team"}, {}, "exactly one of value, from, shared"),
        ({}, {}, "exactly one of value, from, shared"),
        ({"value": "A", "map": {"a": "b"}}, {}, "map and unmapped belong to `from`"),
        ({"value": "Unallocated"}, {}, "reserved"),
        ({"value": "shared: x"}, {}, "reserved"),
        ({"from": "virtual:product"}, {}, "itself made of rules"),
        ({"from": "ServceName"}, {}, "did you mean `ServiceName`"),
        ({"from": "BilledCost"}, {}, "unknown dimension"),
        ({"shared": "pool"}, {}, "not under pools"),
        ({"value": "A"}, {"pool": {"by": "even"}}, "has no rule"),
        ({"shared": "p"}, {"p": {"by": "fixed"}}, "needs percent"),
        ({"shared": "p"}, {"p": {**FIXED, "percent": {"A": "60", "B": "39.9"}}}, "adds up to 99.9"),
        ({"shared": "p"}, {"p": {**FIXED, "percent": {"A": "1e-400", "B": "100"}}}, "does not add up exactly"),
        ({"shared": "p"}, {"p": {**FIXED, "percent": {"A": "1e-40", "B": "100"}}}, "adds up to 100.0"),
        ({"shared": "p"}, {"p": {**FIXED, "percent": {"A": "160", "B": "-60"}}}, "all of them positive"),
        ({"shared": "p"}, {"p": {"by": "even", "targets": ["unallocated"]}}, "`unallocated` is reserved"),
        ({"shared": "p"}, {"p": {**FIXED, "percent": {"Unallocated": "100"}}}, "`Unallocated` is reserved"),
        ({"shared": "p"}, {"p": {"by": "usage", "metric": "BilledCost"}}, "cannot go by BilledCost"),
        ({"shared": "p"}, {"p": {"by": "even", "metric": "BilledCost"}}, "no metric and no where"),
        ({"value": "A", "where": {"dimension": "RegionId"}}, {}, "exactly one of is, is_not"),
        ({"value": "A", "where": {"is": "x"}}, {}, "exactly one of dimension"),
        ({"value": "A", "where": {"dimension": "RegionId", "missing": "false"}}, {}, "write `missing: true`"),
        (
            {"value": "A", "where": {"charged_from": "2024-09-02", "charged_before": "2024-09-02"}},
            {},
            "no day is within",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(rule: dict[str, Any], pools: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        rules(rule, pools=pools)


def test_conditions_nested_without_end_are_refused() -> None:
    condition: dict[str, Any] = {"dimension": "RegionId", "is": "a"}
    for _ in range(8):
        condition = {"not": condition}
    with pytest.raises(ValidationError, match="deeper than 8"):
        When.model_validate(condition)
