"""Small exports, true to each provider's schema, written by the tests: usage, commitments, credits, refunds and taxes."""

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

Record = dict[str, str]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CUR_COLUMNS = (
    "identity/LineItemId", "identity/TimeInterval", "bill/InvoiceId", "bill/InvoicingEntity", "bill/BillingEntity", "bill/BillType",
    "bill/PayerAccountId", "bill/BillingPeriodStartDate", "bill/BillingPeriodEndDate", "lineItem/UsageAccountId",
    "lineItem/LineItemType", "lineItem/UsageStartDate", "lineItem/UsageEndDate", "lineItem/ProductCode", "lineItem/UsageType",
    "lineItem/Operation", "lineItem/AvailabilityZone", "lineItem/ResourceId", "lineItem/UsageAmount", "lineItem/CurrencyCode",
    "lineItem/UnblendedRate", "lineItem/UnblendedCost", "lineItem/LineItemDescription", "lineItem/LegalEntity",
    "product/ProductName", "product/instanceType", "product/vcpu", "product/memory", "product/regionCode", "product/sku",
    "pricing/RateCode", "pricing/RateId", "pricing/publicOnDemandCost", "pricing/publicOnDemandRate", "pricing/term", "pricing/unit",
    "reservation/AmortizedUpfrontCostForUsage", "reservation/AmortizedUpfrontFeeForBillingPeriod", "reservation/EffectiveCost",
    "reservation/RecurringFeeForUsage", "reservation/ReservationARN", "reservation/SubscriptionId",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod", "reservation/UnusedRecurringFee", "savingsPlan/TotalCommitmentToDate",
    "savingsPlan/SavingsPlanARN", "savingsPlan/SavingsPlanRate", "savingsPlan/UsedCommitment",
    "savingsPlan/SavingsPlanEffectiveCost", "resourceTags/aws:createdBy", "resourceTags/user:Team",
)  # fmt: skip
CUR_ROW: Record = {
    "identity/LineItemId": "a1", "bill/InvoiceId": "inv-1", "bill/InvoicingEntity": "Amazon Web Services, Inc.",
    "bill/BillingEntity": "AWS", "bill/BillType": "Anniversary", "bill/PayerAccountId": "111", "lineItem/UsageAccountId": "222",
    "bill/BillingPeriodStartDate": "2026-01-01T00:00:00.000Z", "bill/BillingPeriodEndDate": "2026-02-01T00:00:00.000Z",
    "lineItem/LineItemType": "Usage", "lineItem/UsageStartDate": "2026-01-05T00:00:00Z", "lineItem/UsageEndDate": "2026-01-05T01:00:00Z",
    "lineItem/ProductCode": "AmazonEC2", "lineItem/UsageType": "BoxUsage:m5.large", "lineItem/ResourceId": "i-0abc",
    "lineItem/UsageAmount": "1", "lineItem/CurrencyCode": "USD", "lineItem/UnblendedRate": "0.096", "lineItem/UnblendedCost": "0.096",
    "lineItem/LineItemDescription": "m5.large", "lineItem/LegalEntity": "Amazon Web Services, Inc.",
    "product/ProductName": "Amazon Elastic Compute Cloud", "product/instanceType": "m5.large", "product/vcpu": "2",
    "product/memory": "8 GiB", "product/regionCode": "us-east-1", "product/sku": "SKU1", "pricing/RateCode": "SKU1.T.R",
    "pricing/publicOnDemandCost": "0.096", "pricing/publicOnDemandRate": "0.096", "pricing/term": "OnDemand", "pricing/unit": "Hrs",
    "reservation/SubscriptionId": "777", "resourceTags/user:Team": "search", "resourceTags/aws:createdBy": "Root:1",
}  # fmt: skip
RI, SP = "arn:aws:ec2:us-east-1:111:reserved-instances/r1", "arn:aws:savingsplans::111:savingsplan/s1"


def cur(**changes: str) -> Record:
    """Return a CUR line with some columns changed; `a__B` stands for `a/B`."""
    return {**CUR_ROW, **{name.replace("__", "/"): value for name, value in changes.items()}}


