import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import get_args

import pytest

from finops.actions import Action, ActionKind, Draft, Facts
from finops.errors import ToolError, UnknownName
from finops.ports import IncompleteDay, TableInfo
from tests.unit.tools.fake_data import FakeData
from tests.unit.tools.fake_fleet import TODAY, fleet, instance_rows, samples
from tests.unit.tools.fake_storage import volume_rows
from tools.propose_action import propose_action
from tools.propose_contract import ProposeAction

TARGET = {"account": "111", "region": "us-east-1", "resource_id": "i-1"}
FILE = {"account": "infra", "region": "main", "resource_id": "web.tfvars"}
RESIZE = {"kind": "resize_instance", "target": TARGET, "instance_type": "m5.xlarge"}
ONE = fleet((instance_rows(), samples(cpu=35.0, memory=35.0)))


def draft(data: FakeData, action: Mapping[str, object]) -> Draft:
    result = propose_action(ProposeAction.model_validate({"action": action}), data.context()).result
    assert isinstance(result, Draft)
    return result


def facts(data: FakeData, **action: object) -> Facts:
    return draft(data, action).facts


def test_a_budget_saves_nothing_and_shows_what_the_account_cost() -> None:
    found = facts(ONE, kind="set_budget", target={**TARGET, "resource_id": "monthly"}, amount="500")
    assert (found.monthly_cost_before, found.monthly_cost_after, found.monthly_saving) == (300, 300, 0)
    assert (found.capacity_ratio, found.peak_fits, found.risk, found.owner) == (1, True, "low", None)


def test_a_budget_of_an_unknown_account_is_refused() -> None:
    with pytest.raises(UnknownName, match="unknown AWS account `112`; did you mean `111`"):
        facts(ONE, kind="set_budget", target={**TARGET, "account": "112"}, amount="500")


def test_a_budget_in_another_currency_than_the_bill_is_refused() -> None:
    data = fleet((instance_rows(BillingCurrency="EUR"), []))
    with pytest.raises(ToolError, match="account `111` is billed in `EUR`, the budget is in `USD`"):
        facts(data, kind="set_budget", target=TARGET, amount="500")


def test_a_change_of_code_is_judged_as_what_it_stands_for() -> None:
    code = {"kind": "change_code", "target": FILE, "key": "web.type", "value": "m5.xlarge", "stands_for": RESIZE}
    assert draft(ONE, code).facts == draft(ONE, RESIZE).facts


@pytest.mark.parametrize(
    ("value", "stands_for"),
    [
        ("m5.large", RESIZE),
        ("true", {"kind": "stop_instance", "target": TARGET}),
        ("gp3", {"kind": "change_volume", "target": TARGET, "volume_type": "gp3", "size_gib": 500}),
        ("500", {"kind": "change_volume", "target": TARGET, "volume_type": "gp3"}),
    ],
)
def test_a_value_other_than_what_it_stands_for_is_refused(value: str, stands_for: dict[str, object]) -> None:
    code = {"kind": "change_code", "target": FILE, "key": "web.type", "value": value, "stands_for": stands_for}
    with pytest.raises(ToolError, match=f"the value `{value}` is not what `{stands_for['kind']}` asks for"):
        draft(ONE, code)


def test_a_change_of_code_that_stands_for_nothing_costs_nothing_known() -> None:
    found = facts(ONE, kind="change_code", target=FILE, key="web.replicas", value="2")
    assert (found.currency, found.monthly_cost_before, found.monthly_saving) == ("USD", 0, 0)
    assert (found.capacity_ratio, found.peak_fits, found.owner, found.environment) == (None, None, None, None)


def test_the_fleet_is_what_the_owner_has_of_the_service() -> None:
    others = [*instance_rows("i-2", daily="5"), *instance_rows("i-3", tags={"owner": "bob"}), *volume_rows("vol-1")]
    data = fleet((instance_rows(), samples()), (others, []))
    found = facts(data, **RESIZE)
    assert (found.fleet_size, found.fleet_cost) == (2, 450)


def test_nobodys_resource_has_no_fleet() -> None:
    found = facts(fleet((instance_rows(tags={"environment": "dev"}), samples())), **RESIZE)
    assert (found.fleet_size, found.fleet_cost) == (0, 0)


