"""Every cost of a bill is proven from its text, whichever way its batches were converted."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.billing.load import stage_bills
from connectors.billing.reading import one_pass
from connectors.billing.reading.amounts import Amounts, read_amounts, read_beside
from connectors.billing.reading.arrow import TEXT, pa
from connectors.billing.reading.text_sums import CostSums
from connectors.billing.sql.expressions import Raw
from finops.errors import BadFile
from finops.money import EXACT
from tests.unit.connectors.bills import row, write_bill

COSTS = ("EffectiveCost", "ListCost", "ContractedCost")


def amounts(*texts: str) -> Any:
    return pa.array(texts, TEXT)


def read(name: str, column: Any, beside: Amounts | None = None) -> Amounts:
    raw = Raw(name, "VARCHAR")
    with duckdb.connect() as work:
        return read_amounts(work, raw, column) if beside is None else read_beside(work, raw, column, beside)


@pytest.mark.parametrize(
    "texts",
    [
        ("1.50", "2.25", "-3", "NULL"),
        ("1.50", "2.250", "-3", "NULL"),
        ("1.50", "", "1e-2", "NULL"),
        ("1.50", "2.25", "-3", "x"),
    ],
)
def test_amounts_read_beside_others_are_those_read_by_themselves(texts: tuple[str, ...]) -> None:
    billed = read("BilledCost", amounts("1.50", "2.25", "-3", "NULL"))
    beside, alone = read("ListCost", amounts(*texts), billed), read("ListCost", amounts(*texts))
    assert beside.values.equals(alone.values)
    assert beside.scales.tolist() == alone.scales.tolist()
    assert beside.absent.tolist() == alone.absent.tolist()
    for one, other in ((beside.null_text, alone.null_text), (beside.bad, alone.bad), (beside.fine, alone.fine)):
        assert (one is None or not one.any()) == (other is None or not other.any())


def test_a_cost_is_summed_from_its_own_text_where_it_differs() -> None:
    raws = {name: Raw(name, "VARCHAR") for name in ("BilledCost", "ListCost")}
    billed = read("BilledCost", amounts("1.5", "2.5", "4", "8"))
    beside = read("ListCost", amounts("1.5", "2.75", "4", "8"), billed)
    with duckdb.connect() as work:
        sums = CostSums(raws)
        sums.add(work, np.array([0, 0, 1, 1], np.int32), {"BilledCost": billed, "ListCost": beside})
    assert sums.by_group(0) == {"BilledCost": Decimal("4.0"), "ListCost": Decimal("4.25")}
    assert sums.by_group(1) == {"BilledCost": Decimal(12), "ListCost": Decimal(12)}


def _off_by_one(read_it: Callable[..., Amounts], name: str) -> Callable[..., Amounts]:
    def broken(work: duckdb.DuckDBPyConnection, raw: Raw, column: Any, *beside: Amounts) -> Amounts:
        found = read_it(work, raw, column, *beside)
        if raw.name != name:
            return found
        more = [value and value + 1 for value in found.values.to_pylist()]
        return replace(found, values=pa.array(more, found.values.type))

    return broken


@pytest.mark.parametrize("name", [*COSTS, "BilledCost"])
def test_a_cost_that_is_converted_wrongly_refuses_the_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rows = [row(BilledCost="1.25", EffectiveCost="1.25", ListCost="2.5", ContractedCost="1.25") for _ in range(3)]
    bill = write_bill(tmp_path / "bill.csv", rows)
    for function in ("read_amounts", "read_beside"):
        monkeypatch.setattr(one_pass, function, _off_by_one(getattr(one_pass, function), name))
    with pytest.raises(BadFile, match=f"{name} of .* sums to"):
        stage_bills([bill], tmp_path, source=None, progress=lambda _text, _share: None)


NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=18, min_value=-(10**7), max_value=10**7),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12),
    st.integers(-(10**20), 10**20).map(Decimal),
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 3), st.none() | NUMBERS), min_size=1, max_size=40))
def test_sums_from_text_are_exact(rows: list[tuple[int, Decimal | None]]) -> None:
    texts = amounts(*("" if value is None else format(value, "f") for _, value in rows))
    with duckdb.connect() as work:
        sums = CostSums({"BilledCost": Raw("BilledCost", "VARCHAR")})
        groups = np.array([group for group, _ in rows], np.int32)
        sums.add(work, groups, {"BilledCost": read("BilledCost", texts)})
    with localcontext(EXACT):
        for group in {group for group, _ in rows}:
            wanted = sum((value for other, value in rows if other == group and value is not None), Decimal(0))
            assert sums.by_group(group)["BilledCost"] == wanted


@pytest.mark.parametrize(
    ("texts", "total"),
    [
        (("0.026285800000000000", "-17.520145499999997952"), "-17.493859699999997952"),
        (("NULL", "", "12.5", "NULL"), "12.5"),
        (("5.", "7", "-.5", "+1.25"), "12.75"),
        (("12345678901234567890123456", "-1", "+0.25"), "12345678901234567890123455.25"),
        (("-123456789.000000000000000001",), "-123456789.000000000000000001"),
        (("1", "0.1", "0.01", "0.001", "0.0001"), "1.1111"),
        (("NULL", ""), "0"),
    ],
)
def test_numbers_are_summed_however_they_are_written(texts: tuple[str, ...], total: str) -> None:
    # Cut from a larger array, as batches are, and so many that they are summed a slice at a time.
    column = pa.concat_arrays([amounts("1.00"), *[amounts(*texts)] * 9_000]).slice(1)
    with duckdb.connect() as work:
        sums = CostSums({"BilledCost": Raw("BilledCost", "VARCHAR")})
        sums.add(work, np.zeros(len(column), np.int32), {"BilledCost": read("BilledCost", column)})
    assert sums.by_group(0)["BilledCost"] == EXACT.multiply(Decimal(total), Decimal(9_000))
