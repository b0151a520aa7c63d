from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from finops.errors import ToolError, UnknownName
from finops.evidence import Evidence, Figure, seal
from finops.money import plain
from finops.periods import Period
from tests.unit.tools.fake_data import FakeData
from tools.calculate import calculate
from tools.calculate_contract import Calculate, CalculateResult, Operation
from tools.contract import Finding


def fig(name: str, value: str, unit: str = "USD", definition: str = "BilledCost", subject: str = "all") -> Figure:
    return Figure(
        name=name, value=Decimal(value), unit=unit, definition=definition, subject=subject, period=Period.month(2024, 9)
    )


FIGURES = (
    fig("a", "2.80", subject="ProviderName=AWS"), fig("b", "0.8", subject="ProviderName=Oracle"), fig("zero", "0"),
    fig("euro", "1", "EUR"), fig("hours", "12", "Hours", "ConsumedQuantity"), fig("share", "12", "%"),
    fig("effective", "3", "USD", "EffectiveCost"), fig("late", "3", "USD", "EffectiveCost without tax (still growing)"),
    fig("rate", "0.5", "USD per Hours"), fig("third", "3"),
    fig("a.b#c", "9"),
)  # fmt: skip
KEPT = seal(
    tool="cost_query",
    arguments={},
    snapshot="s",
    as_of="2024-10-01",
    rows_read=1,
    result={},
    figures=FIGURES,
    formula="",
)


def evidence(evidence_id: str) -> Evidence:
    if evidence_id != KEPT.id:
        raise UnknownName("evidence", evidence_id, [KEPT.id])
    return KEPT


def run(op: Operation, *names: str, label: str = "") -> Finding:
    operands = tuple(name if name.startswith("number:") else f"{KEPT.id}#{name}" for name in names)
    return calculate(Calculate(op=op, operands=operands, label=label), FakeData().context(evidence))


def said(finding: Finding) -> tuple[str, str]:
    (figure,) = finding.figures
    assert figure.name == "result"
    return plain(figure.value), figure.unit


@pytest.mark.parametrize(
    ("op", "names", "value", "unit"),
    [
        ("sum", ("a", "b"), "3.60", "USD"),
        ("difference", ("b", "a"), "-2.00", "USD"),
        ("ratio", ("a", "b"), "3.50", "ratio"),
        ("ratio", ("a", "hours"), "0.233333333333", "USD per Hours"),
        ("ratio", ("a", "number:4"), "0.70", "USD"),
        ("percent_change", ("a", "b"), "250.00", "%"),
        ("share", ("b", "a"), "28.57", "%"),
        ("product", ("a", "number:12"), "33.60", "USD"),
        ("product", ("hours", "rate"), "6.0", "USD"),
        ("product", ("share", "number:2"), "24", "%"),
        ("mean", ("a", "b"), "1.80", "USD"),
        ("min", ("a", "b"), "0.8", "USD"),
        ("max", ("a", "b"), "2.80", "USD"),
        ("max", ("a.b#c",), "9", "USD"),
    ],
)
def test_each_operation_gives_its_value_and_unit(op: Operation, names: tuple[str, ...], value: str, unit: str) -> None:
    assert said(run(op, *names)) == (value, unit)


@pytest.mark.parametrize(
    ("op", "names", "message"),
    [
        ("sum", ("a", "euro"), "cannot take the sum of `EUR` and `USD`"),
        ("difference", ("a", "hours"), "cannot take the difference of `Hours` and `USD`"),
        ("share", ("a", "euro"), "cannot take the share of `EUR` and `USD`"),
        ("sum", ("a", "effective"), "two definitions of the same cost"),
        ("sum", ("a", "late"), "two definitions of the same cost"),
        ("ratio", ("a", "zero"), "the second operand is `0`"),
        ("product", ("a", "b"), "cannot multiply `USD` and `USD`"),
        ("product", ("a", "share"), "cannot multiply `USD` and `%`"),
        ("product", ("a",), "product takes two operands or more"),
        ("difference", ("a", "b", "third"), "difference takes two operands, not `3`"),
        ("sum", ("a", "number:12"), "`number:12` is a bare number"),
    ],
)
def test_what_does_not_fit_is_refused(op: Operation, names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ToolError, match=message):
        run(op, *names)


def test_euro_over_dollar_is_a_rate_and_no_bare_ratio() -> None:
    assert said(run("ratio", "euro", "a"))[1] == "EUR per USD"


def test_an_unknown_figure_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean `hours`"):
        run("sum", "hour")


def test_unknown_evidence_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown evidence"):
        calculate(Calculate(op="sum", operands=("ev-0#a",)), FakeData().context(evidence))


@pytest.mark.parametrize("operand", ["12", "number:nan", "number:1e5", "number:", "#a", "ev-1#"])
def test_an_operand_that_is_no_reference_is_refused(operand: str) -> None:
    with pytest.raises(ValidationError):
        Calculate(op="product", operands=(operand, "number:2"))


def test_a_quotient_that_was_rounded_says_so() -> None:
    finding = run("ratio", "a", "third")
    assert isinstance(finding.result, CalculateResult)
    assert not finding.result.exact
    assert "rounded half-even" in finding.formula


def test_the_label_does_not_become_what_the_figure_is_about() -> None:
    (figure,) = run("sum", "a", "b", label="ProviderName=Microsoft").figures
    assert figure.subject == "ProviderName=AWS, ProviderName=Oracle"
    assert figure.definition == "sum of BilledCost"
    assert figure.period == Period.month(2024, 9)


def test_the_sources_are_the_evidence_it_came_from_once_each() -> None:
    assert run("sum", "a", "b").sources == (KEPT.id,)


@settings(deadline=None)
@given(st.lists(st.decimals(min_value=-(10**18), max_value=10**18, places=18), min_size=2, max_size=20))
def test_a_sum_loses_no_digit(values: list[Decimal]) -> None:
    figures = tuple(Figure(name=str(i), value=value, unit="USD") for i, value in enumerate(values))
    kept = KEPT.model_copy(update={"figures": figures})
    asked = Calculate(op="sum", operands=tuple(f"{KEPT.id}#{figure.name}" for figure in figures))
    (figure,) = calculate(asked, FakeData().context(lambda _: kept)).figures
    assert int(plain(figure.value).replace(".", "")) == sum(
        int(format(value, "f").replace(".", "")) for value in values
    )


@pytest.mark.parametrize("number", ["5000", "2777.123", "-1", "0.9"])
def test_a_number_of_the_callers_own_making_is_refused(number: str) -> None:
    with pytest.raises(ToolError, match="is no number of calendar or units"):
        run("product", f"number:{number}", "number:12")


def test_numbers_alone_are_no_evidence() -> None:
    with pytest.raises(ToolError, match="no operand is evidence"):
        run("product", "number:1000", "number:12")
