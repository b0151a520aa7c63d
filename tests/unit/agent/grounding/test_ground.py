from decimal import Decimal

import pytest

from agent.grounding import Grounded, ground, render
from finops.evidence import Evidence
from tests.unit.agent.estate import AUGUST, TODAY, evidence, figure, providers

QUESTION = "What did each provider cost in September 2024?"


def grounded(text: str, *items: Evidence, question: str = QUESTION) -> Grounded:
    given = items or (providers(),)
    return ground(text, {f"E{n}": e for n, e in enumerate(given, 1)}, question=question, as_of=TODAY)


def test_a_reference_is_written_out_with_every_digit_and_bound() -> None:
    result = grounded("AWS cost {{E1.AWS}} in September 2024.")
    assert result.text == "AWS cost USD 18.00663861840 in September 2024."
    (bound,) = result.figures
    assert (bound.text, bound.value, bound.unit, bound.name) == ("USD 18.00663861840", "18.00663861840", "USD", "AWS")
    assert bound.evidence == providers().id
    assert not result.complaints


def test_figures_come_in_order_of_appearance() -> None:
    result = grounded("Oracle cost {{E1.Oracle}}, AWS cost USD 18.01, Microsoft cost {{E1.Microsoft}}.")
    assert [f.name for f in result.figures] == ["Oracle", "AWS", "Microsoft"]
    assert not result.complaints


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("AWS: ${{E1.AWS}}", "AWS: USD 18.00663861840"),
        ("AWS: USD {{E1.AWS}}", "AWS: USD 18.00663861840"),
        ("AWS has {{E1.AWS.share}}% of it", "AWS has 87.75 % of it"),
        ("AWS has {{ E1.AWS.share }} percent of it", "AWS has 87.75 % of it"),
        ("from {{E1.rows}} rows", "from 1,000 rows"),
    ],
)
def test_a_unit_is_not_written_twice(text: str, shown: str) -> None:
    result = grounded(text)
    assert (result.text, result.complaints) == (shown, ())


@pytest.mark.parametrize(
    "text",
    [
        "AWS cost USD 18.00663861840.",
        "AWS cost USD 18.01.",
        "AWS cost $18.0.",
        "AWS cost 18.01 dollars.",
        "AWS has 87.8 % of the bill.",
        "AWS has 88% of the bill.",
        "This rests on 1,000 rows.",
    ],
)
def test_a_literal_that_matches_one_figure_is_linked(text: str) -> None:
    result = grounded(text)
    assert not result.complaints
    assert result.text == text
    assert len(result.figures) == 1
    assert result.figures[0].text in text


@pytest.mark.parametrize(
    "text",
    [
        "AWS cost USD 19.",
        "AWS cost EUR 18.01.",
        "AWS cost 18.01.",
        "AWS has USD 87.75 of it.",
        "AWS cost USD 18.02.",
        "AWS cost USD -18.01.",
        "AWS cost USD 18.01k.",
        "AWS saved 15 % since.",
        "AWS costs 3 times Microsoft.",
        "AWS costs nearly twice as much.",
        "AWS cost eighteen dollars.",
        "AWS cost \uff11\uff18 dollars.",
        "AWS has ½ of it.",
        "AWS cost USD 2024.",
        "AWS cost USD 18.01 on 1 September 2023.",
        "AWS cost {{E1.Amazon}}.",
        "AWS cost {{E2.AWS}}.",
        "AWS cost {{total}}.",
        "1. AWS\n7. Microsoft",
    ],
)
def test_a_number_without_a_figure_is_refused(text: str) -> None:
    assert grounded(text).complaints


@pytest.mark.parametrize(
    "text",
    [
        "Microsoft cost {{E1.AWS}}.",
        "AWS cost {{E1.Microsoft}} and Microsoft cost {{E1.AWS}}.",
        "AWS cost {{E1.total}}.",
        "Microsoft: {{E1.AWS}}",
        "AWS cost {{E1.AWS}} on 17 September 2024.",
        "AWS's effective cost was {{E1.AWS}}.",
        "Microsoft cost USD 18.01.",
        "The amortised cost of AWS was $18.01.",
    ],
)
def test_a_figure_in_a_sentence_about_something_else_is_refused(text: str) -> None:
    assert grounded(text).complaints


def test_a_figure_of_another_month_is_refused() -> None:
    item = evidence(figure("total", "5.00"), figure("total.compare", "4.00", period=AUGUST))
    assert grounded("August 2024 cost {{E1.total}}.", item).complaints
    assert not grounded(
        "It went from {{E1.total.compare}} in August 2024 to {{E1.total}} in September 2024.", item
    ).complaints


@pytest.mark.parametrize(
    "text",
    [
        "In September 2024 all providers together cost {{E1.total}}.",
        "AWS cost {{E1.AWS}}, Microsoft {{E1.Microsoft}} and Oracle {{E1.Oracle}}.",
        "The largest is AWS with {{E1.AWS}} ({{E1.AWS.share}}).",
        "From 1 to 30 September 2024 the total was {{E1.total}}.",
        "| AWS | {{E1.AWS}} |\n| Oracle | {{E1.Oracle}} |",
        "1. AWS: {{E1.AWS}}\n2. Microsoft: {{E1.Microsoft}}",
        "The billed cost of AWS was {{E1.AWS}}.",
        "The effective cost is not known.",
    ],
)
def test_sound_sentences_pass(text: str) -> None:
    assert grounded(text).complaints == ()


