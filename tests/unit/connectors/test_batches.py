"""Reading by Arrow: what is strict CSV, what is left to DuckDB, and that both, and any size of batch, come to the same."""

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.billing.files.source import BillFile
from connectors.billing.load import StagedBill, stage_bills
from connectors.billing.reading import batches
from connectors.billing.reading import one_pass as check
from connectors.billing.reading.arrow import pa
from connectors.billing.reading.batches import Doubtful, StrictQuotes
from connectors.billing.sql.session import session
from connectors.billing.staged import writing as staging
from connectors.billing.staged.proving import read_contents
from tests.unit.connectors.bills import COLUMNS, row, write_bill

CELLS = st.lists(st.lists(st.text('ab",\n\r \u00e9', max_size=6), min_size=3, max_size=3), min_size=1, max_size=4)


def is_strict(content: bytes, size: int) -> bool:
    stream = StrictQuotes(pa.BufferReader(content))
    try:
        while len(stream.read(size)):
            pass
    except Doubtful:
        return False
    return True


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("content", "strict"),
    [
        (b'a,b\n1,"x"\n', True),
        (b'a,b\n1,"x"', True),
        (b'a,b\n"",""\r\n', True),
        (b'a,b\n1,"{""team"":""a""}"\n', True),
        (b'a,b\n1,"x"y\n', False),
        (b'a,b\n1,"{"team":"a"}"\n', False),
        (b'a,b\n1,"x\n', False),
        ("a,b\n1,\u00e9\n".encode(), True),
        ("a,b\n1,\u00e9\n".encode("latin-1"), False),
        ("a,b\n1,\u00e9".encode()[:-1], False),
    ],
)
def test_quotes_and_letters_that_strict_csv_lacks_are_doubtful(content: bytes, size: int, *, strict: bool) -> None:
    assert is_strict(content, size) is strict


@given(rows=CELLS, size=st.integers(1, 40), quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
def test_whatever_a_csv_writer_writes_is_strict(rows: list[list[str]], size: int, quoting: int) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL if quoting == csv.QUOTE_ALL else csv.QUOTE_MINIMAL).writerows(rows)
    assert is_strict(text.getvalue().encode(), size)


@settings(deadline=None)
@given(
    pieces=st.lists(st.sampled_from(('"', '""', ",", "\n", "\r\n", "a", "é", "letters " * 9)), max_size=60),
    size=st.integers(7, 200),
    times=st.integers(1, 20),
)
def test_quotes_are_told_by_their_neighbours_wherever_they_stand(pieces: list[str], size: int, times: int) -> None:
    content = ("".join(pieces) * times).encode()
    around = b"\n" + content + b"\n"
    lone = any(
        letter == ord('"') and not {around[at - 1], around[at + 1]} & set(b'",\r\n') for at, letter in enumerate(around)
    )
    assert is_strict(content, size) is (not lone and content.count(b'"') % 2 == 0)


def varied(tmp_path: Path) -> Path:
    """Write a bill whose columns differ by row, in two sources, two currencies and three months, with what is absent and odd."""
    rows = [
        row(
            ResourceId=f"i-{n}" if n % 5 else "",
            ServiceName=("Amazon EC2", 'a "quoted", name', "line\nbreak", "K\u00f6ln")[n % 4],
            Tags=f'{{"team":"t{n % 7}","n":"{n}"}}' if n % 3 else "NULL",
            BilledCost=("0.1", "-2.50", "3e-7", "NULL", "12")[n % 5] if n % 5 != 3 else "4",
            ListCost=f"{n}.{n:03d}",
            BillingAccountId=str(n % 2),
            BillingCurrency=("USD", "EUR")[n % 2],
            BillingPeriodStart=f"2026-0{n % 3 + 1}-01T00:00:00Z",
            BillingPeriodEnd=f"2026-0{n % 3 + 2}-01T00:00:00Z",
            ChargePeriodStart=f"2026-0{n % 3 + 1}-0{n % 9 + 1} 00:00:00",
            ChargePeriodEnd=f"2026-0{n % 3 + 1}-{n % 9 + 11} 00:00:00",
            x_Line=f"line {n}",
        )
        for n in range(300)
    ]
    return write_bill(tmp_path / "varied.csv", rows, (*COLUMNS, "x_Line"))


def stage(tmp_path: Path, path: Path) -> StagedBill:
    return stage_bills([path], tmp_path / "scratch", source=None, progress=lambda _text, _share: None)


def contents(bill: StagedBill) -> list[tuple[str, str, int, str, dict[str, str], dict[str, int]]]:
    return [(*p.part.key, p.part.rows, p.part.content, p.part.totals, p.part.scales) for p in bill.parts]


@pytest.fixture
def expected(tmp_path: Path) -> StagedBill:
    return stage(tmp_path, varied(tmp_path))


