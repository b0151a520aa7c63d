"""Bills: what is taken, what is warned of, what is refused and in which words."""

import gzip
import io
import os
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from connectors.billing.files.source import find_files
from connectors.billing.load import StagedBill, stage_bills
from finops.errors import BadFile
from finops.tables import COST_COLUMNS, add_totals
from tests.unit.connectors.bills import COLUMNS, ROW, row, write_bill


def stage(scratch: Path, *paths: Path, source: str | None = None) -> StagedBill:
    return stage_bills(paths, scratch / "scratch", source=source, progress=lambda _text, _share: None)


def values(bill: StagedBill, column: str) -> list[object]:
    files = [path for part in bill.parts for path in part.paths]
    rows = duckdb.read_parquet(files).order("ChargePeriodStart, BilledCost").select(column).fetchall()
    return [value for (value,) in rows]


def codes(bill: StagedBill) -> list[str]:
    return [warning.code for warning in bill.warnings]


def refusal(tmp_path: Path, *paths: Path) -> str:
    with pytest.raises(BadFile) as caught:
        stage(tmp_path, *find_files(paths))
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_the_real_sample_sums_exactly_by_provider(tmp_path: Path, shared_data: Path) -> None:
    bill = stage(tmp_path, shared_data / "focus" / "focus_sample_1.0.csv")
    by_provider = {
        name: add_totals(p.part.totals for p in bill.parts if p.part.source.startswith(name))["USD"]
        for name in ("AWS", "Microsoft", "Oracle")
    }
    assert by_provider == {"AWS": "18.0066386184", "Microsoft": "1.97651418586", "Oracle": "0.53707392473"}
    assert add_totals(p.part.totals for p in bill.parts) == {"USD": "20.52022672899"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("null_text", "the text `NULL` stands for no value in 19 columns; it and empty text were taken as absent"),
        ("spelling", "ChargeFrequency: took `Usage-based` as `Usage-Based`"),
        (
            "no_time_zone",
            "BillingPeriodEnd, BillingPeriodStart, ChargePeriodEnd and ChargePeriodStart have no time zone",
        ),
        ("extra_column", "1 column beyond FOCUS (`Id`) kept in x_Columns"),
        ("rounded_amounts", "EffectiveCost of `AWS/1234567890123` is rounded to whole numbers in the bill"),
        ("negative_day", "2024-09-03 -0.08746750847 USD"),
    ],
)
def test_the_real_sample_is_warned_of(tmp_path: Path, shared_data: Path, code: str, words: str) -> None:
    bill = stage(tmp_path, shared_data / "focus" / "focus_sample_1.0.csv")
    assert any(warning.code == code and words in warning.message for warning in bill.warnings)


def test_the_real_sample_carries_a_caveat_on_effective_cost(tmp_path: Path, shared_data: Path) -> None:
    bill = stage(tmp_path, shared_data / "focus" / "focus_sample_1.0.csv")
    aws = next(part.part for part in bill.parts if part.part.source == "AWS/1234567890123")
    assert "not an amortised cost" in aws.caveats["EffectiveCost"][0]


def test_a_sound_bill_has_no_warning(tmp_path: Path) -> None:
    assert codes(stage(tmp_path, write_bill(tmp_path / "bill.csv", [ROW]))) == []


def test_staged_files_have_the_lakes_columns_that_the_bill_has(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [ROW]))
    described = duckdb.read_parquet(list(bill.parts[0].paths))
    wanted = {name: kind for name, kind in COST_COLUMNS.items() if name in {*ROW, "x_Source"}}
    assert dict(zip(described.columns, map(str, described.types), strict=True)) == wanted


def test_null_text_and_empty_text_are_absent(tmp_path: Path) -> None:
    bill = stage(
        tmp_path, write_bill(tmp_path / "bill.csv", [row(ResourceId="NULL"), row(ResourceId="", BilledCost="2")])
    )
    assert values(bill, "ResourceId") == [None, None]