def test_the_fleet_is_one_question() -> None:
    data = fleet((instance_rows(), samples()))
    draft(data, RESIZE)
    distinct = [one for one in data.asked if any(a.function == "distinct" for a in one.aggregates)]
    assert [len(one.keys) for one in distinct] == [0]


def test_all_days_known_and_all_samples_there_is_full_confidence() -> None:
    assert facts(ONE, **RESIZE).saving_confidence == 1


def test_days_that_were_not_reported_take_from_the_confidence() -> None:
    rows = [*instance_rows(days=24), *instance_rows("i-2", days=24)]
    found = facts(fleet((rows, samples(cpu=35.0, memory=35.0))), **RESIZE)
    assert found.saving_confidence == Decimal("0.8")


def test_days_of_a_stop_were_reported_by_the_others() -> None:
    rows = [*instance_rows(days=3), *instance_rows("i-2")]
    assert facts(fleet((rows, samples(cpu=35.0, memory=35.0))), **RESIZE).saving_confidence == 1


def test_days_still_growing_take_from_the_confidence() -> None:
    data = fleet((instance_rows(x_Source="AWS/1"), samples(cpu=35.0, memory=35.0)))
    assert isinstance(data.cost, TableInfo)
    growing = tuple(
        IncompleteDay(source=source, day=TODAY - timedelta(days=back), expected=None, reason="young")
        for source, back in (("AWS/1", 1), ("AWS/1", 2), ("AWS/1", 3), ("other", 4))
    )
    data.cost = data.cost.model_copy(update={"incomplete": growing})
    assert facts(data, **RESIZE).saving_confidence == Decimal("0.9")


def test_missing_samples_take_from_the_confidence_of_what_rests_on_them() -> None:
    data = fleet((instance_rows(), samples(cpu=35.0, memory=35.0, keep=lambda index: index % 8 != 7)))
    found = facts(data, **RESIZE)
    assert found.saving_confidence == found.observation_coverage == Decimal("0.875")
    assert facts(data, **(RESIZE | {"instance_type": "m5.4xlarge"})).saving_confidence == 1


@pytest.mark.parametrize(("peaks", "risk"), [(1, "low"), (6, "medium"), (7, "high")])
def test_the_risk_is_the_share_of_samples_over_what_is_left(peaks: int, risk: str) -> None:
    # 128 samples: one is 0.8 %, six are 4.7 %, seven are 5.5 %.
    load = samples(cpu=lambda index: 60.0 if index < peaks else 10.0, memory=35.0)
    assert facts(fleet((instance_rows(), load)), **RESIZE).risk == risk


def test_what_was_not_observed_is_a_high_risk() -> None:
    assert facts(fleet((instance_rows(), [])), **RESIZE).risk == "high"


def test_growing_and_stopping_the_idle_are_low_risks() -> None:
    assert facts(ONE, **(RESIZE | {"instance_type": "m5.4xlarge"})).risk == "low"
    idle = fleet((instance_rows(), samples(cpu=1.0, network=10.0)))
    assert facts(idle, kind="stop_instance", target=TARGET).risk == "low"


def test_what_a_model_is_sent_names_every_field_of_every_kind() -> None:
    schema = ProposeAction.model_json_schema()["properties"]["action"]
    kinds = get_args(get_args(Action)[0])
    fields = {name for kind in kinds for name in kind.model_fields}
    assert set(schema["properties"]) == fields
    assert schema["properties"]["kind"]["enum"] == list(get_args(ActionKind))
    assert json.dumps(schema)


def test_the_numbers_an_action_asks_for_are_figures() -> None:
    budget = {"kind": "set_budget", "target": TARGET, "amount": "500"}
    finding = propose_action(ProposeAction.model_validate({"action": budget}), ONE.context())
    assert [(one.value, one.unit) for one in finding.figures if one.name == "amount"] == [(500, "USD")]
    grow = {"kind": "change_volume", "target": {**TARGET, "resource_id": "vol-1"}, "size_gib": 400}
    finding = propose_action(ProposeAction.model_validate({"action": grow}), FakeData(volume_rows()).context())
    assert [(one.value, one.unit) for one in finding.figures if one.name == "size"] == [(400, "GiB")]
