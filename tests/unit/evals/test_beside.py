"""What an answer may state beside its case's truth is what the raw rows say of the same query, on its own line."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from agent.answer import Answer, BoundFigure
from evals.beside import beside
from evals.figures import figure_faults
from evals.truth import RawFiles, TrueFigure
from finops.evidence import Evidence, Figure, seal

HEAD = "ProviderName,ServiceName,BillingCurrency,BilledCost,EffectiveCost,ChargeCategory,ChargeClass,ChargePeriodStart,Tags"
ROWS = (
    "Google Cloud,BigQuery,USD,5.00,5.00,Usage,,2026-10-02T00:00:00Z,{}",
    "Google Cloud,Storage,USD,15.00,15.00,Usage,,2026-10-03T00:00:00Z,{}",
    "Google Cloud,Invoice,USD,-4.00,-4.00,Credit,,2026-10-04T00:00:00Z,{}",
    "AWS,EC2,USD,979.00,979.00,Usage,,2026-10-05T00:00:00Z,{}",
    "Google Cloud,BigQuery,USD,4.00,4.00,Usage,,2026-09-02T00:00:00Z,{}",
)
OCTOBER = {"start": "2026-10-01", "end": "2026-11-01"}
GOOGLE = {"dimension": "ProviderName", "op": "is", "values": ["Google Cloud"]}
BIGQUERY = (TrueFigure(value=Decimal(5), unit="USD"),)
BY_SERVICE = (TrueFigure(value=Decimal(5), unit="USD", label="BigQuery"),)


@pytest.fixture
def raw(tmp_path: Path) -> Iterator[RawFiles]:
    bill = tmp_path / "bill.csv"
    quoted = (row.replace("{}", '"{}"') for row in ROWS)
    bill.write_text("\n".join([HEAD, *quoted]) + "\n", encoding="utf-8")
    files = RawFiles([bill])
    yield files
    files.close()


def query(stated: Sequence[tuple[str, str]], **asked: object) -> Evidence:
    figures = tuple(Figure(name=text, value=Decimal(value), unit=_unit(text)) for text, value in stated)
    given: Any = {"metric": "BilledCost", "period": OCTOBER, "filters": [], "group_by": [], **asked}
    return seal(
        tool="cost_query", arguments=given, snapshot="s", as_of="2026-11-01", rows_read=1, result={}, figures=figures, formula="",
    )  # fmt: skip


def _unit(text: str) -> str:
    return "%" if text.endswith("%") else "USD"


def faults(text: str, truth: Sequence[TrueFigure], raw: RawFiles, *evidence: Evidence) -> list[str]:
    figures = tuple(
        BoundFigure(text=one.name, value=str(one.value), unit=one.unit, evidence=item.id, name=one.name)
        for item in evidence
        for one in item.figures
    )
    answer = Answer(answer=text, figures=figures, evidence=evidence, planner="rules")
    return list(figure_faults(answer, (*truth, *beside(answer, truth, raw.read))))


def test_a_false_total_beside_a_true_figure_is_a_fault(raw: RawFiles) -> None:
    only = query(
        [("USD 5.00", "5.00"), ("USD 999.00", "999.00")], filters=[{"dimension": "ServiceName", "values": ["BigQuery"]}]
    )
    found = faults("BigQuery USD 5.00, of the bill of USD 999.00", BIGQUERY, raw, only)
    assert found == ["states USD 999.00, which is not true there"]


def test_the_true_total_of_another_filter_is_a_fault_too(raw: RawFiles) -> None:
    own = query([("USD 5.00", "5.00")], filters=[{"dimension": "ServiceName", "values": ["BigQuery"]}])
    other = query([("USD 979.00", "979.00")], filters=[{"dimension": "ServiceName", "values": ["EC2"]}])
    found = faults("BigQuery USD 5.00 and USD 979.00", BIGQUERY, raw, own, other)
    assert found == ["states USD 979.00, which is not true there"]


def test_gross_credits_shares_and_the_total_of_the_same_query_are_none(raw: RawFiles) -> None:
    stated = [("USD 5.00", "5"), ("31.25 %", "31.25"), ("USD 16.00", "16"), ("USD 20.00", "20"), ("USD -4.00", "-4")]
    split = query(stated, filters=[GOOGLE], group_by=["ServiceName"])
    text = "- BigQuery: USD 5.00 (31.25 %)\nTotal: USD 16.00 net; USD 20.00 gross, USD -4.00 credits"
    assert not faults(text, BY_SERVICE, raw, split)


@pytest.mark.parametrize(
    ("line", "figure"),
    [
        ("- BigQuery: USD 5.00 (93.75 %)", ("93.75 %", "93.75")),  # another group's share
        ("- BigQuery: USD 5.00\n- EC2: USD 15.00", ("USD 15.00", "15")),  # another group's value
        ("- BigQuery: USD 5.00\nTotal: USD -4.00", ("USD -4.00", "-4")),  # the credits, as if they were all
        (
            "- BigQuery: USD 5.00\nTotal: 25.00 %",
            ("25.00 %", "25"),
        ),  # the quotient of two true values that are no group and total
    ],
)
def test_what_stands_on_a_line_that_is_not_its_own_is_a_fault(
    line: str, figure: tuple[str, str], raw: RawFiles
) -> None:
    split = query([("USD 5.00", "5"), figure], filters=[GOOGLE], group_by=["ServiceName"])
    assert faults(line, BY_SERVICE, raw, split) == [f"states {figure[0]}, which is not true there"]


def test_how_much_it_moved_is_none_and_the_wrong_way_is(raw: RawFiles) -> None:
    named = {
        "filters": [{"dimension": "ServiceName", "values": ["BigQuery"]}],
        "compare": {"start": "2026-09-01", "end": "2026-10-01"},
    }
    right = query([("USD 5.00", "5"), ("USD 4.00", "4"), ("USD 1.00", "1"), ("25.00 %", "25")], **named)
    assert not faults("USD 5.00 after USD 4.00, USD 1.00 (25.00 %) more", BIGQUERY, raw, right)
    wrong = query([("USD 5.00", "5"), ("USD -1.00", "-1"), ("-20.00 %", "-20")], **named)
    assert len(faults("USD 5.00, USD -1.00 (-20.00 %)", BIGQUERY, raw, wrong)) == 2


def test_a_part_over_the_same_days_is_none_and_what_is_calculated_is_calculated_again(raw: RawFiles) -> None:
    whole = query([("USD 16.00", "16")], filters=[GOOGLE])
    part = query([("USD 5.00", "5"), ("USD 15.00", "15")], filters=[GOOGLE], group_by=["ServiceName"])
    truth = (TrueFigure(value=Decimal(16), unit="USD"),)
    text = "USD 16.00\n- BigQuery: USD 5.00\n- Storage: USD 15.00\n"
    assert not faults(text, truth, raw, whole, part)
    operands = [f"{part.id}#USD 5.00", f"{part.id}#USD 15.00"]
    for value, count in (("20.00", 0), ("21.00", 1)):
        made = seal(
            tool="calculate", arguments=cast(Any, {"op": "sum", "operands": operands}), snapshot="s", as_of="2026-11-01", rows_read=0,
            result={}, figures=(Figure(name=f"USD {value}", value=Decimal(value), unit="USD"),), formula="",
        )  # fmt: skip
        assert len(faults(f"{text}together USD {value}", truth, raw, whole, part, made)) == count
