"""Volumes and addresses of a bill for the tools' tests; February 2026 has 28 days, the 30 days before TODAY begin on 30 January."""

import json
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

from tests.unit.tools.fake_data import Row, bill_row
from tests.unit.tools.fake_fleet import TODAY

TAGS = {"environment": "dev", "owner": "ann"}


def volume_rows(
    resource_id: str = "vol-1",
    *,
    kind: str = "gp2",
    gib: int = 300,
    daily: str = "1",
    days: int = 30,
    until: date = TODAY,
    tags: dict[str, str] | None = None,
    **columns: object,
) -> list[Row]:
    """`days` daily rows of one volume up to, and not including, `until`, as EBS bills its storage."""
    more = {
        "ResourceId": resource_id, "ServiceName": "Amazon EBS", "ServiceCategory": "Storage", "PricingUnit": "GB-Months",
        "SkuMeter": f"USW2-EBS:VolumeUsage.{kind}", "ChargeDescription": "storage",
        "Tags": json.dumps(TAGS if tags is None else tags),
    }  # fmt: skip
    found: list[Row] = []
    for back in range(days, 0, -1):
        day = until - timedelta(days=back)
        share = round(Decimal(gib) / monthrange(day.year, day.month)[1], 5)
        found.append(bill_row(day, daily, **{**more, "PricingQuantity": share, **columns}))
    return found


def address_rows(
    resource_id: str = "arn:aws:ec2:us-east-1:111:elastic-ip/eipalloc-1",
    *,
    meter: str = "PublicIPv4:IdleAddress",
    days: int = 30,
) -> list[Row]:
    """`days` daily rows of one address, 0.12 a day."""
    more = {
        "ResourceId": resource_id, "ServiceName": "Amazon VPC", "SkuMeter": meter, "PricingUnit": "Hours",
        "PricingQuantity": Decimal(24), "Tags": json.dumps(TAGS),
    }  # fmt: skip
    return [bill_row(TODAY - timedelta(days=back), "0.12", **more) for back in range(days, 0, -1)]
