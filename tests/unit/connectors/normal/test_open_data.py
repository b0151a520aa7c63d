"""Each row of the FinOps toolkit's open data is a case: raw value, standard value."""

import csv
from collections.abc import Mapping
from pathlib import Path

from connectors.billing.normal.regions import azure_region
from connectors.billing.normal.resource_types import resource_type
from connectors.billing.normal.services import azure_service
from connectors.billing.normal.units import unit
from finops.focus_services import CATEGORY_OF
from tests.unit.connectors.normal.lake_rows import AZURE, Row, normal

# The toolkit's two names that FOCUS has not.
MENDED = {"Quantum": "Quantum Compute", "Data Transfer": "Data Migration"}


def cases(folder: Path, subject: str) -> list[dict[str, str]]:
    with (folder / "focus" / f"open_data_{subject}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def spelt(raw: str) -> tuple[str, ...]:
    return raw, raw.upper(), f" {raw.title()} "


def wrong(expected: Mapping[str, object], found: Mapping[str, object]) -> dict[str, tuple[object, object]]:
    """Return the cases that fail: what should be, what is."""
    return {raw: (value, found.get(raw)) for raw, value in expected.items() if found.get(raw) != value}


def test_every_region_has_its_id_and_name(shared_data: Path) -> None:
    expected = {r["OriginalValue"]: (r["RegionId"], r["RegionName"]) for r in cases(shared_data, "Regions")}
    assert len(expected) == 500
    assert wrong(expected, {raw: azure_region(raw) for raw in expected}) == {}


def test_every_region_is_known_in_capitals_too(shared_data: Path) -> None:
    expected = {s: r["RegionId"] for r in cases(shared_data, "Regions") for s in spelt(r["OriginalValue"])}
    assert wrong(expected, {raw: (azure_region(raw) or ("",))[0] for raw in expected}) == {}


def test_every_resource_type_has_its_name(shared_data: Path) -> None:
    expected = {r["ResourceType"]: r["SingularDisplayName"] for r in cases(shared_data, "ResourceTypes")}
    assert len(expected) == 2013
    assert wrong(expected, {raw: resource_type(raw) for raw in expected}) == {}


def test_every_unit_has_its_standard_unit_and_block_size(shared_data: Path) -> None:
    rows = cases(shared_data, "PricingUnits")
    expected = {r["UnitOfMeasure"]: (r["DistinctUnits"], int(r["PricingBlockSize"])) for r in rows}
    assert len(expected) == 383
    assert wrong(expected, {raw: unit(raw) for raw in expected}) == {}


def test_every_service_has_its_name_and_categories(shared_data: Path) -> None:
    expected = {
        f"{r['ConsumedService']} {r['ResourceType']}": (r["ServiceName"], r["ServiceCategory"], r["ServiceSubcategory"])
        for r in cases(shared_data, "Services")
    }
    found = {
        f"{r['ConsumedService']} {r['ResourceType']}": azure_service(r["ConsumedService"], r["ResourceType"])
        for r in cases(shared_data, "Services")
    }
    assert len(expected) == 397
    assert wrong(expected, found) == {}


def test_every_region_is_made_standard_in_a_bill(shared_data: Path) -> None:
    rows = cases(shared_data, "Regions")
    found = normal(*[{**AZURE, "RegionId": r["OriginalValue"], "SkuId": r["OriginalValue"]} for r in rows])
    expected = {r["OriginalValue"]: (r["RegionId"], r["RegionName"]) for r in rows}
    assert wrong(expected, {str(row["SkuId"]): (row["RegionId"], row["RegionName"]) for row in found}) == {}


def test_every_resource_type_is_made_standard_in_a_bill(shared_data: Path) -> None:
    expected = {r["ResourceType"]: r["SingularDisplayName"] for r in cases(shared_data, "ResourceTypes")[::20]}
    found = normal(*[{**AZURE, "ResourceType": raw, "SkuId": raw} for raw in expected])
    assert wrong(expected, {str(row["SkuId"]): row["ResourceType"] for row in found}) == {}


def test_every_unit_of_one_is_made_standard_in_a_bill_and_every_block_stays(shared_data: Path) -> None:
    rows = cases(shared_data, "PricingUnits")
    found = normal(*[{**AZURE, "PricingUnit": r["UnitOfMeasure"], "SkuId": r["UnitOfMeasure"]} for r in rows])
    units = {r["DistinctUnits"] for r in rows}
    expected = {
        r["UnitOfMeasure"]: r["DistinctUnits"]
        if r["PricingBlockSize"] == "1" and r["UnitOfMeasure"] not in units
        else r["UnitOfMeasure"]
        for r in rows
    }
    assert wrong(expected, {str(row["SkuId"]): row["PricingUnit"] for row in found}) == {}


def test_every_service_is_made_standard_in_a_bill_in_words_of_focus(shared_data: Path) -> None:
    rows = cases(shared_data, "Services")
    bill: list[Row] = [
        {
            **AZURE,
            "ResourceType": r["ResourceType"],
            "x_Columns": f'{{"x_ConsumedService":"{r["ConsumedService"]}"}}',
            "SkuId": str(place),
        }
        for place, r in enumerate(rows)
    ]
    found = {
        str(row["SkuId"]): tuple(row[n] for n in ("ServiceName", "ServiceCategory", "ServiceSubcategory"))
        for row in normal(*bill)
    }
    expected: dict[str, object] = {}
    for place, row in enumerate(rows):
        subcategory = MENDED.get(row["ServiceSubcategory"], row["ServiceSubcategory"])
        expected[str(place)] = row["ServiceName"], row["ServiceCategory"], subcategory
        assert CATEGORY_OF[subcategory] == row["ServiceCategory"]
    assert wrong(expected, found) == {}
