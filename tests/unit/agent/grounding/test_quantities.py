"""Words that carry a quantity are held against the evidence, and so is the role a sentence gives a figure."""

import pytest
from pydantic import JsonValue

from agent.grounding import Grounded, ground
from finops.evidence import Evidence, Figure, seal
from tests.unit.agent.estate import AUGUST, TODAY, figure

PROVIDERS = {"AWS": ("20.00", "10.00"), "Microsoft": ("9.00", "10.00"), "Oracle": ("1.001", "1.00")}


def compared() -> Evidence:
    """AWS doubled, Microsoft fell by a tenth, Oracle hardly moved."""
    figures: list[Figure] = [
        figure("total", "30.001"), figure("total.compare", "21.00", period=AUGUST), figure("total.change", "9.001"),
        figure("total.change_percent", "42.86", "%"),
    ]  # fmt: skip
    for name, (now, was) in PROVIDERS.items():
        subject = f"ProviderName={name}"
        change, percent = float(now) - float(was), 100 * (float(now) / float(was) - 1)
        figures += [
            figure(name, now, subject=subject), figure(f"{name}.share", f"{float(now) / 0.30001:.2f}", "%", subject),
            figure(f"{name}.compare", was, subject=subject, period=AUGUST), figure(f"{name}.change", f"{change:.3f}", subject=subject),
            figure(f"{name}.change_percent", f"{percent:.2f}", "%", subject),
        ]  # fmt: skip
    rows: list[JsonValue] = [{"figure": name, "other": False} for name in PROVIDERS]
    return seal(
        tool="cost_query", arguments={"group_by": ["ProviderName"]}, snapshot="s", as_of=TODAY.isoformat(), rows_read=9,
        result={"rows": rows}, figures=tuple(figures), formula="sum",
    )  # fmt: skip


def grounded(text: str) -> Grounded:
    return ground(text, {"E1": compared()}, question="How did providers change in September 2024?", as_of=TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "AWS doubled in September 2024.",
        "AWS cost twice as much as in August 2024.",
        "AWS cost more than Microsoft in September 2024.",
        "AWS cost more than twice as much as Microsoft in September 2024.",
        "Microsoft fell in September 2024.",
        "Microsoft did not rise in September 2024.",
        "Oracle was unchanged in September 2024.",
        "AWS rose while Microsoft fell.",
        "AWS is most of the bill in September 2024.",
        "About a third of the bill is Microsoft's.",
        "AWS is two thirds of the bill.",
        "Two of the three providers rose in September 2024.",
        "Only Microsoft fell in September 2024.",
        "The largest provider in September 2024 was AWS with {{E1.AWS}}.",
        "The second largest provider was Microsoft.",
        "The smallest provider is Oracle.",
        "The largest rise was that of AWS.",
        "AWS rose by {{E1.AWS.change}} ({{E1.AWS.change_percent}}) in September 2024.",
        "Microsoft fell by USD 1.00, or 10 %, in September 2024.",
        "AWS rose from {{E1.AWS.compare}} in August 2024 to {{E1.AWS}} in September 2024.",
        "AWS cost {{E1.AWS}} in September 2024, up from {{E1.AWS.compare}} the month before.",
        "The total was {{E1.total}} in September 2024, more than the {{E1.total.compare}} of August 2024.",
        "AWS cost about USD 20 in September 2024.",
        "The bill was over USD 30 in September 2024, USD 30.00 to the cent.",
        "In September 2024 AWS cost {{E1.AWS}}. It rose by {{E1.AWS.change}}.",
        "Which provider cost the most in September 2024?",
        "Savings could halve it.",
    ],
)
def test_what_the_evidence_bears_out_passes(text: str) -> None:
    assert grounded(text).complaints == ()


@pytest.mark.parametrize(
    "text",
    [
        "AWS tripled in September 2024.",
        "Microsoft doubled in September 2024.",
        "AWS halved in September 2024.",
        "AWS doubled in July 2024.",
        "Microsoft cost more than AWS in September 2024.",
        "Microsoft cost twice as much as Oracle.",
        "AWS fell in September 2024.",
        "AWS did not rise in September 2024.",
        "Microsoft was unchanged in September 2024.",
        "Nothing changed in September 2024.",
        "Microsoft is most of the bill in September 2024.",
        "AWS is half of the bill.",
        "AWS is nearly all of the bill.",
        "All three providers rose in September 2024.",
        "Both providers fell.",
        "Only AWS fell in September 2024.",
        "The largest provider in September 2024 was Microsoft.",
        "The smallest provider is AWS.",
        "The largest rise was that of Oracle.",
        "AWS grew by {{E1.AWS.share}} in September 2024.",
        "AWS is {{E1.AWS.change_percent}} of the bill.",
        "AWS cost {{E1.AWS.change}} in September 2024.",
        "AWS rose by {{E1.AWS}} in September 2024.",
        "AWS fell by {{E1.AWS.change}} in September 2024.",
        "Microsoft rose by USD 1.00 in September 2024.",
        "AWS rose by 100 percentage points in September 2024.",
        "AWS cost {{E1.AWS.compare}} in September 2024.",
        "AWS rose from {{E1.AWS}} to {{E1.AWS.compare}} in September 2024.",
        "AWS cost about USD 25 in September 2024.",
        "The bill was over USD 31 in September 2024.",
        "AWS cost USD 20.00 per day in September 2024.",
        "In September 2024 AWS cost {{E1.AWS}}. It rose by {{E1.Microsoft.change}}.",
        "AWS cost {{E1.AWS}} against {{E1.AWS}} for Microsoft.",
        "Storage tripled.",
    ],
)
def test_what_it_does_not_is_refused(text: str) -> None:
    assert grounded(text).complaints
