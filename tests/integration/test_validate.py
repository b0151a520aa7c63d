"""`toll validate` as a script sees it: what is said, the exit code, and what each option changes."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.main import main
from tests.unit.connectors.bills import write_bill
from tests.unit.connectors.full_bill import COLUMNS, ROWS, USAGE, changed

Validate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def validate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Validate:
    """Return a way to call `toll validate` in a home of its own: exit code, stdout and stderr."""
    monkeypatch.setenv("TOLL_HOME", str(tmp_path / "home"))

    def call(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["toll", "validate", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_full_bill_conforms(tmp_path: Path, validate: Validate) -> None:
    code, out, _ = validate(write_bill(tmp_path / "bill.csv", ROWS, COLUMNS))
    assert (code, out.splitlines()[-1]) == (0, "conforms: yes")
    assert "621 rules of FOCUS 1.2" in out


def test_a_broken_rule_is_shown_with_sentence_rows_and_examples(tmp_path: Path, validate: Validate) -> None:
    code, out, _ = validate(write_bill(tmp_path / "bill.csv", changed(0, ChargeFrequency="Usage-based"), COLUMNS))
    assert code == 1
    assert (
        "failed: ChargeFrequency-C-003-M\n  ChargeFrequency MUST be one of the allowed values.\n  broken in 1 of 9 rows\n"
        in out
    )
    assert "  row 2: ChargeFrequency `Usage-based`" in out
    assert (
        out.splitlines()[-1]
        == "conforms: no, 4 rules with MUST or MUST NOT are broken: 1 by checks of their own, 3 as composites of other rules"
    )


def test_a_broken_should_does_not_break_conformance(tmp_path: Path, validate: Validate) -> None:
    code, out, _ = validate(write_bill(tmp_path / "bill.csv", changed(0, ChargeDescription=""), COLUMNS))
    assert code == 0
    assert "failed: ChargeDescription-C-003-O" in out


def test_every_rule_is_listed_on_demand(tmp_path: Path, validate: Validate) -> None:
    _, out, _ = validate(write_bill(tmp_path / "bill.csv", ROWS, COLUMNS), "--all")
    statuses = ("passed: ", "failed: ", "not checkable: ")
    assert sum(line.startswith(statuses) and "-" in line for line in out.splitlines()) == 621


def test_json_holds_every_rule(tmp_path: Path, validate: Validate) -> None:
    _, out, _ = validate(write_bill(tmp_path / "bill.csv", ROWS, COLUMNS), "--json")
    report = json.loads(out)
    assert len(report["conformance"]["results"]) == 621
    assert report["conforms"] is True


def test_criteria_and_version_are_declared_by_options(tmp_path: Path, validate: Validate) -> None:
    bill = write_bill(tmp_path / "bill.csv", [USAGE], [name for name in COLUMNS if name not in ("Tags", "InvoiceId")])
    assert validate(bill)[0] == 0
    assert validate(bill, "--applies", "TAGGING_SUPPORTED")[0] == 1
    assert validate(bill, "--not", "TAGGING_SUPPORTED")[0] == 0


def test_an_unknown_criterion_is_refused_with_the_nearest(tmp_path: Path, validate: Validate) -> None:
    code, _, err = validate(write_bill(tmp_path / "bill.csv", [USAGE], COLUMNS), "--applies", "TAGGING")
    assert code == 2
    assert err.endswith("toll: unknown criterion `TAGGING`; did you mean `TAGGING_SUPPORTED`?\n")


def test_an_older_bill_can_be_held_to_the_newer_version(tmp_path: Path, validate: Validate) -> None:
    newer = {"InvoiceId", "PricingCurrency", "BillingAccountType", "SubAccountType", "PricingCurrencyEffectiveCost",
             "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice"}  # fmt: skip
    bill = write_bill(tmp_path / "bill.csv", [USAGE], [name for name in COLUMNS if name not in newer])
    assert "column is newer than the file's version 1.1" in validate(bill)[1]
    assert "failed: CostAndUsage-D-033-O" in validate(bill, "--against", "1.2")[1]


@pytest.mark.parametrize("name", ["aws_cur_sample.csv", "azure_ea_sample.csv"])
def test_another_format_is_named_and_sent_to_ingest(shared_data: Path, validate: Validate, name: str) -> None:
    code, _, err = validate(shared_data / "billing" / name)
    assert code == 2
    assert "`toll ingest` converts it" in err
    assert {"aws": "AWS Cost and Usage Report", "azu": "Azure EA cost details"}[name[:3]] in err


def test_what_is_no_bill_cannot_be_read(tmp_path: Path, validate: Validate) -> None:
    (tmp_path / "people.csv").write_text("name,age\nAda,36\n", encoding="utf-8")
    code, _, err = validate(tmp_path / "people.csv")
    assert code == 2
    assert "is no FOCUS bill" in err


def test_what_sums_beyond_the_lake_is_not_loadable_as_the_import_says(tmp_path: Path, validate: Validate) -> None:
    rows = [{**row, "BilledCost": "60000000000000000000.5"} for row in ROWS]
    _, out, _ = validate(write_bill(tmp_path / "bill.csv", rows, COLUMNS))
    assert "loadable: no, `bill.csv` sums to more than 38 digits" in out


def test_a_total_says_which_rows_it_lacks(tmp_path: Path, validate: Validate) -> None:
    _, out, _ = validate(write_bill(tmp_path / "bill.csv", changed(0, BilledCost="1" * 40), COLUMNS))
    assert ", without 1 rows whose BilledCost is no amount\n" in out
