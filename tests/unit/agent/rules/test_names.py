"""Accounts and regions are called by their names, wherever the bill gives one that is theirs alone."""

import pytest

from agent.planners.contract import Decline, Turn
from agent.planners.rules import RulesPlanner
from gateway.questions import as_of
from tests.unit.agent.estate import PERSON, SEPTEMBER, assistant, tagged
from tests.unit.agent.rules.test_comparing import told
from tests.unit.tools.fake_data import FakeData, bill_row
from tools.registry import TOOLS


def accounts(*named: tuple[str, str | None]) -> FakeData:
    return FakeData([
        bill_row(SEPTEMBER.start, f"{n}.00", SubAccountId=account, SubAccountName=name)
        for n, (account, name) in enumerate(named, start=1)
    ])  # fmt: skip


def test_an_account_is_called_by_its_name() -> None:
    lines = told("cost by account in September 2024", accounts(("111", "shop"), ("222", "data")))
    assert [line.partition(":")[0] for line in lines[1:3]] == ["- data", "- shop"]


def test_the_id_is_told_where_two_accounts_share_a_name_or_there_is_none() -> None:
    lines = told("cost by account in September 2024", accounts(("a-1", "shop"), ("a-2", "shop"), ("a-3", None)))
    assert [line.partition(":")[0] for line in lines[1:4]] == ["- a-3", "- shop (a-2)", "- shop (a-1)"]


def test_a_charge_without_the_name_is_part_of_its_account() -> None:
    lines = told("cost by account in September 2024", accounts(("111", "shop"), ("111", None), ("222", "data")))
    assert lines[1] == "- shop: USD 3.00 (50.00 %)"


def test_a_region_is_called_by_name_and_id() -> None:
    rows = [
        bill_row(SEPTEMBER.start, "1.00", RegionId="eastus", RegionName="East US"),
        bill_row(SEPTEMBER.start, "2.00", RegionId="x-1"),
    ]
    lines = told("cost by region in September 2024", FakeData(rows))
    assert [line.partition(":")[0] for line in lines[1:3]] == ["- x-1", "- East US (eastus)"]


def test_a_rank_of_accounts_whose_names_are_not_theirs_alone_is_asked_back_about() -> None:
    answer = assistant(data=accounts(("a-1", "shop"), ("a-2", "shop"))).ask(PERSON, "top 1 accounts in September 2024")
    assert answer.answer.startswith("Accounts go by ids and names that differ in this bill")
    assert answer.figures == ()


def test_an_account_is_named_beside_the_word_for_it() -> None:
    lines = told("cost of the shop account in September 2024", accounts(("111", "shop"), ("222", "data")))
    assert lines[0].startswith("Billed cost for shop in September 2024")


def declined(question: str, data: FakeData) -> str:
    chosen = RulesPlanner().plan(Turn(question, (), (), data, as_of(data), tuple(TOOLS.values()))).step
    assert isinstance(chosen, Decline)
    return chosen.reason


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"SubAccountName": "acme-insights"}, "account name acme-insights"),
        ({"ServiceName": "Application Insights"}, "service Application Insights"),
        ({"ResourceName": "insights"}, "tag product insights"),
    ],
)
def test_a_word_that_may_be_a_tag_and_a_part_of_another_name_is_asked_back_about(
    column: dict[str, str], words: str
) -> None:
    rows = [
        bill_row(SEPTEMBER.start, "1.00", Tags=tagged(product="insights")),
        bill_row(SEPTEMBER.start, "1.00", **column),
    ]
    assert words in declined("how much does insights cost?", FakeData(rows))


def test_nothing_for_two_conditions_at_once_is_no_zero() -> None:
    answer = assistant().ask(PERSON, "cost of Oracle and Compute in September 2024")
    assert "at once" in answer.answer
    assert answer.figures == ()
