"""Places: files, folders, patterns, and exports that say by a manifest which of their files are the bill."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.billing.files.places import fetch
from finops.errors import BadFile


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def found(root: Path, place: str | Path, tmp: Path) -> list[str]:
    return [path.relative_to(root.resolve()).as_posix() for path in fetch([str(place)], tmp)]


def manifest(root: Path, name: str, body: object) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(json.dumps(body))


def refusal(place: str | Path, tmp_path: Path) -> str:
    with pytest.raises(BadFile) as caught:
        fetch([str(place)], tmp_path)
    return str(caught.value)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


def test_a_pattern_stands_for_the_files_it_matches(root: Path, tmp_path: Path) -> None:
    put(root, "2024-01.csv.gz", "2024-02.csv.gz", "2025-01.csv.gz", "notes.txt")
    assert found(root, root / "2024-*.csv.gz", tmp_path) == ["2024-01.csv.gz", "2024-02.csv.gz"]


def test_a_file_whose_name_is_a_pattern_is_that_file(root: Path, tmp_path: Path) -> None:
    put(root, "a[1].csv", "a1.csv")
    assert found(root, root / "a[1].csv", tmp_path) == ["a[1].csv"]


def test_a_folder_stands_for_its_bills_at_any_depth(root: Path, tmp_path: Path) -> None:
    put(root, "a.csv", "b/c.parquet", "b/d.jsonl.gz", "b/readme.md", ".hidden/e.csv", "_temporary/f.csv")
    assert found(root, root, tmp_path) == ["a.csv", "b/c.parquet", "b/d.jsonl.gz"]


def test_a_file_meant_twice_is_read_once(root: Path, tmp_path: Path) -> None:
    put(root, "a.csv")
    assert len(fetch([str(root), str(root / "a.csv"), str(root / "*.csv")], tmp_path)) == 1


def test_a_pattern_that_matches_nothing_is_refused(root: Path, tmp_path: Path) -> None:
    assert "matches no file; check the pattern" in refusal(root / "*.csv", tmp_path)


def test_an_unknown_scheme_is_refused(tmp_path: Path) -> None:
    assert refusal("ftp://host/bill.csv", tmp_path).startswith("`ftp://host/bill.csv` is of no known kind")


EXPORT = "cur/metadata/BILLING_PERIOD=2026-01"
DATA = "cur/data/BILLING_PERIOD=2026-01"


def data_export(root: Path, run: str, files: Sequence[str]) -> None:
    body = {"dataFiles": [f"s3://bucket/some/prefix/{name}" for name in files]}
    manifest(root, f"{EXPORT}/{run}cur-Manifest.json", body)


def test_a_data_export_is_the_files_its_manifest_names(root: Path, tmp_path: Path) -> None:
    put(root, f"{DATA}/cur-00001.csv.gz", f"{DATA}/cur-00002.csv.gz", f"{DATA}/left-over.csv.gz")
    data_export(root, "", [f"{DATA}/cur-00001.csv.gz", f"{DATA}/cur-00002.csv.gz"])
    assert found(root, root, tmp_path) == [f"{DATA}/cur-00001.csv.gz", f"{DATA}/cur-00002.csv.gz"]


def test_of_several_runs_of_a_data_export_the_newest_of_each_month_counts(root: Path, tmp_path: Path) -> None:
    runs = ("20260105T000000Z-aaa/", "20260106T000000Z-bbb/")
    for run in runs:
        put(root, f"{DATA}/{run}cur-00001.csv.gz")
        data_export(root, run, [f"{DATA}/{run}cur-00001.csv.gz"])
    february = "cur/data/BILLING_PERIOD=2026-02/cur-00001.csv.gz"
    put(root, february)
    manifest(root, "cur/metadata/BILLING_PERIOD=2026-02/cur-Manifest.json", {"dataFiles": [f"s3://b/{february}"]})
    assert sorted(found(root, root, tmp_path)) == [f"{DATA}/{runs[1]}cur-00001.csv.gz", february]


def test_a_file_that_a_manifest_names_and_that_is_missing_refuses(root: Path, tmp_path: Path) -> None:
    put(root, f"{DATA}/cur-00001.csv.gz")
    data_export(root, "", [f"{DATA}/cur-00001.csv.gz", f"{DATA}/cur-00002.csv.gz"])
    assert "cur-00002.csv.gz`, which is not there" in refusal(root, tmp_path)


def monthly(root: Path, month: str, file: str) -> None:
    named = f"cur/data/BILLING_PERIOD={month}/{file}"
    manifest(root, f"cur/metadata/BILLING_PERIOD={month}/cur-Manifest.json", {"dataFiles": [f"s3://b/pre/{named}"]})


@pytest.mark.parametrize("place", ["", "cur", "copy"])
def test_a_missing_file_is_not_replaced_by_its_namesake_of_another_month(
    root: Path, tmp_path: Path, place: str
) -> None:
    target = root / "copy" if place == "copy" else root
    for month in ("2026-01", "2026-02"):
        monthly(target, month, "cur-00001.csv")
    put(target, "cur/data/BILLING_PERIOD=2026-01/cur-00001.csv", "cur-00001.csv", "cur/cur-00001.csv")
    said = refusal(root / "cur" if place == "cur" else root, tmp_path)
    assert "names `s3://b/pre/cur/data/BILLING_PERIOD=2026-02/cur-00001.csv`, which is not there" in said


def test_namesakes_of_two_months_are_each_found_in_their_own(root: Path, tmp_path: Path) -> None:
    files = [f"cur/data/BILLING_PERIOD={month}/cur-00001.csv" for month in ("2026-01", "2026-02")]
    put(root, *files)
    for month in ("2026-01", "2026-02"):
        monthly(root, month, "cur-00001.csv")
    assert found(root, root, tmp_path) == files
    assert found(root, root / "cur", tmp_path) == files


def test_the_folder_of_one_run_is_enough(root: Path, tmp_path: Path) -> None:
    newest = azure_run(root, "aaa", "2026-01-21T21:04:06.5Z")
    assert found(root, (root / newest).parent, tmp_path) == [newest]


def test_bills_beside_an_export_are_loaded_and_what_is_left_out_is_told(root: Path, tmp_path: Path) -> None:
    put(
        root,
        f"{DATA}/cur-00001.csv",
        f"{DATA}/old.csv",
        "gcp.csv",
        "more/oci.csv",
        "notes.txt",
        "_d.csv",
        ".e.csv",
        "_SUCCESS",
    )
    data_export(root, "", [f"{DATA}/cur-00001.csv"])
    left: list[tuple[str, str]] = []
    files = fetch([str(root)], tmp_path, leaves=lambda name, why: left.append((name, why)))
    assert [path.relative_to(root.resolve()).as_posix() for path in files] == [
        f"{DATA}/cur-00001.csv",
        "gcp.csv",
        "more/oci.csv",
    ]
    assert left == [
        ("_d.csv", "its name begins with _"), (f"{DATA}/old.csv", "no manifest names it"), ("notes.txt", "of another ending"),
    ]  # fmt: skip


def test_a_file_beside_a_manifest_in_one_folder_is_of_an_earlier_run(root: Path, tmp_path: Path) -> None:
    put(root, "part_1.csv", "part_2.csv", "other/x.csv")
    manifest(root, "manifest.json", {"blobs": [{"blobName": "a/b/part_1.csv"}], "runInfo": {}})
    assert found(root, root, tmp_path) == ["other/x.csv", "part_1.csv"]


def report(root: Path, place: str, assembly: str) -> None:
    key = f"prefix/rep/20260101-20260201/{assembly}/rep-1.csv.gz"
    body = {"assemblyId": assembly, "reportKeys": [key], "billingPeriod": {"start": "20260101T000000.000Z"}}
    manifest(root, place, body)
    put(root, key.removeprefix("prefix/"))


def test_a_legacy_report_is_its_newest_assembly(root: Path, tmp_path: Path) -> None:
    report(root, "rep/20260101-20260201/old/rep-Manifest.json", "old")
    report(root, "rep/20260101-20260201/new/rep-Manifest.json", "new")
    report(root, "rep/20260101-20260201/rep-Manifest.json", "new")
    assert found(root, root, tmp_path) == ["rep/20260101-20260201/new/rep-1.csv.gz"]


def test_two_assemblies_without_the_periods_own_manifest_are_refused(root: Path, tmp_path: Path) -> None:
    report(root, "rep/20260101-20260201/old/rep-Manifest.json", "old")
    report(root, "rep/20260101-20260201/new/rep-Manifest.json", "new")
    assert "neither says which is newer" in refusal(root, tmp_path)


def azure_run(root: Path, run: str, submitted: str) -> str:
    blob = f"folder/actual/20260101-20260131/{run}/part_0_0001.csv"
    body = {
        "exportConfig": {"exportName": "actual", "type": "ActualCost"}, "blobs": [{"blobName": blob, "byteCount": 3}],
        "runInfo": {"submittedTime": submitted, "startDate": "2026-01-01T00:00:00", "endDate": "2026-01-31T00:00:00"},
    }  # fmt: skip
    manifest(root, f"actual/20260101-20260131/{run}/manifest.json", body)
    put(root, f"actual/20260101-20260131/{run}/part_0_0001.csv")
    return f"actual/20260101-20260131/{run}/part_0_0001.csv"


def test_an_azure_export_is_its_newest_run_of_each_period(root: Path, tmp_path: Path) -> None:
    azure_run(root, "zzz", "2026-01-20T21:04:06.5Z")
    newest = azure_run(root, "aaa", "2026-01-21T21:04:06.5Z")
    assert found(root, root, tmp_path) == [newest]


def test_a_manifest_that_is_cut_off_is_refused(root: Path, tmp_path: Path) -> None:
    put(root, "a.csv")
    (root / "manifest.json").write_text('{"blobs": [')
    assert "manifest `manifest.json` is cut off or no JSON" in refusal(root, tmp_path)


def test_a_manifest_of_another_kind_is_refused(root: Path, tmp_path: Path) -> None:
    put(root, "a.csv")
    manifest(root, "manifest.json", {"hello": 1})
    assert "names no data files" in refusal(root, tmp_path)


def test_local_places_never_load_the_object_store_library(root: Path) -> None:
    put(root, "a.csv")
    code = (
        f"import sys; from connectors.billing.files.places import fetch; fetch([{str(root)!r}], None); "
        "sys.exit('pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
