"""Bills as JSON lines: every digit of a number is read as it is written."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.billing.files import source
from connectors.billing.judged.validation import validate_bill
from connectors.billing.load import StagedBill
from finops.errors import BadFile
from tests.unit.connectors.bills import ROW
from tests.unit.connectors.formats.exports import gcp
from tests.unit.connectors.test_billing import refusal, stage, values

LONG = "12345678901234.123456789012345678"
TOO_FINE = "0.1000000000000000000000000000000001"


def lines(path: Path, *rows: dict[str, object], **numbers: str) -> Path:
    """Write rows as JSON lines; each value that is a name of `numbers` is written as that number, unquoted."""
    text = "".join(json.dumps(one) + "\n" for one in rows)
    for name, number in numbers.items():
        text = text.replace(f'"{name}"', number)
    path.write_text(text, encoding="utf-8")
    return path


def totals(bill: StagedBill) -> dict[str, str]:
    return bill.parts[0].part.totals


@pytest.mark.parametrize("number", [LONG, "-" + LONG, "0.000000000000000001", "123456789012345678", "5.2e-9"])
def test_every_digit_of_a_number_is_loaded(tmp_path: Path, number: str) -> None:
    rows: dict[str, object] = {**ROW, "BilledCost": "<billed>", "EffectiveCost": "<billed>"}
    bill = stage(tmp_path, lines(tmp_path / "bill.jsonl", rows, **{"<billed>": number}))
    assert values(bill, "BilledCost") == values(bill, "EffectiveCost") == [Decimal(number)]


def test_a_number_of_too_many_decimals_is_refused_as_in_csv(tmp_path: Path) -> None:
    path = lines(tmp_path / "bill.jsonl", {**ROW, "BilledCost": "<billed>"}, **{"<billed>": TOO_FINE})
    assert f"row 2: BilledCost `{TOO_FINE}` has more than 18 decimals or 38 digits" in refusal(tmp_path, path)
    (tmp_path / "scratch").mkdir(exist_ok=True)
    assert not validate_bill(path, tmp_path / "scratch").loadable


def test_numbers_within_texts_stay_as_they_are(tmp_path: Path) -> None:
    said = 'of "5" units: 1.50, -3 \\ é\n7'
    bill = stage(tmp_path, lines(tmp_path / "bill.jsonl", {**ROW, "ChargeDescription": said, "Tags": {"a1": "2 3"}}))
    assert (values(bill, "ChargeDescription"), values(bill, "Tags")) == ([said], ['{"a1":"2 3"}'])


def test_a_number_within_an_object_keeps_its_digits(tmp_path: Path) -> None:
    row: dict[str, object] = {**ROW, "Tags": {"deep": {"n": "<n>"}}, "x_More": [{"n": "<n>"}]}
    bill = stage(tmp_path, lines(tmp_path / "bill.jsonl", row, **{"<n>": LONG}))
    assert all(LONG in str(value) for name in ("Tags", "x_Columns") for value in values(bill, name))


def test_amounts_of_googles_export_and_of_its_credits_keep_their_digits(tmp_path: Path) -> None:
    row = gcp(cost="<cost>", credits=[{"amount": "<credit>", "type": "PROMOTION"}])
    path = lines(tmp_path / "gcp.jsonl", row, **{"<cost>": LONG, "<credit>": "-0.123456789012345678"})
    assert totals(stage(tmp_path, path)) == {"USD": "12345678901234.00"}


def test_a_reader_that_cuts_digits_is_found_out_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(path: Path) -> str:
        return f"read_json_objects('{path}', format = 'newline_delimited')"

    monkeypatch.setattr(source, "_json_texts", cut)
    path = lines(tmp_path / "bill.jsonl", {**ROW, "BilledCost": "<billed>"}, **{"<billed>": LONG})
    with pytest.raises(BadFile, match=f"'BilledCost' sums to `{LONG}` USD as written"):
        stage(tmp_path, path)