def test_digits_inside_names_of_the_evidence_are_names() -> None:
    item = evidence(
        figure("i-0abc12.saving", "70.08", subject="ResourceId=i-0abc12"),
        result={"resource_id": "i-0abc12", "target_type": "m5.large", "region": "us-west-2"},
    )
    result = grounded("i-0abc12 in us-west-2 fits m5.large and saves {{E1.i-0abc12.saving}}.", item)
    assert not result.complaints
    assert grounded("i-0abc13 fits m5.large.", item).complaints


def test_a_name_that_reads_like_an_amount_counts_only_in_backticks() -> None:
    item = evidence(figure("total", "5.00"), result={"group": {"tag:plan": "USD 5000"}, "account": "123456789012"})
    assert grounded("It saves USD 5000.", item).complaints
    assert grounded("Account 123456789012 is fine.", item).complaints
    assert not grounded("Account `123456789012` has the tag `USD 5000`.", item).complaints
    assert grounded("It saves USD `123456789012`.", item).complaints


def test_a_count_of_the_question_may_be_repeated() -> None:
    assert not grounded("The top 3 providers:", question="top 3 providers").complaints
    assert grounded("The top 4 providers:", question="top 3 providers").complaints
    assert grounded("It cost USD 3.", question="top 3 providers").complaints


def test_a_literal_that_fits_two_figures_is_refused() -> None:
    item = evidence(figure("a", "5.001", subject="ServiceName=a"), figure("b", "5.002", subject="ServiceName=b"))
    (complaint,) = grounded("Something cost USD 5.00.", item).complaints
    assert "any of 2 figures" in complaint
    assert not grounded("a cost USD 5.00.", item).complaints


def test_a_fall_may_be_told_without_its_sign() -> None:
    item = evidence(figure("total.change", "-5.25"))
    assert not grounded("It fell by USD 5.25.", item).complaints
    assert grounded("It rose by USD 5.25.", item).complaints


def test_figure_names_may_hold_braces_dots_and_spaces() -> None:
    item = evidence(figure("a}} b/2.c", "1.00", subject="ServiceName=x"))
    result = grounded("x: {{E1.a}} b/2.c}}", item)
    assert (result.text, result.complaints) == ("x: USD 1.00", ())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("1234567.80", "USD", "USD 1,234,567.80"),
        ("-0.15", "EUR", "EUR -0.15"),
        ("12.345", "%", "12.34 %"),
        ("14", "days", "14 days"),
        ("4.00", "vCPU", "4 vCPU"),
        ("12", "count", "12"),
        ("123.4", "GB-Hours", "123.4 GB-Hours"),
    ],
)
def test_each_unit_has_its_form(value: str, unit: str, text: str) -> None:
    assert render(figure("x", value, unit)) == text


def test_grounding_leaves_the_value_alone() -> None:
    assert Decimal(grounded("{{E1.AWS.share}}").figures[0].value) == Decimal("87.7507")


def test_a_filtered_total_in_a_sentence_about_another_value_of_the_data_is_refused() -> None:
    item = evidence(figure("total", "18.01", subject="ProviderName=AWS; tag:team is_not web"))
    words = {"ProviderName": ("AWS", "Microsoft")}
    for text, refused in (("Microsoft cost {{E1.total}}.", True), ("AWS cost {{E1.total}}.", False)):
        result = ground(text, {"E1": item}, question=QUESTION, as_of=TODAY, vocabulary=words)
        assert bool(result.complaints) is refused


def test_a_figure_of_two_values_may_be_told_of_both() -> None:
    item = evidence(figure("total", "19.98", subject="ProviderName=AWS|Microsoft"))
    assert not grounded("AWS and Microsoft cost {{E1.total}}.", item).complaints


@pytest.mark.parametrize(
    "text",
    [
        "Done: the resize was approved by the administrator.",
        "The change is approved and executed.",
        "I have stopped the instance.",
        "All is approved.",
        "We already resized it.",
        "Executed successfully.",
    ],
)
def test_a_claim_that_something_was_approved_or_done_is_refused(text: str) -> None:
    assert any("only the records" in complaint for complaint in grounded(text).complaints)


@pytest.mark.parametrize(
    "text",
    ["Nothing was approved.", "It is not executed.", "Stopping it would save money.", "The tag says `was approved`."],
)
def test_what_denies_or_quotes_a_deed_is_no_claim(text: str) -> None:
    assert not grounded(text).complaints


def test_a_part_may_be_told_of_the_whole() -> None:
    assert not grounded("In September 2024 AWS cost {{E1.AWS}} of {{E1.total}}.").complaints
    assert grounded("In September 2024 AWS had a cost of {{E1.total}}.").complaints


def test_a_name_that_two_dimensions_have_is_the_one_that_the_figure_is_about() -> None:
    inside = "ServiceCategory={}, ServiceName=Compute Engine"
    item = evidence(
        figure("total", "348.02", subject="ServiceName=Compute Engine"),
        figure("Compute", "216.02", subject=inside.format("Compute")),
        figure("Storage", "132.00", subject=inside.format("Storage")),
    )
    words = {"ServiceName": ("Compute Engine", "Storage"), "ServiceCategory": ("Compute", "Storage")}

    def complaints(text: str) -> tuple[str, ...]:
        return ground(text, {"E1": item}, question=QUESTION, as_of=TODAY, vocabulary=words).complaints

    assert not complaints("Compute Engine by category:\n- Compute: {{E1.Compute}}\n- Storage: {{E1.Storage}}")
    assert not complaints("Compute Engine, Storage: {{E1.Storage}}")
    assert complaints("Compute Engine, Storage: {{E1.Compute}}")
    assert complaints("Storage cost {{E1.total}}.")
