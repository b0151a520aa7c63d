"""What changes in a bill, what does not, and that the raw value is kept."""

import json
from pathlib import Path

import pytest

from connectors.billing.normal import normalise, normalise_staged
from connectors.billing.normal.services import named_service
from connectors.billing.normal.subject import Family, family_of
from connectors.billing.normal.tables import service_names
from finops.tables import COST_COLUMNS
from tests.unit.connectors.normal.lake_rows import AWS, AZURE, Row, done, lake_rows, normal, read


def kept(row: dict[str, object]) -> dict[str, str]:
    return json.loads(str(row.get("x_Columns", "{}")))


def one(row: Row) -> dict[str, object]:
    (found,) = normal(row)
    return found


def test_a_bill_in_standard_names_is_handed_back_as_it_came() -> None:
    right: Row = {
        **AZURE, "RegionId": "eastus", "RegionName": "East US", "ResourceType": "Virtual machine", "PricingUnit": "Hours",
        "ServiceName": "Virtual Machines", "ServiceCategory": "Compute", "ServiceSubcategory": "Virtual Machines",
        "ConsumedUnit": "Hours", "Tags": '{"team": "web", "cost_centre": "42"}', "SubAccountId": "1", "SubAccountName": "one",
    }  # fmt: skip
    with lake_rows(right) as connection:
        found = done(connection, "bill")
    assert (found.relation, found.warnings, found.changed) == ("bill", (), ())


def test_what_is_overwritten_is_kept_under_its_raw_name() -> None:
    found = one({**AZURE, "RegionId": "US East", "RegionName": "US East", "ResourceType": "Microsoft.Compute/disks"})
    assert (found["RegionId"], found["RegionName"], found["ResourceType"]) == ("eastus", "East US", "Disk")
    assert kept(found) == {
        "RawRegionId": "US East", "RawRegionName": "US East", "RawResourceType": "Microsoft.Compute/disks",
    }  # fmt: skip


def test_what_is_filled_in_has_nothing_raw_to_keep() -> None:
    found = one({**AWS, "RegionId": "us-east-1"})
    assert found["RegionName"] == "US East (N. Virginia)"
    assert "x_Columns" not in found


def test_a_bill_s_own_extra_columns_stay_and_win() -> None:
    own = '{"x_Note":"n","RawRegionId":"mine"}'
    found = one({**AZURE, "RegionId": "US East", "x_Columns": own})
    assert kept(found) == {"x_Note": "n", "RawRegionId": "mine"}


def test_rows_neither_vanish_nor_double() -> None:
    rows: list[Row] = [{**AZURE, "RegionId": "US East", "SkuId": str(i), "Tags": '{"Team":"a"}'} for i in range(50)]
    assert sorted(int(str(row["SkuId"])) for row in normal(*rows)) == list(range(50))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("us-west-2", "External"), ("us-west-2", "External")),
        (("eu-central-1", "EU (Frankfurt)"), ("eu-central-1", "EU (Frankfurt)")),
        ((None, "EU (Ireland)"), ("eu-west-1", "EU (Ireland)")),
        ((None, "eu-west-1"), ("eu-west-1", "Europe (Ireland)")),
        (("EU-WEST-1", None), ("eu-west-1", "Europe (Ireland)")),
        (("global", None), ("global", None)),
    ],
)
def test_a_region_of_aws_keeps_the_bill_s_own_name(
    given: tuple[str | None, str], expected: tuple[str, str | None]
) -> None:
    row = {**AWS, **{n: v for n, v in zip(("RegionId", "RegionName"), given, strict=True) if v}}
    found = one(row)
    assert (found.get("RegionId"), found.get("RegionName")) == expected


def test_a_region_name_that_is_an_id_gives_the_id() -> None:
    found = one({"ProviderName": "Oracle", "RegionName": "us-sanjose-1", "ChargePeriodStart": "2024-01-01"})
    assert (found["RegionId"], found["RegionName"]) == ("us-sanjose-1", "us-sanjose-1")


