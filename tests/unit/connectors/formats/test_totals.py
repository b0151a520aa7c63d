"""Property: whatever the amounts, the total that a file states is the exact sum of its text, and so is what is read of it."""

import json
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.billing.formats import open_bill, prove_total
from connectors.billing.formats.rules import number, plain
from connectors.billing.sql.session import session, text
from finops.errors import BadFile
from finops.money import EXACT
from tests.unit.connectors.formats.exports import (
    azure,
    cur,
    gcp,
    oci,
    oci_focus,
    write_cur,
    write_ea,
    write_mca,
    write_oci,
    write_oci_focus,
)
from tests.unit.connectors.formats.opened import column, raw_total, total

amounts = st.one_of(
    st.decimals(min_value=-(10**12), max_value=10**12, places=9),
    st.decimals(min_value=-1, max_value=1, places=18),
    st.sampled_from(
        [Decimal("1E-9"), Decimal("-5.2E-9"), Decimal("0.0"), Decimal("-0.000000000000000001"), Decimal("1E+3")]
    ),
)


def _write(format: str, folder: Path, values: list[Decimal]) -> Path:  # noqa: A002
    texts = [str(value) for value in values]
    writers: dict[str, Callable[[], Path]] = {
        "aws-cur": lambda: write_cur(folder / "b.csv", [cur(lineItem__UnblendedCost=t) for t in texts]),
        "azure-ea": lambda: write_ea(folder / "b.csv", [azure(CostInBillingCurrency=t) for t in texts]),
        "azure-mca": lambda: write_mca(folder / "b.csv", [azure(CostInBillingCurrency=t) for t in texts]),
        "oci": lambda: write_oci(folder / "b.csv", [oci(cost__myCost=t) for t in texts]),
        "oci-focus": lambda: write_oci_focus(folder / "b.csv", [oci_focus(BilledCost=t) for t in texts]),
    }
    return writers[format]()


@pytest.mark.parametrize("format", ["aws-cur", "azure-ea", "azure-mca", "oci", "oci-focus"])
@settings(max_examples=5, deadline=None)
@given(values=st.lists(amounts, min_size=1, max_size=40))
def test_total_in_is_total_out(format: str, values: list[Decimal]) -> None:  # noqa: A002
    with TemporaryDirectory() as folder:
        path = _write(format, Path(folder), values)
        with localcontext(EXACT):
            expected = sum(values, Decimal(0))
        assert set(raw_total(path).values()) == {expected}
        assert total(path, "BilledCost") == expected


@settings(max_examples=6, deadline=None)
@given(
    costs=st.lists(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-3), min_size=1, max_size=30),
    credit=st.floats(-100, 0),
)
def test_doubles_of_google_sum_to_their_shortest_decimals(costs: list[float], credit: float) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "b.jsonl"
        rows = [gcp(cost=cost, credits=[{"amount": credit, "type": "PROMOTION"}]) for cost in costs]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert raw_total(path) == {"USD": total(path, "BilledCost")}
        assert abs(total(path, "BilledCost") - sum(Decimal(repr(c)) + Decimal(repr(credit)) for c in costs)) < Decimal(
            "1E-16"
        )


_factors = st.tuples(st.decimals(-1000, 1000, places=12), st.decimals(-1000, 1000, places=6))


@settings(max_examples=4, deadline=None)
@given(pairs=st.lists(_factors, min_size=1, max_size=40))
def test_products_are_exact(pairs: list[tuple[Decimal, Decimal]]) -> None:
    with TemporaryDirectory() as folder:
        rows = [azure(PayGPrice=str(price), Quantity=str(quantity)) for price, quantity in pairs]
        found = column(write_ea(Path(folder) / "b.csv", rows), "ListCost")
    with localcontext(EXACT):
        assert [Decimal(str(value)) for value in found] == [price * quantity for price, quantity in pairs]


def test_a_total_that_was_not_all_written_is_refused(tmp_path: Path) -> None:
    path = write_oci(tmp_path / "b.csv", [oci(), oci(cost__myCost="0.000000000000000001")])
    with session(tmp_path) as connection:
        bill = open_bill(connection, path)
        whole = f"(SELECT BillingCurrency, {number('BilledCost')} AS BilledCost FROM {bill.relation()})"
        prove_total(connection, bill, whole)
        with pytest.raises(BadFile, match=r"sums to `0\.025000000000000001` USD as written and BilledCost to `0\.025"):
            prove_total(connection, bill, f"(FROM {whole} WHERE BilledCost > 0.001)")


@pytest.mark.parametrize(("written", "said"), [("1.500", "1.5"), ("-100", "-100"), ("0.0", "0")])
def test_plain_numbers_have_no_zeros_at_their_end(tmp_path: Path, written: str, said: str) -> None:
    with session(tmp_path) as connection:
        row = connection.execute("SELECT " + plain(number(text(written)))).fetchone()
    assert row == (said,)
