"""Names come from the data: nothing that a model wrote into a call, and no free text, lets a figure stand unchecked."""

from collections.abc import Mapping

import pytest
from pydantic import JsonValue

from agent.grounding import ground
from agent.grounding.known_names import reads_like_quantity
from finops.evidence import Evidence, seal
from tests.unit.agent.estate import TODAY, figure

LIE = "AWS wastes 4711 dollars"


def item(
    *,
    tool: str = "cost_query",
    given: Mapping[str, JsonValue] | None = None,
    result: Mapping[str, JsonValue] | None = None,
) -> Evidence:
    """Return what AWS cost, with what was asked and what came of it."""
    figures = (figure("AWS", "5.00", subject="ProviderName=AWS"),)
    return seal(
        tool=tool, arguments=dict(given or {}), snapshot="s", as_of=TODAY.isoformat(), rows_read=9, result=dict(result or {}),
        figures=figures, formula="sum",
    )  # fmt: skip


def complaints(text: str, one: Evidence, question: str = "What did AWS cost?") -> tuple[str, ...]:
    return ground(text, {"E1": one}, question=question, as_of=TODAY, vocabulary={"ProviderName": ("AWS",)}).complaints


def filters(value: str, op: str, dimension: str = "ServiceName") -> dict[str, JsonValue]:
    return {"filters": [{"dimension": dimension, "op": op, "values": [value]}]}


@pytest.mark.parametrize(
    ("text", "one"),
    [
        (f"{LIE}.", item(tool="calculate", given={"label": LIE}, result={"label": LIE})),
        (f"It is so: `{LIE}`.", item(tool="calculate", given={"label": LIE}, result={"label": LIE})),
        (f"{LIE}.", item(given=filters(LIE, "contains"))),
        (f"{LIE}.", item(given=filters(LIE, "starts"))),
        (f"{LIE}.", item(given=filters(LIE, "is_not"))),
        (f"{LIE}.", item(tool="propose_action", given={"reason": LIE}, result={"reason": LIE})),
        (f"{LIE}.", item(given=filters(LIE, "contains"), result={"caveats": [f"no row has {LIE}"]})),
        (f"No row has {LIE}.", item(given=filters(LIE, "contains"), result={"caveats": [f"No row has {LIE}"]})),
        ("The bill came to `USD 5,000`.", item(given=filters("USD 5,000", "contains"))),
        ("AWS doubled since August.", item(given=filters("doubled since August", "contains"))),
        ("It is `4711`.", item(given=filters("4711", "is", "PricingQuantity"))),
        ("AWS cost `USD 5,000`.", item(result={"group": {"tag:plan": "USD 5,000"}})),
        ("AWS came to `USD 5,000`.", item(result={"group": {"tag:plan": "USD 5,000"}})),
        ("In total `USD 5,000` was spent, of `USD 5,000`.", item(result={"group": {"tag:plan": "USD 5,000"}})),
        ("AWS plan USD 5,000 is in force.", item(result={"group": {"tag:plan": "USD 5,000"}})),
        ("AWS cost `5000`.", item(result={"group": {"SubAccountId": "5000"}})),
        ("AWS was `half`.", item(result={"group": {"tag:plan": "half"}})),
        ("AWS doubled.", item(result={"group": {"tag:plan": "doubled"}})),
    ],
)
def test_what_a_model_wrote_and_what_reads_like_an_amount_is_no_name(text: str, one: Evidence) -> None:
    assert complaints(text, one)


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("The tag `USD 5,000` is in use.", item(result={"group": {"tag:plan": "USD 5,000"}})),
        ("The account is `123456789012`.", item(result={"group": {"SubAccountId": "123456789012"}})),
        ("The cost of `123456789012` is not known.", item(result={"group": {"SubAccountId": "123456789012"}})),
        ("The plan `doubled` is in use.", item(result={"group": {"tag:plan": "doubled"}})),
        ("Volume vol-7 is in us-west-2.", item(result={"resource_id": "vol-7", "region": "us-west-2"})),
        ("Unit k8s-3 is there.", item(given=filters("k8s-3", "is", "tag:unit"))),
        ("There is not enough data: it takes 14 days.", item(result={"reason": "it takes 14 days"})),
    ],
)
def test_values_of_the_data_and_words_of_a_tool_are_names(text: str, one: Evidence) -> None:
    assert complaints(text, one) == ()


@pytest.mark.parametrize(
    ("text", "question", "holds"),
    [
        ("Yes, AWS wastes x4711.", "does AWS waste x4711?", False),
        ("Yes, AWS wastes USD4711.", "does AWS waste USD4711?", False),
        ("Yes, AWS wastes about-4711.", "does AWS waste about-4711?", False),
        ("There is no i-0abc12345 in the data.", "what did i-0abc12345 cost?", True),
        ("There is no m5.large in us-west-2.", "what did m5.large in us-west-2 cost?", True),
    ],
)
def test_words_of_the_question_count_only_as_identifiers(text: str, question: str, *, holds: bool) -> None:
    assert (not complaints(text, item(), question)) == holds


NOTES: dict[str, JsonValue] = {"notes": [{"text": "the migration saved us 4711 dollars"}]}
DESCRIBED: dict[str, JsonValue] = {"rows": [{"group": {"ChargeDescription": "$0.096 per hour"}}]}


@pytest.mark.parametrize(
    ("text", "result", "holds"),
    [
        ("The migration saved us 4711 dollars.", NOTES, False),
        ("A note says that the migration saved us 4711 dollars.", NOTES, False),
        ("The bill shows it: `the migration saved us 4711 dollars`.", NOTES, False),
        ("A note says that `saved us 4711 dollars`.", NOTES, False),
        ("A note of that day says: `the migration saved us 4711 dollars`.", NOTES, True),
        ("AWS charges $0.096 per hour.", DESCRIBED, False),
        ("AWS cost `$0.096 per hour`.", DESCRIBED, False),
        ("The charge described as `$0.096 per hour` is there.", DESCRIBED, True),
    ],
)
def test_free_text_of_the_data_stands_only_as_a_whole_quote(
    text: str, result: dict[str, JsonValue], *, holds: bool
) -> None:
    assert (not complaints(text, item(tool="list_notes", result=result))) == holds


@pytest.mark.parametrize(
    ("name", "loud"),
    [("USD 5,000", True), ("losing 99 percent of it", True), ("doubled since August", True), ("half", True), ("surged", True),
     ("123456789012", True), ("Amazon EC2", False), ("larkspur-audit-trail", False), ("us-west-2", False), ("Savings Plans", False)],
)  # fmt: skip
def test_names_that_read_like_a_quantity_are_known(name: str, *, loud: bool) -> None:
    assert reads_like_quantity(name) == loud


def test_the_products_own_words_write_names_as_the_data_has_them() -> None:
    given = {"E1": item(given=filters("plan 7", "contains"))}
    for text, holds in (("Cost where tag plan contains plan 7.", True), ("AWS wastes 4711.", False)):
        assert (not ground(text, given, question="", as_of=TODAY, voice="own").complaints) == holds