def test_an_offset_is_applied_to_the_time(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [row(ChargePeriodStart="2026-01-05T01:30:00+02:00")]))
    assert str(values(bill, "ChargePeriodStart")[0]) == "2026-01-04 23:30:00"


def test_an_allowed_value_in_other_case_is_mended(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [row(ChargeCategory="usage")]))
    assert values(bill, "ChargeCategory") == ["Usage"]
    assert codes(bill) == ["spelling"]


def test_a_value_that_is_not_allowed_is_kept_and_warned_of(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [row(ServiceCategory="Robots")]))
    assert values(bill, "ServiceCategory") == ["Robots"]
    assert codes(bill) == ["value_not_allowed"]


def test_a_column_beyond_focus_is_kept(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [row(x_Note="hi")], (*COLUMNS, "x_Note")))
    assert values(bill, "x_Columns") == ['{"x_Note":"hi"}']


@pytest.mark.parametrize(
    ("text", "value"),
    [("5E-7", "0.0000005"), ("-.5", "-0.5"), ("+3", "3"), ("1e3", "1000"), ("-0.000000000000000001", "-0.000000000000000001"),
     ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"), (" 7.5 ", "7.5"),
     ("0.10000000000000000000000", "0.1"), ("-12.00", "-12")],
)  # fmt: skip
def test_an_amount_is_taken_to_the_last_digit(tmp_path: Path, text: str, value: str) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [row(BilledCost=text)]))
    assert values(bill, "BilledCost") == [Decimal(value)]


@pytest.mark.parametrize(
    ("text", "words"),
    [("NaN", "is no finite number"), ("inf", "is no finite number"), ("-Infinity", "is no finite number"),
     ("free", "is no finite number"), ("1,000", "is no finite number"), ("1_000", "is no finite number"),
     ("0.1234567890123456789", "has more than 18 decimals or 38 digits"), ("1e-19", "has more than 18 decimals or 38 digits"),
     ("123456789012345678901", "has more than 18 decimals or 38 digits")],
)  # fmt: skip
def test_an_amount_that_cannot_be_exact_is_refused(tmp_path: Path, text: str, words: str) -> None:
    said = refusal(tmp_path, write_bill(tmp_path / "bill.csv", [ROW, ROW, row(EffectiveCost=text)]))
    assert said.startswith(f"`bill.csv` row 4: EffectiveCost `{text}` {words}")


@pytest.mark.parametrize("column", ["BilledCost", "ProviderName", "BillingCurrency", "ChargePeriodStart"])
def test_a_row_without_what_places_it_is_refused(tmp_path: Path, column: str) -> None:
    said = refusal(tmp_path, write_bill(tmp_path / "bill.csv", [ROW, row(**{column: ""})]))
    assert said == f"`bill.csv` row 3: {column} `` is missing; every row needs one"


@pytest.mark.parametrize(
    "moment", ["1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "2026-13-01", "9/1/2026", "infinity", "soon"]
)
def test_a_date_out_of_range_is_refused(tmp_path: Path, moment: str) -> None:
    said = refusal(tmp_path, write_bill(tmp_path / "bill.csv", [row(ChargePeriodStart=moment)]))
    assert "ChargePeriodStart" in said
    assert "is no date and time from 2000 to 2099" in said


def test_an_end_before_its_start_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, write_bill(tmp_path / "bill.csv", [row(ChargePeriodEnd="2026-01-04T00:00:00Z")]))
    assert "is before the start of its period" in said