def test_azure_s_spellings_are_not_read_into_other_bills() -> None:
    found = one({**AWS, "ProviderName": "Google Cloud", "RegionId": "eu", "PricingUnit": "Count"})
    assert (found["RegionId"], found["PricingUnit"]) == ("eu", "Count")


def test_a_spelling_of_another_region_stays_where_it_is_a_standard_pair() -> None:
    found = one({**AZURE, "RegionId": "Dallas"})
    assert (found["RegionId"], found["RegionName"]) == ("ussouthcentral", "US South Central")


def test_a_price_for_a_block_keeps_its_unit_and_says_what_it_counts() -> None:
    found = one({**AZURE, "PricingUnit": "10K Transactions", "ConsumedUnit": "10K Transactions"})
    assert (found["PricingUnit"], found["ConsumedUnit"]) == ("10K Transactions", "10K Transactions")
    assert kept(found) == {"NormalPricingUnit": "Transactions", "x_PricingBlockSize": "10000"}


def test_a_bill_that_gives_the_block_size_is_left_alone() -> None:
    own = '{"x_PricingBlockSize":"10000","x_PricingUnitDescription":"10K Transactions"}'
    assert kept(one({**AZURE, "PricingUnit": "10K", "x_Columns": own})) == json.loads(own)


def test_a_unit_of_one_is_replaced() -> None:
    found = one({**AZURE, "PricingUnit": "1 GB/月", "ConsumedUnit": "1 Hour"})
    assert (found["PricingUnit"], found["ConsumedUnit"]) == ("GB/Month", "Hours")
    assert kept(found) == {"RawPricingUnit": "1 GB/月", "RawConsumedUnit": "1 Hour"}


def test_a_missing_sub_account_name_is_the_newest_of_the_same_provider_and_id() -> None:
    account: Row = {**AZURE, "SubAccountId": "1"}
    rows: list[Row] = [
        {**account, "SkuId": "none"},
        {**account, "SubAccountName": "new", "ChargePeriodStart": "2024-01-03"},
        {**account, "SubAccountName": "old", "ChargePeriodStart": "2024-01-02"},
        {**AWS, "SubAccountId": "1", "SkuId": "other provider"},
        {**AZURE, "SubAccountId": "2", "SkuId": "unknown"},
    ]
    names = {str(row.get("SkuId")): row.get("SubAccountName") for row in normal(*rows) if "SkuId" in row}
    assert names == {"none": "new", "other provider": None, "unknown": None}


def test_an_old_sub_account_name_stays_on_its_rows() -> None:
    account: Row = {**AZURE, "SubAccountId": "1"}
    rows = normal(
        {**account, "SubAccountName": "new", "ChargePeriodStart": "2024-01-03"}, {**account, "SubAccountName": "old"}
    )
    assert {row["SubAccountName"] for row in rows} == {"new", "old"}


def test_a_category_the_bill_says_in_focus_words_stays() -> None:
    said: Row = {**AWS, "ServiceName": "Amazon Elastic Container Service", "ServiceCategory": "Other"}
    found = one(said)
    assert found["ServiceCategory"] == "Other"
    assert "ServiceSubcategory" not in found


def test_a_missing_category_and_subcategory_come_from_the_service() -> None:
    found = one({**AWS, "ServiceName": "Amazon Simple Storage Service"})
    assert (found["ServiceCategory"], found["ServiceSubcategory"]) == ("Storage", "Object Storage")


def test_a_subcategory_gives_its_category() -> None:
    found = one({**AWS, "ServiceName": "Own", "ServiceSubcategory": "block storage"})
    assert (found["ServiceCategory"], found["ServiceSubcategory"]) == ("Storage", "Block Storage")


