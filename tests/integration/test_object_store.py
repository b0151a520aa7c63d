"""A load from S3 through the door, and what is said where the store lets nobody in: over HTTP against a moto server."""

import urllib.request
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import boto3
import pytest

from connectors.billing.files.places import fetch
from finops.errors import BadFile
from finops.relational import Aggregate, Key, Question
from gateway.acting import audit_of_loads
from gateway.home import Home
from gateway.ingest import LoadReport, ingest
from gateway.people import ensure_local_person
from store.lake.reader import open_lake
from tests.unit.connectors.bills import row, write_bill

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def bucket(moto_endpoint: str) -> Generator[tuple[Any, str]]:
    """Give a client and a bucket of the test's own."""
    client = cast(Any, boto3).client(
        "s3",
        endpoint_url=moto_endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    name = f"bills-{uuid4().hex[:12]}"
    client.create_bucket(Bucket=name)
    yield client, name
    client.close()


@pytest.fixture
def closed(moto_endpoint: str) -> Generator[None]:
    """While it lasts, the simulator checks who calls: nobody is known to it, so nobody may."""
    _checked_after(moto_endpoint, b"0")
    yield
    _checked_after(moto_endpoint, b"inf")


def _checked_after(endpoint: str, calls: bytes) -> None:
    # As a form, which is urllib's default, the body would never reach the simulator's own code.
    request = urllib.request.Request(
        f"{endpoint}/moto-api/reset-auth", data=calls, headers={"Content-Type": "text/plain"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def _load(home: Home, *places: str) -> LoadReport:
    person, _ = ensure_local_person(home)
    return ingest(home, person, places, audit=audit_of_loads(home, person))


@pytest.fixture
def home(tmp_path: Path, moto_endpoint: str) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home"), "AWS_ENDPOINT_URL": moto_endpoint, **KEYS})


def test_a_prefix_is_loaded_through_the_door_and_can_be_asked(
    home: Home, bucket: tuple[Any, str], tmp_path: Path
) -> None:
    client, name = bucket
    for month in ("01", "02"):
        start, end = f"2026-{month}-01T00:00:00Z", f"2026-{int(month) + 1:02}-01T00:00:00Z"
        times = {"ChargePeriodStart": start, "ChargePeriodEnd": end}
        path = write_bill(tmp_path / f"{month}.csv", [row(BillingPeriodStart=start, BillingPeriodEnd=end, **times)])
        client.upload_file(str(path), name, f"bills/2026/{month}.csv")
    report = _load(home, f"s3://{name}/bills")
    assert [(one.period, one.rows, one.totals) for one in report.periods] == [
        ("2026-01", 1, {"USD": "1.25"}), ("2026-02", 1, {"USD": "1.25"}),
    ]  # fmt: skip
    assert not _load(home, f"s3://{name}/bills").changed
    question = Question("cost", (Aggregate("value", "sum", "BilledCost"),), (Key("ProviderName"),))
    rows = open_lake(home.lake, home.plans).ask(question).rows
    assert [(name, Decimal(str(value))) for name, value in rows] == [("AWS", Decimal("2.5"))]


def test_a_bucket_that_is_not_there_leaves_the_lake_as_it_was(home: Home, bucket: tuple[Any, str]) -> None:
    client, name = bucket
    client.put_object(Bucket=name, Key="readme.md", Body=b"none")
    for place in (f"s3://{name}-not", f"s3://{name}/nothing", f"s3://{name}"):
        with pytest.raises(BadFile, match=r"does not exist|holds no \.csv"):
            _load(home, place)
    assert not list(home.lake.rglob("*.parquet"))


@pytest.mark.usefixtures("closed")
def test_credentials_that_the_store_does_not_know_are_said_to_be_denied(moto_endpoint: str, tmp_path: Path) -> None:
    environment = {"AWS_ENDPOINT_URL": moto_endpoint, "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "x"}
    with pytest.raises(BadFile, match=r"access to `s3://bucket/bills` is denied; allow listing .* AWS_ACCESS_KEY_ID"):
        fetch(["s3://bucket/bills"], tmp_path, environment)