@pytest.mark.parametrize("tags", ["[1]", "team=a", '{"team":', '"x"'])
def test_tags_that_are_no_object_are_refused(tmp_path: Path, tags: str) -> None:
    said = refusal(tmp_path, write_bill(tmp_path / "bill.csv", [row(Tags=tags)]))
    assert f"Tags `{tags}` is no JSON object" in said


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path, tmp_path / "none.csv")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert "holds no .csv, .csv.gz, .parquet or .jsonl file" in refusal(tmp_path, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n", "has no header"),
        ((",".join(COLUMNS) + "\n").encode(), "holds a header and no rows"),
        (b"date,cost\n2026-01-01,3\n", "is no FOCUS bill"),
        (b"PK\x03\x04rest", "a ZIP archive or a spreadsheet"),
        (b"PAR1 and no more", "is cut off or no Parquet file"),
        ("ProviderName,K\u00f6ln\n".encode("latin-1"), "is not UTF-8"),
        ("a,b\n".encode("utf-16"), "is not UTF-8"),
    ],
)
def test_what_is_no_bill_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bill.csv"
    path.write_bytes(content)
    assert words in refusal(tmp_path, path)


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = write_bill(tmp_path / "bill.csv", [row(ServiceName="K\u00f6ln")])
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    assert refusal(tmp_path, path) == "`bill.csv` is not UTF-8; convert it, such as with `iconv -f LATIN1 -t UTF-8`"


def test_a_bill_cut_off_in_a_row_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_bill(tmp_path / "bill.csv", [ROW, ROW])
    path.write_bytes(path.read_bytes()[:-60])
    assert "`bill.csv` line 3 has too few fields" in refusal(tmp_path, path)


def test_a_bill_cut_off_inside_quotes_is_refused(tmp_path: Path) -> None:
    path = write_bill(tmp_path / "bill.csv", [ROW, ROW])
    path.write_bytes(path.read_bytes()[:-4])
    assert "opens a quote that never closes" in refusal(tmp_path, path)


def test_a_gzip_cut_off_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(write_bill(tmp_path / "bill", [ROW] * 5000).read_bytes())
    path = tmp_path / "bill.csv.gz"
    path.write_bytes(packed[: len(packed) // 2])
    assert "is cut off" in refusal(tmp_path, path)


def test_a_parquet_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fruit.parquet"
    duckdb.connect().execute(f"COPY (SELECT 1 AS apples) TO '{path}'")
    assert "is no FOCUS bill, it has the columns `apples`" in refusal(tmp_path, path)


def test_a_misspelt_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    path = write_bill(tmp_path / "bill.csv", [ROW])
    path.write_text(path.read_text(encoding="utf-8").replace("BilledCost", "Billed_Cost", 1), encoding="utf-8")
    said = refusal(tmp_path, path)
    assert said == "`bill.csv` lacks the column `BilledCost`; rename `Billed_Cost` to `BilledCost`"


def test_columns_that_differ_in_case_alone_are_refused(tmp_path: Path) -> None:
    path = write_bill(tmp_path / "bill.csv", [ROW | {"billedCost": "1"}], (*COLUMNS, "billedCost"))
    said = refusal(tmp_path, path)
    assert said.startswith("`bill.csv` has the columns `BilledCost` and `billedCost`, which differ in case alone; ")


def test_currencies_are_kept_apart(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [ROW, row(BillingCurrency="EUR", BilledCost="3")]))
    assert bill.parts[0].part.totals == {"EUR": "3.00", "USD": "1.25"}


def test_gzip_and_parquet_hold_the_same_content_as_csv(tmp_path: Path) -> None:
    plain = write_bill(tmp_path / "bill.csv", [ROW, row(BilledCost="0.10", Tags="")])
    packed = tmp_path / "bill.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    parquet = tmp_path / "bill.parquet"
    duckdb.read_csv(str(plain)).write_parquet(str(parquet))
    contents = {stage(tmp_path / path.suffix, path).parts[0].part.content for path in (plain, packed, parquet)}
    assert len(contents) == 1


def test_content_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    one, two = row(BilledCost="1"), row(BilledCost="2")
    forth = stage(tmp_path / "a", write_bill(tmp_path / "forth.csv", [one, two]))
    back = stage(tmp_path / "b", write_bill(tmp_path / "back.csv", [two, one]))
    assert forth.parts[0].part.content == back.parts[0].part.content


def test_floating_point_parquet_is_taken_at_its_shortest_text(tmp_path: Path) -> None:
    path = tmp_path / "bill.parquet"
    relation = duckdb.read_csv(str(write_bill(tmp_path / "bill.csv", [row(BilledCost="0.1")])))
    relation.project("* REPLACE (CAST(BilledCost AS DOUBLE) AS BilledCost)").write_parquet(str(path))
    bill = stage(tmp_path, path)
    assert values(bill, "BilledCost") == [Decimal("0.1")]
    assert "float_amounts" in codes(bill)


def test_tags_of_a_parquet_map_become_an_object(tmp_path: Path) -> None:
    path = tmp_path / "bill.parquet"
    relation = duckdb.read_csv(str(write_bill(tmp_path / "bill.csv", [ROW])))
    relation.project("* REPLACE (MAP {'team': 'a'} AS Tags)").write_parquet(str(path))
    assert values(stage(tmp_path, path), "Tags") == ['{"team":"a"}']


def test_a_second_copy_of_a_file_is_counted_once(tmp_path: Path) -> None:
    first = write_bill(tmp_path / "a.csv", [ROW])
    bill = stage(tmp_path, first, write_bill(tmp_path / "b.csv", [ROW]))
    assert [part.part.rows for part in bill.parts] == [1]
    assert codes(bill) == ["same_rows"]


def test_two_files_of_one_month_are_added(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "a.csv", [ROW]), write_bill(tmp_path / "b.csv", [row(BilledCost="2")]))
    assert bill.parts[0].part.totals == {"USD": "3.25"}


