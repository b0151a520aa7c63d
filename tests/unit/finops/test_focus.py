import csv
import itertools
from collections import Counter
from pathlib import Path

import pytest

from finops.focus import (
    BY_NAME,
    COLUMNS,
    PREDECESSORS,
    SUCCESSORS,
    VERSIONS,
    Version,
    columns_of,
    detect_version,
    missing_columns,
    required_columns,
    substitutes,
)
from finops.focus_services import CATEGORY_OF, SERVICE_CATEGORIES, SUBCATEGORIES
from finops.query import CostQuery, dimension_key
from finops.tables import COST_COLUMNS


def names(version: Version) -> frozenset[str]:
    return frozenset(column.name for column in columns_of(version))


def test_the_columns_are_those_of_the_specification(shared_data: Path) -> None:
    with (shared_data / "focus" / "columns_1.2.csv").open(encoding="utf-8") as file:
        spec = list(csv.DictReader(file))
    assert [(c.name, c.type, c.level, str(c.nullable), ";".join(c.values)) for c in columns_of("1.2")] == [
        (r["column_id"], r["data_type"], r["feature_level"], r["allows_nulls"], r["allowed_values"]) for r in spec
    ]


def test_levels_count_as_published() -> None:
    assert Counter(column.level for column in columns_of("1.2")) == {
        "Mandatory": 21,
        "Conditional": 32,
        "Recommended": 4,
    }


@pytest.mark.parametrize(("version", "count"), [("1.0", 43), ("1.1", 50), ("1.2", 57), ("1.3", 65), ("1.4", 65)])
def test_a_version_has_as_many_columns_as_published(version: Version, count: int) -> None:
    assert len(columns_of(version)) == count


def test_a_later_version_has_every_column_of_the_earlier_but_the_two_removed() -> None:
    for earlier, later in itertools.pairwise(VERSIONS):
        assert names(earlier) - names(later) == (set(SUCCESSORS) if later == "1.4" else set())


def test_version_1_4_describes_three_earlier_columns_otherwise() -> None:
    before = {column.name: column for column in columns_of("1.3")}
    after = {column.name: column for column in columns_of("1.4")}
    changed = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    assert changed == {"InvoiceId", "PricingCurrency", "PricingCurrencyEffectiveCost"}
    assert after["InvoiceId"].level == "Conditional"
    assert not after["PricingCurrency"].nullable


def test_the_version_of_a_file_is_the_oldest_that_has_its_columns() -> None:
    assert detect_version(frozenset({"BilledCost", "Id"})) == "1.0"
    assert detect_version(frozenset({"BilledCost", "SkuMeter"})) == "1.1"
    assert detect_version(frozenset({"InvoiceId", "SkuMeter"})) == "1.2"
    assert detect_version(frozenset({"ServiceProviderName", "ProviderName"})) == "1.3"
    assert detect_version(frozenset({"ServiceProviderName", "InvoiceDetailId"})) == "1.4"


def test_a_file_with_columns_of_1_3_and_none_of_the_deprecated_is_of_1_4() -> None:
    assert detect_version(frozenset({"ServiceProviderName"})) == "1.4"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_with_every_column_of_a_version_is_of_that_version_and_lacks_none(version: Version) -> None:
    assert detect_version(names(version)) == version
    assert missing_columns(names(version)) == ()


def test_a_deprecated_column_is_not_required() -> None:
    assert "ProviderName" in required_columns("1.2")
    assert "ProviderName" not in required_columns("1.3")
    assert "ServiceProviderName" in required_columns("1.4")
    assert "HostProviderName" not in required_columns("1.4")


def test_a_column_is_not_missing_where_another_has_its_value() -> None:
    assert missing_columns(names("1.3") - {"ProviderName", "PublisherName"}) == ()
    assert missing_columns(names("1.3") - {"ServiceProviderName"}) == ()
    assert missing_columns(names("1.4") - {"ServiceProviderName", "BilledCost"}) == (
        "BilledCost",
        "ServiceProviderName",
    )


def test_a_removed_column_takes_its_value_from_its_successor() -> None:
    assert substitutes("ProviderName") == ("ServiceProviderName",)
    assert substitutes("ServiceProviderName") == ("PublisherName", "ProviderName")
    assert substitutes("BilledCost") == ()
    assert {n for many in (*SUCCESSORS.values(), *PREDECESSORS.values()) for n in many} <= BY_NAME.keys()


def test_a_column_of_the_lake_keeps_its_place_when_a_version_is_added() -> None:
    old = [c.name for c in columns_of("1.2")]
    assert list(COST_COLUMNS)[: len(old) + 2] == [*old, "x_Source", "x_Columns"]
    assert set(COST_COLUMNS) - {"x_Source", "x_Columns"} == {c.name for c in COLUMNS}


def test_every_subcategory_has_one_category() -> None:
    assert set(SUBCATEGORIES) == set(SERVICE_CATEGORIES)
    assert sum(map(len, SUBCATEGORIES.values())) == len(CATEGORY_OF) == 82
    assert CATEGORY_OF["Virtual Machines"] == "Compute"
    assert all(f"Other ({category})" in of for category, of in SUBCATEGORIES.items())


def test_a_tag_is_a_dimension_with_its_key() -> None:
    key = dimension_key("tag:team")
    assert (key.column, key.json_key) == ("Tags", "team")


@pytest.mark.parametrize("name", ["tag:Cost Centre", "tag:cost-centre", "tag:user:cost_centre"])
def test_a_tag_is_asked_for_in_any_spelling(name: str) -> None:
    assert dimension_key(name) == dimension_key("tag:cost_centre")
    assert CostQuery(group_by=(name,)).group_by == ("tag:cost_centre",)
