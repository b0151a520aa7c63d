"""The official use cases as references."""

from pathlib import Path

import pytest
import yaml

from evals.case import UseCase
from evals.focus_bill import write_focus_bill
from evals.suite import load
from evals.truth import RawFiles
from evals.use_cases import LIBRARY, Mend, sql_of
from finops.errors import BadInput

CASES = [case for case in load("cost-data") if isinstance(case, UseCase)]


def test_every_use_case_of_the_library_is_a_case(shared_data: Path) -> None:
    library = yaml.safe_load((shared_data / "focus" / "use_cases.yaml").read_text(encoding="utf-8"))
    assert len(library) == 33
    assert {case.use_case for case in CASES if case.estate == "focus" and case.use_case} == set(library)


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> RawFiles:
    return RawFiles([write_focus_bill(tmp_path_factory.mktemp("focus"))])


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("case", [case for case in CASES if case.estate == "focus"], ids=lambda case: case.id)
def test_the_reference_runs_and_finds_rows_for_each_column(case: UseCase, bill: RawFiles) -> None:
    rows = bill.rows(case.reference, case.parameters)
    assert {len(row) for row in rows} == {len(case.columns)}


def test_the_bill_has_charges_that_are_billed_in_another_month_than_their_own(bill: RawFiles) -> None:
    found = bill.rows(
        "SELECT DISTINCT ChargeClass IS NOT NULL, ProviderName FROM bill "
        "WHERE left(ChargePeriodStart, 7) < left(BillingPeriodStart, 7)",
        (),
    )
    assert set(found) == {(late, name) for late in (True, False) for name in ("AWS", "Microsoft", "Lumen AI")}


@pytest.mark.usefixtures("shared_data")
def test_amounts_are_grouped_by_their_currency() -> None:
    assert "GROUP BY ProviderName, BillingCurrency" in sql_of(
        "analyze_credit_memos",
        [Mend(old="GROUP BY ProviderName, InvoiceID", new="GROUP BY ProviderName", why="to be short")],
    )


@pytest.mark.usefixtures("shared_data")
def test_a_mend_with_nothing_to_mend_is_refused() -> None:
    with pytest.raises(BadInput, match="does not hold `WHEREVER`"):
        sql_of("verify_invoices", [Mend(old="WHEREVER", new="WHERE", why="there is no such word")])


@pytest.mark.skipif(not LIBRARY.is_file(), reason="the use cases are not beside this checkout")
def test_an_unknown_use_case_is_refused() -> None:
    with pytest.raises(BadInput, match="no use case"):
        sql_of("save_everything", [])
