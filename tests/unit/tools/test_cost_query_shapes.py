from datetime import timedelta

from finops.periods import Period
from finops.query import CostQuery, Filter
from tests.unit.tools.fake_data import FakeData
from tests.unit.tools.fake_fleet import TODAY, fleet, instance_rows, samples
from tools.cost_query import cost_query
from tools.cost_query_shapes import common_questions
from tools.propose_action import propose_action
from tools.propose_contract import ProposeAction
from tools.rightsize_contract import RightsizeInstances
from tools.rightsize_instances import rightsize_instances


def make() -> FakeData:
    return fleet((instance_rows(), samples()))


def new_shapes(data: FakeData) -> set[str]:
    """Return the shapes that were asked for and not foretold."""
    return {repr(q.shape()) for q in data.asked} - {repr(q.shape()) for q in common_questions(data)}


def test_each_shape_comes_once() -> None:
    shapes = [repr(question.shape()) for question in common_questions(make())]
    assert len(shapes) == len(set(shapes)) > 20


def test_nothing_is_foretold_of_an_empty_lake() -> None:
    assert common_questions(FakeData()) == ()


def test_usual_cost_queries_were_foretold() -> None:
    data = make()
    period = Period(start=TODAY - timedelta(days=9), end=TODAY)
    aws = (Filter(dimension="ProviderName", values=("AWS",)),)
    for query in (
        CostQuery(),
        CostQuery(period=period, filters=aws, group_by=("ServiceName",), top=3),
        CostQuery(period=period, group_by=("tag:owner",), compare="previous_period"),
        CostQuery(period=period, filters=aws, grain="day"),
    ):
        cost_query(query, data.context())
    assert new_shapes(data) == set()


def test_only_the_thresholds_of_right_sizing_were_not_foretold() -> None:
    data = make()
    rightsize_instances(RightsizeInstances(), data.context())
    assert len(new_shapes(data)) == 1


def test_a_proposal_was_foretold() -> None:
    data = make()
    target = {"account": "111", "region": "us-east-1", "resource_id": "i-1"}
    asked = ProposeAction.model_validate({"action": {"kind": "stop_instance", "target": target}})
    propose_action(asked, data.context())
    assert new_shapes(data) == set()
