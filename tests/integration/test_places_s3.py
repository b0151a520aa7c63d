"""Bills in S3, over HTTP against a moto server."""

import gzip
import json
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import boto3
import pytest

from connectors.billing.files.places import fetch
from connectors.billing.load import stage_bills
from finops.errors import BadFile, Unavailable
from tests.unit.connectors.formats.exports import cur, cur_month, write_cur

Store = tuple[Any, str, dict[str, str]]


@pytest.fixture
def store(moto_endpoint: str) -> Generator[Store]:
    """Give a client, a bucket of the test's own and the environment that leads to it."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    client = cast(Any, boto3).client("s3", endpoint_url=moto_endpoint, **keys)
    bucket = f"bills-{uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket)
    environment = {"AWS_ENDPOINT_URL": moto_endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    yield client, bucket, environment
    client.close()


def put(store: Store, *names: str) -> None:
    client, bucket, _ = store
    for name in names:
        client.put_object(Bucket=bucket, Key=name, Body=name.encode())


def names(store: Store, place: str, tmp_path: Path) -> list[str]:
    _, bucket, environment = store
    files = fetch([f"s3://{bucket}{place}"], tmp_path, environment)
    return [path.relative_to((tmp_path / "fetched-0").resolve()).as_posix() for path in files]


def test_a_prefix_stands_for_the_bills_below_it(store: Store, tmp_path: Path) -> None:
    put(store, "bills/a.csv", "bills/2026/b.parquet", "bills/readme.md", "other/c.csv")
    assert names(store, "/bills", tmp_path) == ["2026/b.parquet", "a.csv"]
    assert names(store, "/bills/", tmp_path) == ["2026/b.parquet", "a.csv"]


def test_a_bucket_a_file_and_a_pattern_are_places_too(store: Store, tmp_path: Path) -> None:
    put(store, "bills/2024-01.csv", "bills/2024-02.csv", "bills/2025-01.csv")
    assert len(names(store, "", tmp_path)) == 3
    assert names(store, "/bills/2025-01.csv", tmp_path) == ["2025-01.csv"]
    assert names(store, "/bills/2024-*.csv", tmp_path) == ["2024-01.csv", "2024-02.csv"]


def test_a_gzipped_bill_comes_as_it_is_and_is_loaded_from_the_files_its_manifest_names(
    store: Store, tmp_path: Path
) -> None:
    client, bucket, environment = store
    data = "cur/data/BILLING_PERIOD=2026-01"
    for name, rows in (("cur-00001", cur_month()), ("stale", [cur()])):
        path = write_cur(tmp_path / f"{name}.csv.gz", rows)
        client.upload_file(str(path), bucket, f"{data}/{name}.csv.gz")
    manifest = {"dataFiles": [f"s3://{bucket}/{data}/cur-00001.csv.gz"]}
    key = "cur/metadata/BILLING_PERIOD=2026-01/cur-Manifest.json"
    client.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
    files = fetch([f"s3://{bucket}/cur"], tmp_path / "scratch", environment)
    assert [path.name for path in files] == ["cur-00001.csv.gz"]
    assert gzip.decompress(files[0].read_bytes()).startswith(b"identity/")
    bill = stage_bills(files, tmp_path / "staged", source=None, progress=lambda _text, _share: None)
    assert bill.parts[0].part.totals == {"USD": "393.157"}


def test_a_missing_file_is_not_replaced_by_its_namesake_of_another_month(store: Store, tmp_path: Path) -> None:
    client, bucket, environment = store
    for month in ("2026-01", "2026-02"):
        named = f"pre/cur/data/BILLING_PERIOD={month}/cur-00001.csv"
        key = f"pre/cur/metadata/BILLING_PERIOD={month}/cur-Manifest.json"
        client.put_object(Bucket=bucket, Key=key, Body=json.dumps({"dataFiles": [f"s3://{bucket}/{named}"]}).encode())
    put(store, "pre/cur/data/BILLING_PERIOD=2026-01/cur-00001.csv")
    for place in ("", "/pre", "/pre/cur"):
        with pytest.raises(BadFile, match=r"BILLING_PERIOD=2026-02/cur-00001\.csv`, which is not there"):
            fetch([f"s3://{bucket}{place}"], tmp_path, environment)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("s3://{bucket}/nowhere", "does not exist; check the bucket and the prefix"),
        ("s3://no-such-bucket-at-all/x", "does not exist; check the bucket and the prefix"),
        ("s3://{bucket}/bills/2024-*.csv", "does not exist|holds no file"),
        ("s3://", "names no bucket; write it as s3://bucket/prefix"),
        ("s3://*/bills", "has a pattern in the bucket's name"),
    ],
)
def test_a_place_that_is_not_there_is_said(store: Store, tmp_path: Path, place: str, said: str) -> None:
    _, bucket, environment = store
    with pytest.raises(BadFile, match=said):
        fetch([place.format(bucket=bucket)], tmp_path, environment)


def test_a_prefix_without_bills_is_said(store: Store, tmp_path: Path) -> None:
    put(store, "bills/readme.md")
    with pytest.raises(BadFile, match=r"holds no \.csv, \.csv\.gz, \.parquet or \.jsonl file"):
        names(store, "/bills", tmp_path)


def test_an_endpoint_that_is_down_is_unavailable(tmp_path: Path) -> None:
    environment = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    with pytest.raises(Unavailable, match="could not be read"):
        fetch(["s3://bucket/bills"], tmp_path, environment)