def cur_month() -> list[Record]:
    """Return one line of every kind that a legacy report has."""
    none = {
        "lineItem__ResourceId": "",
        "pricing__publicOnDemandCost": "",
        "pricing__publicOnDemandRate": "",
        "pricing__unit": "",
    }
    fee = {**none, "lineItem__UsageAmount": "1"}
    return [
        cur(),
        cur(lineItem__UsageType="SpotUsage:m5.large", lineItem__UnblendedCost="0.031"),
        cur(
            lineItem__LineItemType="DiscountedUsage", lineItem__UnblendedCost="0.0", reservation__EffectiveCost="0.06",
            reservation__ReservationARN=RI,
        ),
        cur(
            lineItem__LineItemType="RIFee", lineItem__UnblendedCost="29.76", reservation__ReservationARN=RI,
            reservation__UnusedAmortizedUpfrontFeeForBillingPeriod="1.5", reservation__UnusedRecurringFee="2.25", **fee,
        ),
        cur(lineItem__LineItemType="Fee", lineItem__UnblendedCost="300", reservation__ReservationARN=RI, **fee),
        cur(lineItem__LineItemType="Fee", lineItem__UnblendedCost="12", lineItem__ProductCode="AmazonRoute53", **fee),
        cur(
            lineItem__LineItemType="SavingsPlanCoveredUsage", lineItem__UnblendedCost="0.096",
            savingsPlan__SavingsPlanEffectiveCost="0.07", savingsPlan__SavingsPlanARN=SP,
        ),
        cur(lineItem__LineItemType="SavingsPlanNegation", lineItem__UnblendedCost="-0.096", savingsPlan__SavingsPlanARN=SP, **none),
        cur(
            lineItem__LineItemType="SavingsPlanRecurringFee", lineItem__UnblendedCost="0.10", savingsPlan__SavingsPlanARN=SP,
            savingsPlan__TotalCommitmentToDate="0.10", savingsPlan__UsedCommitment="0.07", **fee,
        ),
        cur(lineItem__LineItemType="SavingsPlanUpfrontFee", lineItem__UnblendedCost="50", savingsPlan__SavingsPlanARN=SP, **fee),
        cur(lineItem__LineItemType="Tax", lineItem__UnblendedCost="7.77", **none),
        cur(lineItem__LineItemType="Credit", lineItem__UnblendedCost="-5", **none),
        cur(lineItem__LineItemType="Refund", lineItem__UnblendedCost="-1.11", **none),
        cur(lineItem__LineItemType="EdpDiscount", lineItem__UnblendedCost="-0.5", **none),
        cur(lineItem__LineItemType="BrandNewType", lineItem__UnblendedCost="0.01", **none),
    ]  # fmt: skip


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> Path:
    """Write rows as CSV, gzipped where the name says so."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(columns), restval="", extrasaction="raise")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_cur(path: Path, rows: Sequence[Record]) -> Path:
    """Write lines as a legacy report."""
    return write_csv(path, rows, CUR_COLUMNS)


_DOUBLES = ("_cost", "_amount", "_fee", "_for_billing_period", "_for_usage", "_used_commitment", "_to_date")


def snake(name: str) -> str:
    """Return a CUR column's name in Athena, written out by hand for the few that are irregular."""
    group, _, own = name.partition("/")
    known = {
        "ReservationARN": "reservation_a_r_n",
        "SavingsPlanARN": "savings_plan_a_r_n",
        "aws:createdBy": "aws_created_by",
        "user:Team": "user_team",
    }
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in own).lstrip("_")
    groups = {"lineItem": "line_item", "savingsPlan": "savings_plan", "resourceTags": "resource_tags"}
    return f"{groups.get(group, group)}_{known.get(own, words)}"


def write_athena(path: Path, rows: Sequence[Record]) -> Path:
    """Write lines as a legacy report in Parquet for Athena: snake case, amounts as doubles, dates as timestamps."""
    names = {name: snake(name) for name in CUR_COLUMNS}
    return _parquet(path, [{names[n]: row.get(n, "") or None for n in CUR_COLUMNS} for row in rows])


