"""One spelling for a tag's key, whatever form the bill has."""

import json

import pytest

from connectors.billing.normal.tags import normal_tags
from finops.tag_keys import normal_key
from tests.unit.connectors.normal.lake_rows import AWS, AZURE, done, lake_rows, normal


def tags(raw: str) -> dict[str, object]:
    found = normal_tags(raw)
    return json.loads(found.text if found else raw)


@pytest.mark.parametrize(
    ("key", "normal"),
    [
        ("Team", "team"),
        ("user:Team", "team"),
        ("resourceTags/user:Cost Centre", "cost_centre"),
        ("labels/cost-centre", "cost_centre"),
        ("COST_CENTRE", "cost_centre"),
        ("Cost - Centre", "cost_centre"),
        ("  team ", "team"),
        ("Größe", "größe"),
        ("kubernetes.io/Name", "kubernetes.io/name"),
        ("aws:createdBy", "aws:createdBy"),
        ("resourceTags/aws:createdBy", "aws:createdBy"),
        ("goog-k8s-cluster-name", "goog-k8s-cluster-name"),
        ("user_name", "user_name"),
        ("user:", "user:"),
        ("", ""),
    ],
)
def test_a_key_has_one_spelling(key: str, normal: str) -> None:
    assert normal_key(key) == normal
    assert normal_key(normal) == normal


def test_an_object_with_standard_keys_is_not_rewritten() -> None:
    assert normal_tags('{"team": "web",  "env":"prod", "aws:createdBy": "x"}') is None
    assert normal_tags("{}") is None


def test_values_never_change() -> None:
    raw = '{"Team": "Web-A B", "Flag": true, "None": null, "Many": [1, {"Deep Key": "x"}], "N": 12345678901234567890}'
    assert list(tags(raw).values()) == list(json.loads(raw).values())


def test_azure_s_pairs_without_braces_become_an_object() -> None:
    assert tags('"Team": "web","cost-centre": "42"') == {"team": "web", "cost_centre": "42"}


def test_labels_as_bigquery_writes_them_become_an_object() -> None:
    assert tags('[{"key":"team","value":"web"},{"key":"Env","value":"p"}]') == {"team": "web", "env": "p"}


def test_the_map_of_aws_cost_and_usage_report_2_says_whose_each_tag_is() -> None:
    assert tags('{"user_Team":"web","aws_createdBy":"x"}') == {"team": "web", "aws:createdBy": "x"}
    assert tags('{"user_id":"1","team":"web"}') == {"user_id": "1", "team": "web"}


@pytest.mark.parametrize("raw", ["web", "[1]", '[{"key":"a"}]', '{"a":', '"a"', "[" * 100_000, '{"a": 1} x'])
def test_a_text_that_cannot_be_read_stays(raw: str) -> None:
    assert normal_tags(raw) is None


def test_equal_values_of_one_key_are_one_tag() -> None:
    found = normal_tags('{"Team":"web","team":"web"}')
    assert found is not None
    assert (found.text, found.collisions) == ('{"team":"web"}', ())


@pytest.mark.parametrize("raw", ['{"team":"a","Team":"b"}', '{"Team":"b","team":"a"}'])
def test_of_different_values_of_one_key_both_stay_and_the_standard_spelling_has_the_key(raw: str) -> None:
    found = normal_tags(raw)
    assert tags(raw) == {"team": "a", "Team": "b"}
    assert found is None or found.collisions == ("team",)


def test_of_two_spellings_neither_standard_the_first_has_the_key() -> None:
    assert tags('{"TEAM":"a","Team":"b"}') == {"team": "a", "Team": "b"}


def test_tags_of_a_bill_are_rewritten_and_kept() -> None:
    (row,) = normal({**AWS, "Tags": '{"user:Team":"web"}'})
    assert row["Tags"] == '{"team":"web"}'
    assert json.loads(str(row["x_Columns"])) == {"RawTags": '{"user:Team":"web"}'}


@pytest.mark.parametrize(
    "raw",
    ['{"user:team":"x"}', '{"labels/team":"x"}', '{"é-a":"x"}', '{"É":"x"}', '{"a b":"x"}', '{"user_team":"x"}',
     '{"resource_tags_user_team":"x"}', '"team":"x"', '[{"key":"team","value":"x"}]', '{"a\\"B":"x"}', '{"aws_by":"x"}', '{ " a":1}'],
)  # fmt: skip
def test_every_form_to_rewrite_is_found_among_a_bill_s_texts(raw: str) -> None:
    assert normal_tags(raw) is not None
    (row,) = normal({**AZURE, "Tags": raw})
    assert "x_Columns" in row


def test_a_collision_is_told_with_its_rows() -> None:
    with lake_rows(*[{**AWS, "Tags": '{"Team":"a","team":"b"}'}] * 3, {**AWS, "Tags": '{"Team":"a"}'}) as connection:
        (warning,) = done(connection, "bill").warnings
    assert (warning.code, warning.rows) == ("tag_collision", 3)
    assert "`team`" in warning.message


def test_ten_thousand_keys_are_rewritten() -> None:
    raw = json.dumps({f"Key-{i}": str(i) for i in range(10_000)})
    (row,) = normal({**AWS, "Tags": raw})
    assert len(json.loads(str(row["Tags"]))) == 10_000
