"""Metrics files: taken by month, refused with the row that is wrong."""

from pathlib import Path

import duckdb
import pytest

from connectors.metrics_file import stage_metrics
from finops.errors import BadFile
from finops.tables import METRICS_COLUMNS, StagedPart

HEADER = "ResourceId,x_Metric,Timestamp,Value,x_StepSeconds"


def stage(tmp_path: Path, *lines: str, header: str = HEADER) -> tuple[StagedPart, ...]:
    path = tmp_path / "metrics.csv"
    tmp_path.mkdir(exist_ok=True)
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return stage_metrics([path], tmp_path / "scratch", source=None)


def test_samples_are_staged_by_month_in_the_lakes_schema(tmp_path: Path) -> None:
    parts = stage(
        tmp_path, "i-2,cpu_percent,2026-01-31T23:55:00Z,12.5,300", "i-1,cpu_percent,2026-02-01T00:00:00Z,50,300"
    )
    assert [(one.part.source, one.part.month, one.part.rows) for one in parts] == [
        ("metrics", "2026-01", 1),
        ("metrics", "2026-02", 1),
    ]
    described = duckdb.read_parquet(list(parts[0].paths))
    assert dict(zip(described.columns, map(str, described.types), strict=True)) == METRICS_COLUMNS


def test_samples_are_sorted_by_resource_metric_and_time(tmp_path: Path) -> None:
    parts = stage(
        tmp_path, "b,cpu,2026-01-02,1,300", "a,mem,2026-01-01,2,300", "a,cpu,2026-01-02,3,300", "a,cpu,2026-01-01,4,300"
    )
    rows = duckdb.read_parquet(list(parts[0].paths)).select("Value").fetchall()
    assert [value for (value,) in rows] == [4.0, 3.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("i-1,cpu_percent,2026-01-01,NaN,300", "row 3: Value `NaN` cannot be used"),
        ("i-1,cpu_percent,2026-01-01,inf,300", "row 3: Value `inf` cannot be used"),
        ("i-1,cpu_percent,2026-01-01,,300", "row 3: Value `` cannot be used"),
        ("i-1,cpu_percent,2126-01-01,1,300", "row 3: Timestamp `2126-01-01` cannot be used"),
        (",cpu_percent,2026-01-01,1,300", "row 3: ResourceId `` cannot be used"),
        ("i-1,,2026-01-01,1,300", "row 3: x_Metric `` cannot be used"),
        ("i-1,cpu_percent,2026-01-01,1,0", "row 3: x_StepSeconds `0` cannot be used"),
        ("i-1,cpu_percent", "line 3 has too few fields"),
    ],
)
def test_a_sample_that_cannot_be_used_is_refused(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(BadFile) as caught:
        stage(tmp_path, "i-1,cpu_percent,2026-01-01,1,300", line)
    assert words in str(caught.value)


def test_a_metrics_file_without_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="lacks `Value`"):
        stage(tmp_path, "i-1,cpu_percent,2026-01-01,300", header="ResourceId,x_Metric,Timestamp,x_StepSeconds")


def test_a_metrics_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="holds a header and no rows"):
        stage(tmp_path)


def test_a_scratch_folder_that_looks_like_a_pattern_holds_its_own_files_alone(tmp_path: Path) -> None:
    stage(tmp_path / "1", "i-1,cpu,2026-01-01,1,300")
    parts = stage(tmp_path / "[1]", "i-1,cpu,2026-01-01,2,300")
    assert [one.part.rows for one in parts] == [1]
    assert "[1]" in parts[0].paths[0]
