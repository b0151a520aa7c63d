"""Bills as they come: what is odd is loaded and said, what is broken is refused in one sentence, and never half of it."""

import gzip
import io
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from finops.errors import BadFile
from finops.relational import Aggregate, Key, Question
from gateway.home import Home
from gateway.ingest import LoadReport, ingest
from store.lake.reader import open_lake
from tests.integration.test_ingest import ADMIN, unheard
from tests.unit.connectors.bills import COLUMNS, ROW, row, write_bill

TOTAL = Aggregate("total", "sum", "BilledCost")
MOST = "99999999999999999999.123456789012345678"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


def load(home: Home, *places: Path) -> LoadReport:
    return ingest(home, ADMIN, places, audit=unheard)


def asked(home: Home, question: Question) -> list[tuple[str, ...]]:
    return [tuple(str(value) for value in found) for found in open_lake(home.lake, home.plans).ask(question).rows]


def total(home: Home) -> Decimal:
    ((value,),) = asked(home, Question("cost", (TOTAL,)))
    return Decimal(value)


def refused(home: Home, *places: Path) -> str:
    """Load what cannot be loaded into a lake that holds something; return why. The lake is as it was."""
    load(home, write_bill(home.path.parent / "sound.csv", [row(BillingAccountId="kept")]))
    before = open_lake(home.lake, home.plans).snapshot
    with pytest.raises(BadFile) as caught:
        load(home, *places)
    assert (open_lake(home.lake, home.plans).snapshot, total(home)) == (before, Decimal("1.25"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def parquet(path: Path, rows: list[dict[str, str]], replace: str = "") -> Path:
    """Write rows as Parquet, with some columns replaced."""
    written = write_bill(path.with_suffix(".tmp"), rows).read_text(encoding="utf-8")
    relation = duckdb.read_csv(io.StringIO(written), all_varchar=True)
    relation.project(f"* REPLACE ({replace})" if replace else "*").write_parquet(str(path))
    path.with_suffix(".tmp").unlink()
    return path


def month(number: int, **changes: str) -> dict[str, str]:
    """Return a row of a month of 2026."""
    first, following = f"2026-{number:02d}", f"2026-{number + 1:02d}"
    return row(
        BillingPeriodStart=f"{first}-01T00:00:00Z", BillingPeriodEnd=f"{following}-01T00:00:00Z",
        ChargePeriodStart=f"{first}-05T00:00:00Z", ChargePeriodEnd=f"{first}-06T00:00:00Z", **changes,
    )  # fmt: skip


def test_bills_of_several_focus_versions_in_one_folder_load_together(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_bill(folder / "1.0.csv", [month(1, BilledCost="1")], [name for name in COLUMNS if name != "ChargeClass"])
    later = month(2, BilledCost="2", CapacityReservationId="cr-1")
    write_bill(folder / "1.1.csv", [later], [*COLUMNS, "CapacityReservationId"])
    invoiced = month(3, BilledCost="4", InvoiceId="inv-1", BillingAccountType="root")
    write_bill(folder / "1.2.csv", [invoiced], [*COLUMNS, "InvoiceId", "BillingAccountType"])
    report = load(home, folder)
    assert (report.rows, report.totals) == (3, {"USD": "7.00"})
    by_invoice = asked(home, Question("cost", (TOTAL,), (Key("InvoiceId"),)))
    assert sorted(by_invoice) == [("None", "3.000000000000000000"), ("inv-1", "4.000000000000000000")]


def test_a_half_written_parquet_is_refused(home: Home, tmp_path: Path) -> None:
    path = parquet(tmp_path / "bill.parquet", [ROW] * 500)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert refused(home, path) == "`bill.parquet` is cut off or no Parquet file; export or copy it again"


@pytest.mark.parametrize("share", [0.2, 0.9])
def test_a_gzip_that_is_cut_off_keeps_the_sound_files_beside_it_out_too(
    home: Home, tmp_path: Path, share: float
) -> None:
    sound = write_bill(tmp_path / "a.csv", [row(BillingAccountId="2")])
    whole = gzip.compress(write_bill(tmp_path / "b", [row(ResourceId=f"i-{n}") for n in range(9000)]).read_bytes())
    cut = tmp_path / "b.csv.gz"
    cut.write_bytes(whole[: int(len(whole) * share)])
    assert refused(home, sound, cut).startswith("`b.csv.gz` is cut off; ")


def test_the_same_bill_loaded_as_another_kind_of_file_is_unchanged(home: Home, tmp_path: Path) -> None:
    load(home, write_bill(tmp_path / "bill.csv", [ROW]))
    again = load(home, parquet(tmp_path / "bill.parquet", [ROW]))
    assert (again.changed, again.periods[0].status, total(home)) == (False, "unchanged", Decimal("1.25"))


def test_a_month_two_files_share_is_merged_and_the_months_beside_it_stay(home: Home, tmp_path: Path) -> None:
    first = write_bill(tmp_path / "a.csv", [month(1, BilledCost="1"), month(2, BilledCost="2")])
    second = write_bill(tmp_path / "b.csv", [month(2, BilledCost="4"), month(3, BilledCost="8")])
    report = load(home, first, second)
    assert [(one.period, one.totals["USD"]) for one in report.periods] == [
        ("2026-01", "1.00"), ("2026-02", "6.00"), ("2026-03", "8.00"),
    ]  # fmt: skip
    assert (report.warnings, total(home)) == ((), Decimal(15))


def test_a_month_two_loads_share_is_replaced_and_a_loss_of_rows_is_warned_of(home: Home, tmp_path: Path) -> None:
    first = [month(1, BilledCost="1"), month(2, BilledCost="2"), month(2, BilledCost="16")]
    load(home, write_bill(tmp_path / "a.csv", first))
    report = load(home, write_bill(tmp_path / "b.csv", [month(2, BilledCost="4"), month(3, BilledCost="8")]))
    assert [(one.period, one.status) for one in report.periods] == [("2026-02", "replaced"), ("2026-03", "loaded")]
    assert [(one.code, one.message) for one in report.warnings] == [
        ("fewer_rows", "AWS/1 2026-02: 1 rows replaced 2; load all files of a month together"),
        (
            "lower_total",
            "AWS/1 2026-02: BilledCost fell from 18.00 to 4.00 USD; load all files of a month together, or check that it was "
            "restated so",
        ),
    ]
    assert total(home) == 13


def test_a_second_file_of_more_rows_that_replaces_a_month_is_warned_of_by_its_cost_and_its_services(
    home: Home, tmp_path: Path
) -> None:
    services = {"Amazon EC2": "60", "Amazon S3": "25", "Amazon RDS": "10", "Amazon SQS": "5", "AWS Lambda": "1"}
    load(home, write_bill(tmp_path / "a.csv", [month(1, ServiceName=n, BilledCost=c) for n, c in services.items()]))
    rows = [month(1, ServiceName="AWS Lambda", BilledCost="0.5", ResourceId=f"i-{n}") for n in range(6)]
    report = load(home, write_bill(tmp_path / "b.csv", rows))
    assert [(one.code, one.message.split(";")[0]) for one in report.warnings] == [
        ("lower_total", "AWS/1 2026-01: BilledCost fell from 101.00 to 3.00 USD"),
        (
            "services_gone",
            "AWS/1 2026-01: without `Amazon EC2` (60.00 USD), `Amazon S3` (25.00 USD), `Amazon RDS` (10.00 USD) and 1 more, which it "
            "had before",
        ),
    ]


def test_a_restatement_by_less_than_a_tenth_is_not_warned_of(home: Home, tmp_path: Path) -> None:
    load(home, write_bill(tmp_path / "a.csv", [month(1, BilledCost="100")]))
    assert load(home, write_bill(tmp_path / "b.csv", [month(1, BilledCost="90")])).warnings == ()


def test_a_column_may_change_its_type_between_two_parquet_files(home: Home, tmp_path: Path) -> None:
    files = [
        parquet(tmp_path / "a.parquet", [month(1, BilledCost="0.1")]),
        parquet(tmp_path / "b.parquet", [month(2, BilledCost="0.2")], "CAST(BilledCost AS DOUBLE) AS BilledCost"),
        parquet(
            tmp_path / "c.parquet",
            [month(3, BilledCost="4")],
            "CAST(BilledCost AS INTEGER) AS BilledCost, CAST(ChargePeriodStart AS TIMESTAMP) AS ChargePeriodStart",
        ),
    ]
    report = load(home, *files)
    assert (report.rows, total(home)) == (3, Decimal("4.3"))
    assert [one.code for one in report.warnings] == ["float_amounts"]


def test_an_amount_of_38_digits_is_kept_and_added_to_the_last(home: Home, tmp_path: Path) -> None:
    report = load(home, write_bill(tmp_path / "bill.csv", [row(BilledCost=MOST), row(BilledCost="-1")]))
    assert report.totals == {"USD": "99999999999999999998.123456789012345678"}
    assert total(home) == Decimal("99999999999999999998.123456789012345678")


def test_amounts_that_sum_to_more_than_38_digits_are_refused(home: Home, tmp_path: Path) -> None:
    said = refused(home, write_bill(tmp_path / "bill.csv", [row(BilledCost=MOST)] * 2))
    assert said == "`bill.csv` sums to more than 38 digits; check its amounts"


def test_negative_and_zero_quantities_are_kept_as_written(home: Home, tmp_path: Path) -> None:
    rows = [row(PricingQuantity=text, BilledCost=text) for text in ("-2.5", "0", "-0.0", "1")]
    load(home, write_bill(tmp_path / "bill.csv", rows))
    quantity = Aggregate("quantity", "sum", "PricingQuantity")
    assert asked(home, Question("cost", (quantity, TOTAL))) == [("-1.500000000000000000", "-1.500000000000000000")]


def test_a_month_without_rows_between_two_others_is_no_month_of_the_load(home: Home, tmp_path: Path) -> None:
    report = load(home, write_bill(tmp_path / "bill.csv", [month(1), month(3)]))
    assert [one.period for one in report.periods] == ["2026-01", "2026-03"]


def test_a_file_without_rows_keeps_the_whole_load_out(home: Home, tmp_path: Path) -> None:
    said = refused(home, write_bill(tmp_path / "a.csv", [month(1)]), write_bill(tmp_path / "b.csv", []))
    assert (
        said
        == "`b.csv` holds a header and no rows; export a period that has charges, or empty a month with `toll forget`"
    )


def test_ten_thousand_tag_keys_are_kept_and_each_can_be_asked_for(home: Home, tmp_path: Path) -> None:
    spread = [row(BilledCost="1", Tags=json.dumps({f"key{n}": f"v{n}"})) for n in range(5000)]
    together = row(BilledCost="2", Tags=json.dumps({f"key{n}": f"v{n}" for n in range(5000, 10_000)}))
    assert load(home, write_bill(tmp_path / "bill.csv", [*spread, together])).rows == 5001
    for number, cost in ((4321, "1"), (9876, "2")):
        key = Key("Tags", json_key=f"key{number}")
        found = asked(home, Question("cost", (TOTAL,), (key,)))
        assert (f"v{number}", f"{cost}.000000000000000000") in found


def test_files_of_a_folder_that_are_left_out_are_named(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_bill(folder / "a.csv", [ROW])
    for name in ("b.csv.zst", "e.txt"):
        (folder / name).write_text("x", encoding="utf-8")
    assert [(one.code, one.message) for one in load(home, folder).warnings] == [
        ("left_out", "left out, of another ending: `b.csv.zst`, `e.txt`; name a file to load it")
    ]


def test_a_source_in_other_letters_replaces_the_month_it_has_in_the_lake(home: Home, tmp_path: Path) -> None:
    load(home, write_bill(tmp_path / "a.csv", [month(1, BilledCost="1")]))
    report = load(home, write_bill(tmp_path / "b.csv", [month(1, BilledCost="2", ProviderName="aws")]))
    assert [(one.source, one.status) for one in report.periods] == [("AWS/1", "replaced")]
    assert total(home) == 2
