"""The real bill through the door: sums that its README states, and what its dirt does to answers."""

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from finops.errors import ToolError, UnknownName
from finops.evidence import Evidence
from finops.money import plain
from finops.people import Principal
from gateway.acting import audit_of_loads
from gateway.compose import open_questions
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person
from gateway.questions import Questions

ANN = Principal(name="ann", role="admin")


@pytest.fixture(scope="module")
def questions(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Questions:
    home = Home.open({"TOLL_HOME": str(tmp_path_factory.mktemp("home"))})
    person, _ = ensure_local_person(home)
    ingest(home, person, [shared_data / "focus" / "focus_sample_1.0.csv"], audit=audit_of_loads(home, person))
    return open_questions(home)


def run(questions: Questions, tool: str, **arguments: JsonValue) -> Evidence:
    return questions.run(ANN, tool, arguments)


def figures(evidence: Evidence) -> dict[str, str]:
    return {figure.name: plain(figure.value) for figure in evidence.figures}


def test_providers_cost_in_september_what_the_readme_says(questions: Questions) -> None:
    evidence = run(questions, "cost_query", period="2024-09", group_by=["ProviderName"])
    found = figures(evidence)
    assert {name: found[name] for name in ("AWS", "Microsoft", "Oracle", "total")} == {
        "AWS": "18.00663861840", "Microsoft": "1.97651418586", "Oracle": "0.53707392473", "total": "20.52022672899",
    }  # fmt: skip
    assert evidence.rows_read == 1000


def test_compute_costs_what_the_readme_says(questions: Questions) -> None:
    filters: JsonValue = [{"dimension": "ServiceCategory", "values": ["Compute"]}]
    assert figures(run(questions, "cost_query", filters=filters))["total"] == "17.56473934470"


def test_ai_and_machine_learning_is_negative(questions: Questions) -> None:
    found = figures(run(questions, "cost_query", group_by=["ServiceCategory"], period="2024-09"))
    assert found["AI and Machine Learning"] == "-0.15189756178"


def test_the_third_of_september_nets_negative_and_days_sum_to_the_total(questions: Questions) -> None:
    evidence = run(questions, "cost_query", period="2024-09", grain="day")
    found = {figure.name: figure.value for figure in evidence.figures if figure.definition == "BilledCost"}
    total = found.pop("total")
    assert found["2024-09-03"] < 0
    assert sum(found.values()) == total == Decimal("20.52022672899")


def test_the_rounded_effective_cost_of_aws_comes_with_its_caveat(questions: Questions) -> None:
    caveats = run(questions, "cost_query", metric="EffectiveCost").result["caveats"]
    assert isinstance(caveats, list)
    assert any("EffectiveCost" in str(caveat) for caveat in caveats)


def test_quantities_are_kept_apart_by_unit(questions: Questions) -> None:
    totals = run(questions, "cost_query", metric="ConsumedQuantity").result["totals"]
    assert isinstance(totals, list)
    assert len(totals) > 3


def test_an_unknown_provider_is_refused_with_the_nearest(questions: Questions) -> None:
    with pytest.raises(UnknownName, match="did you mean `Microsoft`"):
        run(questions, "cost_query", filters=[{"dimension": "ProviderName", "values": ["Mikrosoft"]}])


def test_a_month_without_data_is_refused(questions: Questions) -> None:
    with pytest.raises(ToolError, match="there is no cost data for `March 2024`"):
        run(questions, "cost_query", period="2024-03")


def test_a_derived_figure_cites_what_it_came_from(questions: Questions) -> None:
    base = run(questions, "cost_query", period="2024-09", group_by=["ProviderName"])
    share = run(questions, "calculate", op="share", operands=[f"{base.id}#AWS", f"{base.id}#total"])
    assert share.sources == (base.id,)
    assert figures(share)["result"] == "87.75"


def test_the_dimensions_of_the_sample_are_listed(questions: Questions) -> None:
    found = figures(run(questions, "list_dimensions", limit=1000))
    assert (found["ProviderName.distinct"], found["rows"]) == ("3", "1000")


def test_every_tool_that_reads_answers_the_same_twice(questions: Questions) -> None:
    calls: list[tuple[str, dict[str, JsonValue]]] = [
        ("cost_query", {"group_by": ["ServiceName", "RegionId"], "top": 3, "grain": "week"}),
        ("list_dimensions", {"dimension": "ServiceName"}),
        ("rightsize_instances", {}),
        ("detect_anomalies", {"min_excess": "0.01"}),
    ]
    for tool, arguments in calls:
        first = questions.run(ANN, tool, arguments)
        assert questions.run(ANN, tool, arguments) == first
        assert questions.replay(ANN, first)
