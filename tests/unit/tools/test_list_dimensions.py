from datetime import date
from decimal import Decimal

import pytest

from finops.errors import BadInput, UnknownName
from tests.unit.tools.fake_data import FakeData, bill_row
from tools.contract import Finding
from tools.dimensions_contract import DimensionsResult, ListDimensions
from tools.list_dimensions import list_dimensions

DAY = date(2024, 9, 5)
DATA = FakeData(
    (
        bill_row(DAY, "1", Tags='{"owner": "ann", "team": "x"}'),
        bill_row(DAY, "1", ServiceName="Amazon S3"),
        bill_row(date(2024, 9, 7), "1", ServiceName="Amazon S3", SubAccountId=None),
    ),
    caveats={"EffectiveCost": ("rounded",)},
)


def ask(**asked: object) -> tuple[DimensionsResult, Finding]:
    finding = list_dimensions(ListDimensions.model_validate(asked), DATA.context())
    assert isinstance(finding.result, DimensionsResult)
    return finding.result, finding


def test_it_says_what_the_data_holds() -> None:
    result, finding = ask()
    assert (result.first_day, result.last_day, result.currencies) == (DAY, date(2024, 9, 7), ("USD",))
    assert [(m.name, m.caveats) for m in result.metrics if m.caveats] == [("EffectiveCost", ("rounded",))]
    assert {f.name: f.value for f in finding.figures}["ServiceName.distinct"] == Decimal(2)
    assert {f.name: f.value for f in finding.figures}["days"] == Decimal(3)


def test_tags_are_dimensions() -> None:
    result, _ = ask(search="TAG:")
    assert [row.name for row in result.dimensions] == ["tag:owner", "tag:team"]


def test_the_limit_cuts_and_the_number_of_matches_is_kept() -> None:
    result, _ = ask(search="tag:", limit=1)
    assert (len(result.dimensions), result.matches) == (1, 2)


def test_values_of_one_dimension_come_by_rows_and_absent_ones_last() -> None:
    assert [(v.value, v.rows) for v in ask(dimension="ServiceName")[0].values] == [("Amazon S3", 2), ("Amazon EC2", 1)]
    assert [(v.value, v.rows) for v in ask(dimension="SubAccountId")[0].values] == [("111", 2), (None, 1)]


def test_values_are_searched_case_blind() -> None:
    assert [v.value for v in ask(dimension="ServiceName", search="ec2")[0].values] == ["Amazon EC2"]


def test_an_unknown_tag_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean `tag:owner`"):
        ask(dimension="tag:onwer")


def test_an_unknown_dimension_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean `ServiceName`"):
        ask(dimension="Servicename")


def test_no_bill_is_refused() -> None:
    with pytest.raises(BadInput, match="no bill is loaded"):
        list_dimensions(ListDimensions(), FakeData().context())