def test_a_code_of_aws_becomes_the_service_s_name() -> None:
    found = one({**AWS, "ServiceName": "AmazonEC2", "ServiceCategory": "Compute"})
    assert found["ServiceName"] == "Amazon Elastic Compute Cloud"
    assert kept(found) == {"RawServiceName": "AmazonEC2"}


def test_the_consumed_service_decides_between_services_of_one_type() -> None:
    def service(consumed: str) -> object:
        row = {**AZURE, "ResourceType": "microsoft.web/sites", "x_Columns": json.dumps({"ConsumedService": consumed})}
        return one(row).get("ServiceName")

    assert {service("Microsoft.Web"), service("functions")} <= {"Azure App Service", "Functions", None}
    assert service("Microsoft.Web") == "Azure App Service"


def test_a_raw_type_beside_the_type_s_name_is_what_counts() -> None:
    raw = '{"x_ResourceType":"Microsoft.Storage/storageAccounts","x_ConsumedService":"Microsoft.Storage"}'
    assert one({**AZURE, "ResourceType": "Storage account", "x_Columns": raw})["ServiceCategory"] == "Storage"


@pytest.mark.parametrize(
    ("provider", "family"),
    [("Microsoft", "azure"), ("Amazon Web Services, Inc.", "aws"), ("GCP", "google"), ("Oracle", "oracle"), ("Laws Ltd", "other")],
)  # fmt: skip
def test_a_provider_is_told_by_its_name(provider: str, family: Family) -> None:
    assert family_of(None, provider) == family


def test_every_service_written_down_here_has_a_subcategory_of_focus() -> None:
    assert len(service_names()) > 200
    assert named_service("google", "bigquery") == ("BigQuery", "Databases", "Data Warehouses")
    assert named_service("oracle", "BigQuery") is None


def test_columns_that_hold_nothing_are_not_looked_at() -> None:
    with lake_rows({**AZURE, "RegionId": "US East"}) as connection:
        assert read(connection, "bill")[0]["RegionId"] == "US East"
        connection.execute("ALTER TABLE bill DROP COLUMN Tags")
        assert normalise(connection, "bill", {"RegionId", "ProviderName"}).changed == ("RegionId", "RegionName")


def test_staged_files_are_rewritten_with_their_rows_in_order(tmp_path: Path) -> None:
    path = f"{tmp_path}/one.parquet"
    with lake_rows({**AZURE, "RegionId": "US East"}) as connection:
        connection.execute(
            "COPY (SELECT b.* REPLACE (b.ChargePeriodStart + to_seconds(i) AS ChargePeriodStart) FROM bill AS b, range(600000) t(i) "
            f"ORDER BY i) TO '{path}'"
        )
        connection.execute("SET preserve_insertion_order = false")
        assert normalise_staged(connection, tmp_path, {"ProviderName", "RegionId", "ChargePeriodStart"}).warnings == ()
        names = connection.execute(f"SELECT RegionName, count(*) FROM '{path}' GROUP BY ALL").fetchall()
        later = connection.execute(
            f"SELECT count(*) FROM (SELECT ChargePeriodStart AS own, lag(own) OVER (ORDER BY file_row_number) AS prior "
            f"FROM read_parquet('{path}', file_row_number = true)) WHERE own < prior"
        ).fetchall()
        kinds = dict(connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE '{path}')").fetchall())
    assert (names, later) == ([("East US", 600_000)], [(0,)])
    assert kinds == COST_COLUMNS


def test_staged_files_without_anything_to_change_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "one.parquet"
    with lake_rows({**AZURE, "RegionId": "eastus", "RegionName": "East US"}) as connection:
        connection.execute(f"COPY bill TO '{path}'")
        before = path.stat().st_mtime_ns, path.stat().st_ino
        normalise_staged(connection, tmp_path, set(COST_COLUMNS) - {"x_Source"})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_a_folder_without_files_is_fine(tmp_path: Path) -> None:
    with lake_rows() as connection:
        assert normalise_staged(connection, tmp_path, set(COST_COLUMNS)).changed == ()