def write_cur_2(path: Path, rows: Sequence[Record]) -> Path:
    """Write lines as CUR 2.0 in Parquet: maps for product and resource_tags, account names."""
    in_map = ("product/ProductName", "product/vcpu", "product/memory")
    out: list[dict[str, object]] = []
    for row in rows:
        flat: dict[str, object] = {
            snake(n): row.get(n, "") or None
            for n in CUR_COLUMNS
            if n not in in_map and not n.startswith("resourceTags/")
        }
        flat["product"] = [(snake(n).removeprefix("product_"), row[n]) for n in in_map if row.get(n)]
        flat["resource_tags"] = [
            (snake(n).removeprefix("resource_tags_"), row[n]) for n in row if n.startswith("resourceTags/")
        ]
        flat |= {
            "bill_payer_account_name": "Payer",
            "line_item_usage_account_name": "Search",
            "cost_category": [],
            "discount": [],
        }
        out.append(flat)
    return _parquet(path, out)


def _parquet(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    names = list(rows[0])
    table = cast(Any, pa).table({n: cast(Any, pa).array([row[n] for row in rows], _arrow_type(n)) for n in names})
    raw, scratch = path.with_suffix(".raw"), duckdb.connect()
    cast(Any, pq).write_table(table, raw)
    types = {n: "DOUBLE" if n.endswith(_DOUBLES) else "TIMESTAMP" for n in names if n.endswith((*_DOUBLES, "_date"))}
    casts = ", ".join(f'CAST("{n}" AS {types[n]}) AS "{n}"' if n in types else f'"{n}"' for n in names)
    scratch.execute("SET TimeZone = 'UTC'")
    scratch.execute(f"COPY (SELECT {casts} FROM read_parquet('{raw}')) TO '{path}' (FORMAT parquet)")
    raw.unlink()
    return path


def _arrow_type(name: str) -> object:
    p = cast(Any, pa)
    if name in ("product", "resource_tags", "cost_category", "discount"):
        return p.map_(p.string(), p.string())
    return p.string()


EA_COLUMNS = (
    "InvoiceSectionName", "AccountName", "AccountOwnerId", "SubscriptionId", "SubscriptionName", "ResourceGroup", "ResourceLocation",
    "Date", "ProductName", "MeterCategory", "MeterSubCategory", "MeterId", "MeterName", "MeterRegion", "UnitOfMeasure", "Quantity",
    "EffectivePrice", "CostInBillingCurrency", "CostCenter", "ConsumedService", "ResourceId", "Tags", "OfferId", "AdditionalInfo",
    "ServiceInfo1", "ServiceInfo2", "ResourceName", "ReservationId", "ReservationName", "UnitPrice", "ProductOrderId",
    "ProductOrderName", "Term", "PublisherType", "PublisherName", "ChargeType", "Frequency", "PricingModel", "AvailabilityZone",
    "BillingAccountId", "BillingAccountName", "BillingCurrencyCode", "BillingPeriodStartDate", "BillingPeriodEndDate",
    "BillingProfileId", "BillingProfileName", "InvoiceSectionId", "IsAzureCreditEligible", "PartNumber", "PayGPrice", "PlanName",
    "ServiceFamily", "CostAllocationRuleName", "benefitId", "benefitName",
)  # fmt: skip
# The names that the first EA exports and usage APIs used, for those that changed.
EA_OLD_NAMES = {
    "SubscriptionId": "SubscriptionGuid", "Date": "UsageDateTime", "Quantity": "UsageQuantity", "CostInBillingCurrency": "PreTaxCost",
    "ResourceId": "InstanceId", "UnitPrice": "ResourceRate", "BillingCurrencyCode": "Currency", "MeterCategory": "Meter Category",
    "MeterId": "Meter ID", "ProductName": "Product",
}  # fmt: skip
MCA_COLUMNS = _names(
    "invoiceId previousInvoiceId billingAccountId billingAccountName billingProfileId billingProfileName invoiceSectionId "
    "invoiceSectionName resellerName resellerMpnId costCenter billingPeriodEndDate billingPeriodStartDate servicePeriodEndDate "
    "servicePeriodStartDate date serviceFamily productOrderId productOrderName consumedService meterId meterName meterCategory "
    "meterSubCategory meterRegion ProductId ProductName SubscriptionId subscriptionName publisherType publisherId publisherName "
    "resourceGroupName ResourceId resourceLocation location effectivePrice quantity unitOfMeasure chargeType billingCurrency "
    "pricingCurrency costInBillingCurrency costInPricingCurrency costInUsd paygCostInBillingCurrency paygCostInUsd "
    "exchangeRatePricingToBilling exchangeRateDate isAzureCreditEligible serviceInfo1 serviceInfo2 additionalInfo tags PayGPrice "
    "frequency term reservationId reservationName pricingModel unitPrice costAllocationRuleName benefitId benefitName provider"
)
AZURE_ROW: Record = {
    "BillingAccountId": "8611537", "BillingAccountName": "Contoso", "BillingCurrencyCode": "EUR", "BillingPeriodStartDate": "01/01/2026",
    "BillingPeriodEndDate": "01/31/2026", "Date": "01/05/2026", "SubscriptionId": "sub-1", "SubscriptionName": "Prod",
    "ResourceId": "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1", "ResourceName": "vm1",
    "ResourceLocation": "westeurope", "MeterCategory": "Virtual Machines", "MeterId": "m-1", "MeterName": "D2s v3",
    "UnitOfMeasure": "1 Hour", "Quantity": "24", "UnitPrice": "0.1", "PayGPrice": "0.12", "CostInBillingCurrency": "2.4",
    "ChargeType": "Usage", "Frequency": "UsageBased", "PricingModel": "OnDemand", "PublisherType": "Azure", "PublisherName": "Microsoft",
    "ServiceFamily": "Compute", "Tags": '"team": "search"', "AdditionalInfo": '{"ServiceType":"Standard_D2s_v3","VCPUs":2}',
    "AccountOwnerId": "a@example.com", "ProductName": "D2s v3", "PartNumber": "P-1",
}  # fmt: skip
MCA_NAMES = {"BillingCurrencyCode": "billingCurrency"}


def azure(**changes: str) -> Record:
    """Return an Azure row, in the columns of an EA export, with some columns changed."""
    return {**AZURE_ROW, **changes}


def azure_actual() -> list[Record]:
    """Return usage on demand and on the spot market, a reservation's purchase and its covered usage, a refund and a tax."""
    reservation = {"ReservationId": "res-1", "ReservationName": "VMs", "PricingModel": "Reservation"}
    return [
        azure(),
        azure(PricingModel="Spot", CostInBillingCurrency="0.3"),
        azure(CostInBillingCurrency="0", **reservation),
        azure(
            ChargeType="Purchase",
            Frequency="OneTime",
            CostInBillingCurrency="876",
            Quantity="1",
            MeterCategory="",
            **reservation,
        ),
        azure(ChargeType="Refund", CostInBillingCurrency="-3.5", Quantity="1"),
        azure(ChargeType="Tax", CostInBillingCurrency="0.57", Quantity="1"),
    ]


def azure_amortized() -> list[Record]:
    """Return the same month with the reservation's cost spread over the usage, and what went unused."""
    reservation = {"ReservationId": "res-1", "ReservationName": "VMs", "PricingModel": "Reservation"}
    return [
        azure(),
        azure(CostInBillingCurrency="1.9", **reservation),
        azure(ChargeType="UnusedReservation", CostInBillingCurrency="0.5", **reservation),
        azure(PricingModel="SavingsPlan", benefitId="sp-1", benefitName="Plan", CostInBillingCurrency="1.1"),
        azure(
            ChargeType="UnusedSavingsPlan", PricingModel="SavingsPlan", benefitId="sp-1", CostInBillingCurrency="0.2"
        ),
    ]


def write_ea(path: Path, rows: Sequence[Record], names: Mapping[str, str] | None = None) -> Path:
    """Write rows as an EA export; `names` renames columns, as older exports have them."""
    names = names or {}
    renamed = [{names.get(k, k): v for k, v in row.items()} for row in rows]
    return write_csv(path, renamed, [names.get(n, n) for n in EA_COLUMNS])


def write_mca(path: Path, rows: Sequence[Record]) -> Path:
    """Write rows as an MCA export."""
    own = {name.lower(): name for name in MCA_COLUMNS}
    out: list[Record] = []
    for row in rows:
        named = {own[MCA_NAMES.get(k, k).lower()]: v for k, v in row.items() if MCA_NAMES.get(k, k).lower() in own}
        extra = {
            "billingProfileId": "BP-1", "billingProfileName": "Profile", "pricingCurrency": "USD", "invoiceId": "G1", "provider": "Azure",
            "paygCostInBillingCurrency": "2.88", "costInPricingCurrency": "2.6", "ProductId": "DZH1",
        }  # fmt: skip
        out.append({**named, **extra})
    return write_csv(path, out, MCA_COLUMNS)


def gcp(**changes: object) -> dict[str, object]:
    """Return a row of the detailed export with some members changed."""
    return {
        "billing_account_id": "01AB-2", "service": {"id": "6F81", "description": "Compute Engine"},
        "sku": {"id": "AAAA", "description": "N1 Predefined Instance Core running in Americas"},
        "usage_start_time": "2026-01-05 00:00:00 UTC", "usage_end_time": "2026-01-05 01:00:00 UTC",
        "project": {"id": "p-1", "number": "99", "name": "Search", "labels": [{"key": "env", "value": "prod"}]},
        "labels": [{"key": "team", "value": "search"}, {"key": "owner", "value": 'O"Neil'}],
        "system_labels": [
            {"key": "compute.googleapis.com/machine_spec", "value": "n1-standard-2"}, {"key": "compute.googleapis.com/cores", "value": "2"},
        ],
        "location": {"location": "us-central1", "country": "US", "region": "us-central1", "zone": "us-central1-a"},
        "resource": {"name": "vm1", "global_name": "//compute.googleapis.com/projects/p-1/zones/us-central1-a/instances/1"},
        "cost": 0.25, "currency": "USD", "currency_conversion_rate": 1.0,
        "usage": {"amount": 3600.0, "unit": "seconds", "amount_in_pricing_units": 1.0, "pricing_unit": "hour"}, "credits": [],
        "invoice": {"month": "202601"}, "cost_type": "regular", "transaction_type": "GOOGLE", "cost_at_list": 0.3,
        "export_time": "2026-01-05 05:00:00 UTC", **changes,
    }  # fmt: skip


def gcp_month() -> list[dict[str, object]]:
    """Return usage with credits, a committed use discount and its fee, an adjustment, a tax and Google's own rounding."""
    cud = {"id": "c-9", "name": "CUD", "full_name": "Committed use", "type": "COMMITTED_USAGE_DISCOUNT", "amount": -0.1}
    promotion = {"id": "p-9", "name": "Trial", "full_name": "Free trial", "type": "PROMOTION", "amount": -0.03}
    return [
        gcp(),
        gcp(credits=[cud, promotion]),
        gcp(sku={"id": "BBBB", "description": "Commitment v1: Cpu in Americas for 1 Year"}, cost=3.5, credits=[]),
        gcp(cost=-0.4, cost_type="adjustment", adjustment_info={"id": "adj", "type": "GOODWILL"}),
        gcp(
            cost=0.77,
            cost_type="tax",
            service={"id": "x", "description": "Invoice"},
            project=None,
            resource=None,
            labels=[],
        ),
        gcp(cost=0.01, cost_type="rounding_error", project=None, resource=None),
    ]


def write_json_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows as BigQuery extracts them: one object a line, members that are null left out."""
    lines = (json.dumps({k: v for k, v in row.items() if v is not None}) for row in rows)
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as stream:
        stream.write("".join(f"{line}\n" for line in lines))
    return path


def write_gcp_parquet(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write the same rows as Parquet, nested, costs as doubles and times as timestamps."""
    lines, scratch = write_json_lines(path.with_suffix(".jsonl"), rows), duckdb.connect()
    scratch.execute("SET TimeZone = 'UTC'")
    times = ", ".join(f"CAST({c} AS TIMESTAMPTZ) AS {c}" for c in ("usage_start_time", "usage_end_time", "export_time"))
    scratch.execute(
        f"COPY (SELECT * REPLACE ({times}) FROM read_json('{lines}', format = 'newline_delimited', maximum_depth = -1)) "
        f"TO '{path}' (FORMAT parquet)"
    )
    lines.unlink()
    return path


OCI_COLUMNS = (
    "lineItem/referenceNo", "lineItem/tenantId", "lineItem/intervalUsageStart", "lineItem/intervalUsageEnd", "product/service",
    "product/compartmentId", "product/compartmentName", "product/region", "product/availabilityDomain", "product/resourceId",
    "usage/billedQuantity", "usage/billedQuantityOverage", "cost/subscriptionId", "cost/productSku", "product/Description",
    "cost/unitPrice", "cost/unitPriceOverage", "cost/myCost", "cost/myCostOverage", "cost/currencyCode", "cost/billingUnitReadable",
    "cost/skuUnitDescription", "cost/overageFlag", "lineItem/isCorrection", "lineItem/backreferenceNo",
    "tags/Oracle-Tags.CreatedBy", "tags/team",
)  # fmt: skip


def oci(**changes: str) -> Record:
    """Return a row of an OCI cost report with some columns changed; `a__b` stands for `a/b`."""
    row = {
        "lineItem/referenceNo": "V2.1", "lineItem/tenantId": "ocid1.tenancy.oc1..t", "lineItem/intervalUsageStart": "2026-01-05T01:00Z",
        "lineItem/intervalUsageEnd": "2026-01-05T02:00Z", "product/service": "COMPUTE", "product/compartmentName": "dev",
        "product/region": "us-ashburn-1", "product/availabilityDomain": "AD-1", "product/resourceId": "ocid1.instance.oc1.iad.x",
        "usage/billedQuantity": "1", "cost/subscriptionId": "5551", "cost/productSku": "B88317", "product/Description": "E3 OCPU",
        "cost/unitPrice": "0.025", "cost/myCost": "0.025", "cost/myCostOverage": "0", "cost/currencyCode": "USD",
        "cost/billingUnitReadable": "OCPU Hours", "lineItem/isCorrection": "false", "tags/team": "search",
    }  # fmt: skip
    return {**row, **{name.replace("__", "/"): value for name, value in changes.items()}}


def write_oci(path: Path, rows: Sequence[Record]) -> Path:
    """Write rows as an OCI cost report."""
    return write_csv(path, rows, OCI_COLUMNS)


OCI_FOCUS_COLUMNS = _names(
    "AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart ChargeCategory "
    "ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart ChargeSubcategory CommitmentDiscountCategory "
    "CommitmentDiscountId CommitmentDiscountName CommitmentDiscountType EffectiveCost InvoiceIssuer ListCost ListUnitPrice "
    "PricingCategory PricingQuantity PricingUnit Provider Publisher Region ResourceId ResourceName ResourceType ServiceCategory "
    "ServiceName SkuId SkuPriceId SubAccountId SubAccountName Tags UsageQuantity UsageUnit oci_ReferenceNumber oci_CompartmentId "
    "oci_CompartmentName oci_OverageFlag oci_UnitPriceOverage oci_BilledQuantityOverage oci_CostOverage oci_AttributedUsage "
    "oci_AttributedCost oci_BackReferenceNumber"
)


def oci_focus(**changes: str) -> Record:
    """Return a row of an OCI FOCUS report with some columns changed."""
    return {
        "BilledCost": "1.5", "EffectiveCost": "1.5", "ListCost": "2", "BillingAccountId": "5551", "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-01-01T00:00:00.000Z", "BillingPeriodEnd": "2026-02-01T00:00:00.000Z", "ChargeCategory": "Usage",
        "ChargePeriodStart": "2026-01-05T00:00Z", "ChargePeriodEnd": "2026-01-05T01:00Z", "InvoiceIssuer": "Oracle", "Provider": "Oracle",
        "Publisher": "Oracle", "Region": "us-ashburn-1", "ServiceCategory": "Compute", "ServiceName": "Compute", "UsageQuantity": "3",
        "UsageUnit": "Hours", "oci_CompartmentName": "dev", "Tags": '{"team":"search"}', **changes,
    }  # fmt: skip


def write_oci_focus(path: Path, rows: Sequence[Record]) -> Path:
    """Write rows as an OCI FOCUS report."""
    return write_csv(path, rows, OCI_FOCUS_COLUMNS)
