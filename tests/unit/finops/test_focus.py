import csv
from collections import Counter
from pathlib import Path

from finops.focus import COLUMNS, VERSIONS, columns_of, detect_version
from finops.query import dimension_key


def test_the_columns_are_those_of_the_specification(shared_data: Path) -> None:
    with (shared_data / "focus" / "columns_1.2.csv").open(encoding="utf-8") as file:
        spec = list(csv.DictReader(file))
    assert [(c.name, c.type, c.level, str(c.nullable), ";".join(c.values)) for c in COLUMNS] == [
        (r["column_id"], r["data_type"], r["feature_level"], r["allows_nulls"], r["allowed_values"]) for r in spec
    ]


def test_levels_count_as_published() -> None:
    assert Counter(column.level for column in COLUMNS) == {"Mandatory": 21, "Conditional": 32, "Recommended": 4}


def test_a_later_version_has_every_column_of_the_earlier() -> None:
    sizes = [len(columns_of(version)) for version in VERSIONS]
    assert sizes == sorted(sizes)
    assert set(columns_of("1.0")) < set(columns_of("1.1")) < set(columns_of("1.2"))


def test_the_version_of_a_file_is_the_newest_its_columns_need() -> None:
    assert detect_version(frozenset({"BilledCost", "Id"})) == "1.0"
    assert detect_version(frozenset({"BilledCost", "SkuMeter"})) == "1.1"
    assert detect_version(frozenset({"InvoiceId", "SkuMeter"})) == "1.2"


def test_a_tag_is_a_dimension_with_its_key() -> None:
    key = dimension_key("tag:cost centre")
    assert (key.column, key.json_key) == ("Tags", "cost centre")
