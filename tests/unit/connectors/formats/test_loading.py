"""Foreign bills through the whole load: proved, with their caveats, their faults by row, and what FOCUS cannot hold."""

import json
from pathlib import Path

import duckdb
import pytest

from connectors.billing.load import StagedBill, stage_bills
from finops.errors import BadFile
from finops.tables import add_totals
from tests.unit.connectors.formats.exports import (
    azure,
    azure_actual,
    azure_amortized,
    cur,
    cur_month,
    gcp,
    gcp_month,
    oci,
    write_cur,
    write_cur_2,
    write_ea,
    write_gcp_parquet,
    write_json_lines,
    write_mca,
    write_oci,
)


def stage(*paths: Path, source: str | None = None) -> StagedBill:
    return stage_bills(paths, paths[0].parent / "scratch", source=source, progress=lambda _text, _share: None)


def values(bill: StagedBill, column: str) -> list[object]:
    files = [path for part in bill.parts for path in part.paths]
    return [
        value for (value,) in duckdb.read_parquet(files).order("BilledCost, EffectiveCost").select(column).fetchall()
    ]


def test_every_format_is_loaded_with_its_own_total(tmp_path: Path) -> None:
    written = {
        "AWS/111": ("393.157", write_cur(tmp_path / "cur.csv.gz", cur_month())),
        "Microsoft/8611537": ("875.77", write_ea(tmp_path / "ea.csv", azure_actual())),
        "Microsoft/BP-1": ("875.77", write_mca(tmp_path / "mca.csv", azure_actual())),
        "Google Cloud/01AB-2": ("4.25", write_gcp_parquet(tmp_path / "gcp.parquet", gcp_month())),
        "Oracle/5551": ("0.025", write_oci(tmp_path / "oci.csv", [oci()])),
    }
    bill = stage(*(path for _, path in written.values()))
    assert {p.part.source: list(p.part.totals.values()) for p in bill.parts} == {
        k: [v] for k, (v, _) in written.items()
    }
    assert {p.part.month for p in bill.parts} == {"2026-01"}


def test_the_real_exports_load_with_their_totals(shared_data: Path, tmp_path: Path) -> None:
    paths = [shared_data / "billing" / name for name in ("aws_cur_sample.csv", "azure_ea_sample.csv")]
    bill = stage_bills(paths, tmp_path / "scratch", source=None, progress=lambda _text, _share: None)
    assert add_totals(p.part.totals for p in bill.parts) == {"CAD": "1.26136926505726", "USD": "1.6823086974"}
    assert {p.part.source: p.part.rows for p in bill.parts} == {"AWS/123412340534": 1281, "Microsoft/12345678": 27}


def test_a_cost_that_the_export_has_not_is_null_and_a_caveat_of_its_part(tmp_path: Path) -> None:
    bill = stage(write_ea(tmp_path / "actual.csv", azure_actual()))
    assert values(bill, "EffectiveCost").count(None) == 2
    assert "has no amortised cost" in bill.parts[0].part.caveats["EffectiveCost"][0]
    complete = stage(write_ea(tmp_path / "on_demand.csv", [azure()]))
    assert "EffectiveCost" not in complete.parts[0].part.caveats


def test_what_focus_cannot_hold_is_in_x_columns(tmp_path: Path) -> None:
    kept = [json.loads(str(text)) for text in values(stage(write_cur_2(tmp_path / "c.parquet", [cur()])), "x_Columns")]
    assert kept[0]["line_item_line_item_type"] == "Usage"
    assert json.loads(kept[0]["product"])["memory"] == "8 GiB"


@pytest.mark.parametrize("amount", ["abc", "0.0000000000000000001"])
def test_an_amount_that_cannot_be_held_refuses_with_its_row(tmp_path: Path, amount: str) -> None:
    path = write_cur(tmp_path / "cur.csv", [cur(), cur(lineItem__UnblendedCost=amount)])
    with pytest.raises(BadFile, match=f"`cur.csv` row 3: BilledCost `{amount}`"):
        stage(path)


def test_a_fault_after_credits_names_the_files_own_row(tmp_path: Path) -> None:
    rows = [*gcp_month(), gcp(usage_end_time="soon")]
    with pytest.raises(BadFile, match=r"`gcp\.jsonl` row 8: ChargePeriodEnd `soon`"):
        stage(write_json_lines(tmp_path / "gcp.jsonl", rows))


def test_an_actual_and_an_amortised_export_of_one_month_are_refused_together(tmp_path: Path) -> None:
    actual, amortized = write_ea(tmp_path / "a.csv", azure_actual()), write_ea(tmp_path / "b.csv", azure_amortized())
    for source in (None, "azure"):
        with pytest.raises(BadFile, match="would count twice; load one of them"):
            stage(actual, amortized, source=source)


def test_two_formats_may_share_a_source_that_was_named(tmp_path: Path) -> None:
    bill = stage(write_cur(tmp_path / "a.csv", [cur()]), write_oci(tmp_path / "b.csv", [oci()]), source="all")
    assert bill.parts[0].part.totals == {"USD": "0.121"}


def test_a_foreign_csv_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write_cur(tmp_path / "cur.csv", cur_month())
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BadFile, match=r"cut off|too few fields"):
        stage(path)