def test_duckdb_reads_what_arrow_reads(expected: StagedBill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_file: BillFile) -> bool:
        return False

    monkeypatch.setattr(check, "readable_by_arrow", never)
    again = stage(tmp_path, tmp_path / "varied.csv")
    assert (contents(again), again.warnings) == (contents(expected), expected.warnings)


def test_a_file_that_arrow_gives_up_midway_is_read_anew_and_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_BLOCK", 1 << 16)
    monkeypatch.setattr(batches, "_ROWS", 100)
    sound = [row(BilledCost="2", ServiceName="quiet") for _ in range(20_000)]
    path = write_bill(tmp_path / "bill.csv", sound)
    # A literal quote inside an unquoted value is no strict CSV to Arrow's guard, and fine to DuckDB.
    path.write_bytes(
        path.read_bytes() + b",".join(row(ServiceName='5" disk')[name].encode() for name in COLUMNS[:-1]) + b",\n"
    )
    bill = stage(tmp_path, path)
    assert [part.part.totals for part in bill.parts] == [{"USD": "40001.25"}]


def test_small_batches_come_to_the_same(expected: StagedBill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_BLOCK", 4096)
    monkeypatch.setattr(batches, "_ROWS", 10)
    assert contents(stage(tmp_path, tmp_path / "varied.csv")) == contents(expected)


def test_columns_of_too_many_different_texts_come_to_the_same(
    expected: StagedBill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_BLOCK", 4096)
    monkeypatch.setattr(batches, "_ROWS", 10)
    monkeypatch.setattr(check, "_MOST_KNOWN", 3)
    assert contents(stage(tmp_path, tmp_path / "varied.csv")) == contents(expected)


def test_rows_written_a_few_at_a_time_come_to_the_same(
    expected: StagedBill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_BLOCK", 4096)
    monkeypatch.setattr(batches, "_ROWS", 10)
    monkeypatch.setattr(staging, "_MOST_BYTES", 1)
    monkeypatch.setattr(staging, "_MOST_OPEN", 1)
    again = stage(tmp_path, tmp_path / "varied.csv")
    assert contents(again) == contents(expected)
    assert sum(len(part.paths) for part in again.parts) > sum(len(part.paths) for part in expected.parts)


def test_rows_of_a_part_lie_in_the_order_of_their_days(expected: StagedBill) -> None:
    for path in (path for part in expected.parts for path in part.paths):
        days = duckdb.read_parquet(path).select("ChargePeriodStart").fetchall()
        assert days == sorted(days)


def test_the_content_tells_apart_tags_that_duckdbs_hash_does_not(tmp_path: Path) -> None:
    # They differ in the last byte of two words of eight, which DuckDB's own hash can forget.
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = [f'{{"team":"123456{one}1234567{other}"}}' for one in letters for other in letters]
    query = (
        "SELECT min(t), max(t) FROM (SELECT unnest(?) AS t) GROUP BY hash(t) HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
    )
    pair = duckdb.execute(query, [texts]).fetchall()[0]
    bills = [stage(tmp_path, write_bill(tmp_path / "bill.csv", [row(Tags=text)])) for text in pair]
    assert len({bill.parts[0].part.content for bill in bills}) == 2


@pytest.mark.parametrize("most", [3, 1 << 18])
def test_the_content_of_a_bill_is_that_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(batches, "_BLOCK", 4096)
    monkeypatch.setattr(batches, "_ROWS", 10)
    monkeypatch.setattr(check, "_MOST_KNOWN", most)
    bill = stage(tmp_path, varied(tmp_path))
    paths = {Path(path).parent for part in bill.parts for path in part.paths}
    with session(tmp_path) as connection:
        stored = read_contents(connection, paths.pop())
    assert {part.part.key: int(part.part.content, 16) for part in bill.parts} == stored
    assert not paths


@pytest.mark.parametrize(
    "swapped",
    [
        [row(ListCost="2", ContractedCost="1", ResourceId="a"), row(ListCost="3", ContractedCost="30", ResourceId="b")],
        [row(ListCost="1", ContractedCost="2", ResourceId="b"), row(ListCost="3", ContractedCost="30", ResourceId="a")],
        [row(ListCost="1", ContractedCost="30", ResourceId="a"), row(ListCost="3", ContractedCost="2", ResourceId="b")],
    ],
)
def test_values_that_change_places_change_the_content(tmp_path: Path, swapped: list[dict[str, str]]) -> None:
    rows = [
        row(ListCost="1", ContractedCost="2", ResourceId="a"),
        row(ListCost="3", ContractedCost="30", ResourceId="b"),
    ]
    bills = [stage(tmp_path, write_bill(tmp_path / "bill.csv", one)) for one in (rows, swapped)]
    assert len({bill.parts[0].part.content for bill in bills}) == 2
