from datetime import date
from decimal import Decimal

import pytest

from agent.grounding import ground
from finops.evidence import Evidence, Figure, seal
from finops.periods import Period

MONTH = Period.month(2024, 9)


def evidence(definition: str = "BilledCost") -> Evidence:
    figure = Figure(
        name="AWS",
        value=Decimal("18.0066"),
        unit="USD",
        subject="ProviderName=AWS",
        period=MONTH,
        definition=definition,
    )
    return seal(
        tool="cost_query", arguments={}, snapshot="s", as_of="2024-10-01", rows_read=1, result={}, figures=(figure,), formula="sum",
    )  # fmt: skip


def complaints(text: str, definition: str = "BilledCost") -> tuple[str, ...]:
    return ground(
        text, {"E1": evidence(definition)}, question="AWS in September 2024?", as_of=date(2024, 10, 1)
    ).complaints


@pytest.mark.parametrize(
    "text",
    [
        "AWS cost {{E1.AWS}}k.",
        "AWS cost {{E1.AWS}} million.",
        "AWS cost {{E1.AWS}} m.",
        "AWS cost -{{E1.AWS}}.",
        "AWS cost \u2212{{E1.AWS}}.",
        "AWS cost minus {{E1.AWS}}.",
        "AWS cost twice {{E1.AWS}}.",
        "AWS cost EUR {{E1.AWS}}.",
        "AWS cost \u20ac{{E1.AWS}}.",
        "AWS cost {{E1.AWS}} euros.",
        "AWS cost {{E1.AWS}} EUR.",
        "AWS cost {{E1.AWS}}%.",
        "AWS cost {{E1.AWS}}5.",
        "AWS cost 4{{E1.AWS}}.",
        "AWS cost {{E1.AWS}} per day.",
        "AWS cost {{E1.AWS}} an hour.",
        "AWS cost {{E1.AWS}}/day.",
    ],
)
def test_what_is_glued_to_a_reference_cannot_change_it(text: str) -> None:
    assert complaints(text)


@pytest.mark.parametrize(
    "text",
    [
        "AWS cost {{E1.AWS}}.",
        "- {{E1.AWS}} went to AWS",
        "AWS ({{E1.AWS}}) is listed.",
        "AWS cost {{E1.AWS}} in September 2024.",
        "AWS costs {{E1.AWS}} a month.",
        "AWS: {{E1.AWS}}, no more.",
        "AWS cost USD {{E1.AWS}}.",
    ],
)
def test_a_reference_that_stands_for_itself_passes(text: str) -> None:
    assert complaints(text) == ()


def test_a_scaled_figure_is_never_told_as_a_cost() -> None:
    scaled = "scaled by 12: product of BilledCost"
    assert complaints("AWS cost {{E1.AWS}} in September 2024.", scaled)
    assert (
        complaints(
            "AWS would cost {{E1.AWS}}, twelve months like September 2024 annualised.".replace(
                "twelve months like ", ""
            ),
            scaled,
        )
        == ()
    )


def compared() -> Evidence:
    now = Figure(name="total", value=Decimal("20.5"), unit="USD", period=MONTH, definition="BilledCost")
    before = Figure(
        name="total.compare", value=Decimal("30.5"), unit="USD", period=Period.month(2024, 8), definition="BilledCost"
    )
    return seal(
        tool="cost_query", arguments={}, snapshot="s", as_of="2024-10-01", rows_read=1, result={}, figures=(now, before), formula="sum",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("In August 2024 cost was {{E1.total.compare}} and in September 2024 {{E1.total}}.", True),
        ("In September 2024 cost was {{E1.total.compare}} and in August 2024 {{E1.total}}.", False),
        ("Cost fell from {{E1.total.compare}} in August 2024 to {{E1.total}} in September 2024.", True),
        ("Cost fell from {{E1.total}} in August 2024 to {{E1.total.compare}} in September 2024.", False),
        ("In August it was {{E1.total.compare}}, in September {{E1.total}}.", True),
        ("In August it was {{E1.total}}, in September {{E1.total.compare}}.", False),
    ],
)
def test_each_figure_is_held_against_its_own_date(text: str, holds: bool) -> None:  # noqa: FBT001
    found = ground(text, {"E1": compared()}, question="How did cost change?", as_of=date(2024, 10, 1)).complaints
    assert (not found) == holds, found
