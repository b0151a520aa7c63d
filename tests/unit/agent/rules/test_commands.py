"""Actions in words: what each sentence asks for, and that what is not clear is never guessed."""

from decimal import Decimal

import pytest

from agent.planners.rules.budgets import NAME
from agent.planners.rules.commands import find_command
from agent.planners.rules.reading import Command, Misread, Reading
from agent.planners.rules.scan import Scan, tokens


def read(text: str) -> Reading | Misread | None:
    return find_command(Scan(tokens(text)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("change vol-0abc123 to gp3", Command("change_volume", "vol-0abc123", volume_type="gp3")),
        ("Please move the volume vol-0abc123 to gp3.", Command("change_volume", "vol-0abc123", volume_type="gp3")),
        ("grow vol-0abc123 to 200 GiB", Command("change_volume", "vol-0abc123", size_gib=200)),
        ("extend vol-0abc123 to 200GB", Command("change_volume", "vol-0abc123", size_gib=200)),
        (
            "change vol-0abc123 to gp3 of 500 GiB",
            Command("change_volume", "vol-0abc123", volume_type="gp3", size_gib=500),
        ),
        ("snapshot and delete vol-0abc123", Command("delete_volume", "vol-0abc123")),
        ("delete volume vol-0abc123", Command("delete_volume", "vol-0abc123")),
        ("release eipalloc-0abc123", Command("release_address", "eipalloc-0abc123")),
        ("release the elastic IP address eipalloc-0abc123", Command("release_address", "eipalloc-0abc123")),
        (
            "set the budget of account 1234 to USD 5,000 a month",
            Command("set_budget", NAME, account="1234", amount=Decimal(5000)),
        ),
        (
            'set the monthly budget "team search" for account 1234 to $99.50',
            Command("set_budget", "team search", account="1234", amount=Decimal("99.50")),
        ),
        ("resize i-0abc123 to m5.large", Command("resize_instance", "i-0abc123", "m5.large")),
    ],
)
def test_a_command_is_read_whole(text: str, wanted: Command) -> None:
    found = read(text)
    assert isinstance(found, Reading)
    assert (found.intent, found.command) == ("act", wanted)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("change vol-0abc123 to gp3 tomorrow", "`tomorrow`"),
        ("change vol-0abc123 to gp9", "`gp9`"),
        ("change vol-0abc123", "not clear what to do"),
        ("snapshot vol-0abc123", "not clear what to do"),
        ("delete vol-0abc123 to gp3", "not clear what to do"),
        ("delete vol-0abc123 and vol-0abc124", "does not name one volume"),
        ("change vol-0abc123 to gp2 gp3", "does not name one volume"),
        ("grow vol-0abc123 to 0 GiB", "does not name one volume"),
        ("grow vol-0abc123 to 999999 GiB", "does not name one volume"),
        ("release eipalloc-0abc123 and eipalloc-0abc124", "eipalloc-0abc124"),
        ("release eipalloc-0abc123 tomorrow", "`tomorrow`"),
        ("set the budget of account 1234 to 5,000 a month", "`5,000` has no currency"),
        ("set the budget of account 1234 to EUR 5000", "`EUR`"),
        ("set the budget to USD 5000", "does not name one account"),
        ("set the budget of account 1234", "does not name one account and one amount"),
        ("set the budget of account 1234 to USD 5000 or 6000", "`or`"),
        ("set the budget of account 1234 to USD 0", "budget of 0"),
    ],
)
def test_what_is_not_clear_is_declined_with_a_sentence_that_works(text: str, word: str) -> None:
    found = read(text)
    assert isinstance(found, Misread)
    assert word in found.reason
    assert "; try `" in found.reason


@pytest.mark.parametrize(
    "text",
    [
        "Why did the cost of vol-0abc123 change?",
        "cost of eipalloc-0abc123",
        "What did vol-0abc123 cost in October 2026?",
    ],
)
def test_a_question_about_a_resource_is_no_command(text: str) -> None:
    assert read(text) is None
