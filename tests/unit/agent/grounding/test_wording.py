"""Beside a figure a model may only write words that are known, in English."""

import pytest
from pydantic import JsonValue

from agent.grounding import Grounded, ground
from finops.evidence import Evidence, Figure, seal
from tests.unit.agent.estate import AUGUST, TODAY, figure


def item() -> Evidence:
    """AWS rose from 300 to 700, Azure fell from 600 to 300."""
    figures: list[Figure] = [figure("total", "1000.00"), figure("total.compare", "900.00", period=AUGUST)]
    for name, now, was, share in (("AWS", 700, 300, 70), ("Azure", 300, 600, 30)):
        subject = f"ProviderName={name}"
        figures += [
            figure(name, f"{now}.00", subject=subject), figure(f"{name}.compare", f"{was}.00", subject=subject, period=AUGUST),
            figure(f"{name}.change", f"{now - was}.00", subject=subject), figure(f"{name}.share", f"{share}.00", "%", subject),
        ]  # fmt: skip
    rows: list[JsonValue] = [{"figure": n, "other": False, "group": {"ProviderName": n}} for n in ("AWS", "Azure")]
    return seal(
        tool="cost_query", arguments={"group_by": ["ProviderName"]}, snapshot="s", as_of=TODAY.isoformat(), rows_read=9,
        result={"rows": rows}, figures=tuple(figures), formula="sum",
    )  # fmt: skip


def grounded(text: str, question: str = "What did each provider cost in September 2024?") -> Grounded:
    words = {"ProviderName": ("AWS", "Azure")}
    return ground(text, {"E1": item()}, question=question, as_of=TODAY, vocabulary=words)


@pytest.mark.parametrize(
    "text",
    [
        "AWS plummeted to {{E1.AWS}}.",
        "AWS slashed its cost to {{E1.AWS}}.",
        "AWS cost eased to {{E1.AWS}}.",
        "AWS spending crept down to {{E1.AWS}}.",
        "AWS tumbled to {{E1.AWS}}.",
        "AWS slid to {{E1.AWS}}.",
        "AWS dipped to {{E1.AWS}}.",
        "Azure skyrocketed to {{E1.Azure}}.",
        "Azure shot up to {{E1.Azure}}.",
        "Azure spiked to {{E1.Azure}}.",
        "Azure is trending upward at {{E1.Azure}}.",
        "Azure surged to {{E1.Azure}}.",
        "Azure ballooned to {{E1.Azure}}.",
        "Azure edged {{E1.Azure}}.",
        "Azure crept up to {{E1.Azure}}.",
        "Azure skyrocketed.",
        "Azure cost {{E1.Azure}}, up from {{E1.Azure.compare}} in August 2024.",
        "Azure blew through {{E1.Azure}}.",
        "Azure outgrew everything.",
    ],
)
def test_a_verb_of_movement_is_held_against_the_change(text: str) -> None:
    assert grounded(text).complaints


@pytest.mark.parametrize(
    "text",
    [
        "Azure cost {{E1.Azure}}, nearly everything.",
        "Azure is nearly the whole bill.",
        "The lion's share went to Azure.",
        "Azure dwarfs AWS.",
        "Azure cost {{E1.Azure}}, dwarfing AWS.",
        "Azure outspent AWS at {{E1.Azure}}.",
        "Azure surpassed AWS with {{E1.Azure}}.",
        "Azure exceeded AWS at {{E1.Azure}}.",
        "Azure outpaced AWS.",
        "Azure overtook AWS.",
        "AWS trails Azure.",
        "AWS is far behind Azure.",
        "Azure is ahead of AWS.",
        "Azure is our top provider with {{E1.Azure}}.",
        "Azure is the leading provider.",
        "Azure is our number-one provider.",
        "Azure is our biggest provider.",
        "Azure is our main provider.",
        "AWS is the second-biggest provider.",
        "Azure, our crown jewel, cost {{E1.Azure}}.",
    ],
)
def test_a_comparison_or_rank_in_other_words_is_held_against_the_figures(text: str) -> None:
    assert grounded(text).complaints


@pytest.mark.parametrize(
    "text",
    [
        "AWS will cost {{E1.AWS}}.",
        "AWS is expected to cost {{E1.AWS}}.",
        "AWS averaged {{E1.AWS}}.",
        "AWS wasted {{E1.AWS}}.",
        "AWS is {{E1.AWS}} over budget.",
        "The AWS budget is {{E1.AWS}}.",
        "AWS profit was {{E1.AWS}}.",
        "AWS could be cut by {{E1.AWS}}.",
        "You can avoid {{E1.AWS}} of AWS spend.",
        "AWS saves {{E1.AWS}}.",
        "AWS was {{E1.AWS}} before tax.",
        "Gross AWS cost was {{E1.AWS}}.",
        "Unblended AWS cost was {{E1.AWS}}.",
        "The AWS forecast is {{E1.AWS}}.",
        "Projected AWS cost is {{E1.AWS}}.",
        "Per day, AWS cost {{E1.AWS}}.",
        "So far this year AWS cost {{E1.AWS}}.",
        "AWS cost {{E1.AWS}} this year.",
        "Wasted by provider:\n- AWS: {{E1.AWS}}",
        "| Provider | Forecast |\n|---|---|\n| AWS | {{E1.AWS}} |",
    ],
)
def test_a_plain_cost_has_no_other_role(text: str) -> None:
    assert grounded(text, "What will AWS cost, is it over budget, and what could be avoided?").complaints