def test_a_source_can_be_named(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [ROW]), source="o'brien/1")
    assert values(bill, "x_Source") == ["o'brien/1"]


def test_scales_are_the_decimals_as_written(tmp_path: Path) -> None:
    bill = stage(tmp_path, write_bill(tmp_path / "bill.csv", [row(BilledCost="1.2500"), row(BilledCost="3")]))
    assert bill.parts[0].part.scales["BilledCost"] == 4


def test_a_folder_is_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "in" / "deep").mkdir(parents=True)
    write_bill(tmp_path / "in" / "a.csv", [ROW])
    write_bill(tmp_path / "in" / "deep" / "b.CSV", [ROW])
    (tmp_path / "in" / "notes.txt").write_text("no bill", encoding="utf-8")
    assert [path.name for path in find_files([tmp_path / "in"])] == ["a.csv", "b.CSV"]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize(
    "stem", ["bill*", "bill?", "bill[1]", "bill[!2]", "bill[", "bill{1,2}", "it's", "a b#c%20", "b\\1"]
)
def test_a_name_that_looks_like_a_pattern_is_that_file_alone(tmp_path: Path, stem: str, kind: str) -> None:
    for name, amount in (("bill1", "7"), ("bill2", "8"), (stem, "1")):
        written = write_bill(tmp_path / f"{name}.csv", [row(BilledCost=amount)])
        if kind == "csv.gz":
            written.with_suffix(".csv.gz").write_bytes(gzip.compress(written.read_bytes()))
        if kind == "parquet":
            duckdb.read_csv(io.StringIO(written.read_text(encoding="utf-8")), all_varchar=True).write_parquet(
                str(written.with_suffix(".parquet"))
            )
    bill = stage(tmp_path, *find_files([tmp_path / f"{stem}.{kind}"]))
    assert (len(bill.parts), bill.parts[0].part.rows, bill.parts[0].part.totals) == (1, 1, {"USD": "1.00"})


def test_a_folder_named_as_a_partition_adds_no_column(tmp_path: Path) -> None:
    folder = tmp_path / "BillingCurrency=EUR"
    folder.mkdir()
    bill = stage(tmp_path, *find_files([write_bill(folder / "bill.csv", [ROW])]))
    assert (codes(bill), values(bill, "BillingCurrency")) == ([], ["USD"])
    assert "x_Columns" not in duckdb.read_parquet(list(bill.parts[0].paths)).columns


def test_a_name_that_cannot_be_handed_to_duckdb_is_refused(tmp_path: Path) -> None:
    assert "holds a backslash and one of `*?[`" in refusal(tmp_path, write_bill(tmp_path / "a\\*.csv", [ROW]))
    odd = tmp_path / os.fsdecode(b"\xff.csv")
    assert "is not UTF-8; rename it" in refusal(tmp_path, write_bill(odd, [ROW]))
