"""Truth: exact, from the raw text, and an error of the case where there is none."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from evals.truth import RawFiles, TrueFigure
from finops.errors import BadInput

BILL = """ProviderName,BilledCost,BillingCurrency,Tags
AWS,0.100000000000000001,USD,"{""team"": ""a""}"
AWS,0.2,USD,NULL
Oracle,-1.5,USD,
"""


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[RawFiles]:
    bill = tmp_path / "bill.csv"
    bill.write_text(BILL, encoding="utf-8")
    with closing(RawFiles([bill])) as found:
        yield found


def test_amounts_are_exact_to_the_last_digit(raw: RawFiles) -> None:
    (found,) = raw.expected(
        "select sum(amount(BilledCost)) as value, 'USD' as unit from bill where ProviderName = 'AWS'"
    )
    assert found == TrueFigure(value=Decimal("0.300000000000000001"), unit="USD")


def test_a_row_may_carry_a_label_and_be_optional(raw: RawFiles) -> None:
    found = raw.expected(
        "select sum(amount(BilledCost)), 'USD', ProviderName, ProviderName = 'AWS' from bill group by ProviderName order by 3"
    )
    assert [(one.label, one.must) for one in found] == [("AWS", True), ("Oracle", False)]


def test_the_words_for_no_value_are_absent(raw: RawFiles) -> None:
    (found,) = raw.expected("select count(*) as value, 'rows' as unit from bill where Tags is null")
    assert found.value == 2


@pytest.mark.parametrize(
    "sql",
    [
        "select sum(amount(BilledCost)), 'USD' from bill where ProviderName = 'Google' group by ProviderName",
        "select sum(amount(BilledCost)), 'USD' from bill where ProviderName = 'Google'",
        "select sum(amount(BilledCost)) from bill",
        "select sum(amount(BilledCost)), null from bill",
    ],
)
def test_a_truth_that_finds_nothing_is_an_error_of_the_case(raw: RawFiles, sql: str) -> None:
    with pytest.raises(BadInput, match="finds no value and unit"):
        raw.expected(sql)


@pytest.mark.parametrize(
    "sql", ["select Cost, 'USD' from bill", "select amount(ProviderName), 'USD' from bill", "selec 1"]
)
def test_a_truth_that_does_not_run_is_an_error_of_the_case(raw: RawFiles, sql: str) -> None:
    with pytest.raises(BadInput, match="does not run"):
        raw.expected(sql)


def test_truth_imports_no_tool_no_store_and_no_gateway() -> None:
    code = "import sys, evals.truth; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tools", "store", "connectors", "gateway", "agent"} & set(eval(done.stdout))