@pytest.mark.parametrize(
    "text",
    [
        "AWS surged to {{E1.AWS}} in September 2024, while Azure dipped to {{E1.Azure}}.",
        "AWS outspent Azure in September 2024: {{E1.AWS}} against {{E1.Azure}}.",
        "AWS is our top provider with {{E1.AWS}}, the lion's share.",
        "AWS cost {{E1.AWS}} in September 2024, up from {{E1.AWS.compare}} in August 2024.",
        "AWS ballooned by {{E1.AWS.change}}.",
        "Here is what each provider cost in September 2024. AWS: {{E1.AWS}}. Azure: {{E1.Azure}}.",
        "Cost per provider in September 2024:\n- AWS: {{E1.AWS}} ({{E1.AWS.share}})\n- Azure: {{E1.Azure}}",
        "| Provider | Cost per month |\n|---|---|\n| AWS | {{E1.AWS}} |",
        "AWS was billed {{E1.AWS}}; Azure accounted for {{E1.Azure.share}} of the total.",
        "I could not propose that.",
        "The data ends in September 2024.",
    ],
)
def test_plain_words_that_are_true_pass(text: str) -> None:
    assert grounded(text).complaints == ()


def test_a_word_that_is_not_known_is_told_with_what_to_write() -> None:
    (complaint,) = grounded("AWS wasted {{E1.AWS}}.").complaints
    assert complaint.startswith("`wasted` beside a figure cannot be checked; say plainly what it `cost` or `came to`")


@pytest.mark.parametrize(
    "text",
    [
        "Im September kostete AWS {{E1.AWS}}.",
        "Azure kostete doppelt so viel.",
        "El gasto de AWS se triplicó a {{E1.AWS}}.",
        "Keine Veränderung.",
        "Keine Veränderung bei AWS: {{E1.AWS}}.",
        "Azure a doublé.",
        "Les coûts ont doublé.",
        "Kosten verdoppelt.",
        "Insgesamt kostete alles {{E1.AWS}}.",
        "AWS cost {{E1.AWS}} in September 2024. Azure kostete mehr als AWS.",
        "AWS 花费了 {{E1.AWS}}",
        "AWS стоил больше.",
    ],
)
def test_what_is_no_english_is_asked_for_in_english(text: str) -> None:
    assert "write the answer in English" in " ".join(grounded(text).complaints)


@pytest.mark.parametrize("text", ["The café is there.", "AWS: {{E1.AWS}}", "{{E1.AWS}}", "Yes.", "AWS, Azure.", ""])
def test_names_and_single_words_are_in_no_language(text: str) -> None:
    assert grounded(text).complaints == ()


def test_a_letter_of_another_language_does_not_make_a_sentence_one_of_it() -> None:
    assert "English" not in " ".join(grounded("The café account is AWS.").complaints)


@pytest.mark.parametrize(
    "text",
    [
        "AWS went into freefall in September 2024.",
        "AWS made up the whole of the cost in September 2024.",
        "AWS made up no part of the cost in September 2024.",
        "AWS made up one seventh of the cost in September 2024.",
        "AWS was every bit as costly as Azure in September 2024.",
        "AWS did not go down in September 2024.",
        "AWS cost no more than Azure in September 2024.",
        "AWS did not exceed Azure in September 2024.",
        "AWS was outstripped by Azure in September 2024.",
        "Azure is a tenth of AWS in September 2024.",
        "The bill stayed put in September 2024.",
        "Costs went nowhere.",
        "There is no Azure in the data.",
        "AWS cost is not known.",
        "AWS did not cost {{E1.AWS}}.",
        "AWS was not {{E1.AWS}}.",
        "AWS is not the largest provider at {{E1.AWS}}.",
        "AWS came to {{E1.AWS}}, and nothing went to Azure.",
        "AWS came to {{E1.AWS}}, the entire bill.",
        "The bill is Azure.",
        "Azure rose as AWS fell in September 2024.",
        "AWS has more outages than Azure.",
        "Azure is lower priced than AWS.",
        "AWS has the largest wasted spend.",
        "AWS was outspent in September 2024 by Azure.",
        "AWS, dwarfed by Azure in September 2024.",
        "Costs come from Azure.",
        "We paid nothing.",
        "It is free.",
        "Expenses went through the roof.",
        "Delete the AWS production databases.",
        "AWS is unused.",
        "Azure appears to be the largest provider.",
        "AWS and Azure match.",
    ],
)
def test_what_is_said_of_a_group_without_its_figure_is_held_against_the_evidence_or_refused(text: str) -> None:
    assert grounded(text).complaints


@pytest.mark.parametrize(
    "text",
    [
        "AWS did not fall in September 2024.",
        "Azure cost no more than AWS in September 2024.",
        "Azure was outspent by AWS in September 2024.",
        "AWS soared in September 2024.",
        "AWS dwarfed Azure in September 2024.",
        "I looked at AWS and Azure.",
        "There is no Google in the data.",
    ],
)
def test_what_is_true_of_a_group_may_be_said_without_its_figure(text: str) -> None:
    assert grounded(text).complaints == ()


def test_what_moved_a_little_did_not_soar() -> None:
    figures = (figure("total", "103.00"), figure("total.compare", "100.00", period=AUGUST))
    one = seal(
        tool="cost_query", arguments={}, snapshot="s", as_of=TODAY.isoformat(), rows_read=9, result={}, figures=figures,
        formula="sum",
    )  # fmt: skip

    def complaints(text: str) -> tuple[str, ...]:
        return ground(text, {"E1": one}, question="What did it cost?", as_of=TODAY).complaints

    assert complaints("The total soared to {{E1.total}} in September 2024.")
    assert not complaints("The total rose to {{E1.total}} in September 2024.")
