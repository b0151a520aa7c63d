"""The mapping tables themselves: complete, within what FOCUS allows, and each header one format's only."""

from collections.abc import Sequence

import pytest

from connectors.billing.formats import FORMATS, MAPPED, Format, by_header, table_of
from connectors.billing.formats.detect import AMORTIZED
from connectors.billing.formats.table import lookup_table
from finops.focus import BY_NAME, columns_of
from finops.focus_services import SUBCATEGORIES
from tests.unit.connectors.bills import COLUMNS
from tests.unit.connectors.formats import exports

LOOKUPS = ("aws_services", "azure_services", "gcp_services", "oci_services")
_cur_2 = [exports.snake(n) for n in exports.CUR_COLUMNS if not n.startswith("resourceTags")]
HEADERS: dict[str, tuple[tuple[Format, ...], Sequence[str]]] = {
    "legacy report, CSV": (("aws-cur",), exports.CUR_COLUMNS),
    "legacy report, Athena": (("aws-cur",), [exports.snake(name) for name in exports.CUR_COLUMNS]),
    "CUR 2.0": (("aws-cur-2",), [*_cur_2, "product", "resource_tags", "line_item_usage_account_name"]),
    "EA": (("azure-ea",), exports.EA_COLUMNS),
    "EA, first spelling": (("azure-ea",), [exports.EA_OLD_NAMES.get(n, n) for n in exports.EA_COLUMNS]),
    "MCA": (("azure-mca",), exports.MCA_COLUMNS),
    "MCA, capitals": (("azure-mca",), [name[0].upper() + name[1:] for name in exports.MCA_COLUMNS]),
    "Google Cloud": (("gcp",), list(exports.gcp())),
    "OCI": (("oci",), exports.OCI_COLUMNS),
    "OCI FOCUS": (("oci-focus",), exports.OCI_FOCUS_COLUMNS),
    "FOCUS": ((), COLUMNS),
    "FOCUS 1.4": ((), [column.name for column in columns_of("1.4")]),
    "metrics": ((), ("ResourceId", "x_Metric", "Timestamp", "Value", "x_StepSeconds")),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_detected_as_its_format_and_nothing_else(name: str) -> None:
    expected, header = HEADERS[name]
    assert by_header(tuple(header)) == expected


def test_every_format_but_focus_has_a_header_that_is_tested() -> None:
    tested = {name for names, _ in HEADERS.values() for name in names}
    assert tested | set(AMORTIZED.values()) == set(MAPPED)
    assert set(FORMATS) == {"focus", *MAPPED}


@pytest.mark.parametrize("name", MAPPED)
def test_every_mandatory_focus_column_is_mapped_or_its_absence_has_a_reason(name: Format) -> None:
    table = table_of(name)
    mandatory = {column.name for column in columns_of("1.2") if column.level == "Mandatory"}
    assert mandatory - set(table.columns) - set(table.absent) == set()


@pytest.mark.parametrize("name", MAPPED)
def test_a_metric_that_may_be_missing_is_said(name: Format) -> None:
    table = table_of(name)
    costs = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    silent = {row.focus for row in table.rows if row.rule == "none" and row.focus in costs} - set(table.lacks)
    assert silent == set()


@pytest.mark.parametrize("name", MAPPED)
def test_every_value_a_table_puts_into_a_focus_column_is_one_that_focus_allows(name: Format) -> None:
    table = table_of(name)
    for row in table.rows:
        allowed = BY_NAME[row.focus].values
        given = {"constant": [row.argument], "map": list(table.values.get(row.argument, {}).values())}.get(row.rule, [])
        assert not allowed or set(given) <= set(allowed), row


@pytest.mark.parametrize("name", MAPPED)
def test_every_inline_table_is_used_and_every_source_is_stated(name: Format) -> None:
    table = table_of(name)
    assert {row.argument for row in table.rows if row.rule == "map"} == set(table.values)
    assert all(source.startswith("https://") for source in table.sources)


@pytest.mark.parametrize("name", LOOKUPS)
def test_every_service_has_a_category_of_focus_and_a_subcategory_of_that_category(name: str) -> None:
    header, rows = lookup_table(name)
    assert header[1:] == ("ServiceCategory", "ServiceSubcategory")
    wrong = [row for row in rows if row[2] not in SUBCATEGORIES.get(row[1], ())]
    assert wrong == []


@pytest.mark.parametrize("name", LOOKUPS)
def test_no_service_is_listed_twice_so_that_no_row_is_counted_twice(name: str) -> None:
    keys = [row[0].lower() for row in lookup_table(name)[1]]
    assert len(keys) == len(set(keys))


def test_families_of_services_have_a_subcategory_of_their_category() -> None:
    values = table_of("azure-ea").values
    pairs = [(category, values["family_subcategory"][family]) for family, category in values["family_category"].items()]
    assert [pair for pair in pairs if pair[1] not in SUBCATEGORIES[pair[0]]] == []
