"""What becomes of facts on the way to Cedar: whole numbers rounded against the asker, names, sentinels."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import pytest

from policies.context import ContextValue, OutOfRange, context_of, environments_of, name_of, share, whole
from policies.request import ApprovalFacts
from policies.words import WORDS, clean, fill, placeholders, quoted, words_of
from tests.unit.policies.estate import BOB, FACTS, RESIZE, asked, request


def context(*, approval: ApprovalFacts | None = None, **facts: object) -> dict[str, ContextValue]:
    built = context_of(request(RESIZE, approval, **facts), approvals=(approval,) if approval else ())
    assert not isinstance(built, OutOfRange)
    return built


def test_money_is_rounded_up_to_the_micro_unit() -> None:
    built = context(monthly_cost_before="1.0000001", monthly_cost_after="2.0000002", monthly_saving="-1.0000001")
    assert built["monthly_cost_before"] == 1000001
    assert built["cost_increase"] == 1000001
    assert built["monthly_saving"] == -1000000


def test_ratios_are_rounded_down_to_the_millionth() -> None:
    built = context(capacity_ratio="0.4999999", observation_coverage="0.9499999")
    assert (built["capacity_ratio"], built["observation_coverage"]) == (499999, 949999)


def test_share_above_one_is_rounded_up_so_that_it_shows() -> None:
    assert share(Decimal("1.0000000001")) == 1000001
    assert share(Decimal(1)) == 1000000


def test_saving_that_is_exactly_the_spend_is_not_beyond_it_whatever_its_digits() -> None:
    built = context(monthly_cost_before="0.0000005", monthly_cost_after="0", monthly_saving="0.0000005")
    assert built["saving_beyond_spend"] == 0


def test_what_is_not_known_is_a_sentinel_and_the_value_that_refuses_most() -> None:
    built = context(capacity_ratio=None, peak_fits=None, newest_data="soon", owner=None, environment=None, tags={})
    assert (built["capacity_known"], built["capacity_ratio"]) == (False, 0)
    assert (built["data_age_known"], built["data_age_days"]) == (False, 1_000_000)
    assert (built["owner_known"], built["peak_fits"], built["environments"]) == (False, False, [])


def test_without_an_approval_there_is_no_approver_and_they_count_as_the_proposer() -> None:
    names = ("approved", "approvals", "approvers", "approver_roles", "approver_is_proposer", "local")
    assert [context()[name] for name in names] == [False, 0, [], [], True, False]
    assert [context(approval=BOB)[name] for name in names] == [True, 1, ["bob"], ["approver"], False, False]


def test_one_person_who_approves_twice_is_counted_once() -> None:
    built = context_of(request(), approvals=(BOB, BOB))
    assert not isinstance(built, OutOfRange)
    assert built["approvals"] == 1


@pytest.mark.parametrize(
    ("undone", "days"),
    [
        ("2026-11-16T12:00:00Z", 7),
        ("2026-11-16T12:00:01Z", 6),
        ("2026-11-16T13:00:00+01:00", 7),
        ("2026-11-16", 7),
        ("2026-11-16T12:00:00", 7),
        ("2026-11-24", 0),
    ],
)
def test_days_since_are_whole_days_of_24_hours_and_a_date_is_the_start_of_its_day(undone: str, days: int) -> None:
    built = context_of(asked(RESIZE, FACTS, undone_on=undone, rejected_on=undone), approvals=())
    assert not isinstance(built, OutOfRange)
    assert (built["undone_days_ago"], built["rejected_days_ago"]) == (days, days)


def test_every_tag_that_names_an_environment_counts_once() -> None:
    tags = {
        "Environment": "DEV ",
        " ENV ": "qa",
        "acme:env": "test",
        "k8s/environment": "qa",
        "environs": "prod",
        "envoy": "prod",
    }
    assert environments_of(request(environment="dev", tags=tags).facts) == ["dev", "qa", "test"]


@pytest.mark.parametrize(
    ("text", "name"), [(" Dev\t", "dev"), ("\u017ftaging", "\u017ftaging"), ("\u212aIT", "\u212aIT"), ("DÉV", "DÉV")]
)
def test_only_ascii_names_are_folded(text: str, name: str) -> None:
    assert name_of(text) == name


@pytest.mark.parametrize("value", ["1000000000000.1", "-1E+13", "1E+999999", "NaN", "-Infinity"])
def test_number_beyond_the_range_has_no_whole(value: str) -> None:
    assert whole(Decimal(value), ROUND_FLOOR) is None


def test_number_at_the_edge_of_the_range_has_a_whole() -> None:
    assert whole(Decimal("-1000000000000"), ROUND_CEILING) == -(10**18)


def test_amounts_agree_to_the_last_digit_only() -> None:
    assert context()["amounts_agree"] is True
    assert context(monthly_saving="70.080000000000000001")["amounts_agree"] is False


def test_every_word_a_reason_may_hold_has_a_value() -> None:
    assert set(words_of(request())) == WORDS
    assert set(words_of(request(RESIZE, BOB, capacity_ratio=None, newest_data="", environment=None))) == WORDS


def test_words_show_amounts_in_full_and_ratios_in_plain_digits() -> None:
    words = words_of(request(monthly_saving="1234567.123456789", capacity_ratio="2"))
    assert words["saving"] == "USD 1,234,567.123456789"
    assert (words["capacity_ratio"], words["observation_coverage"], words["data_age"]) == ("2.0", "99.8 %", "1 day old")


def test_value_of_the_user_is_shown_on_one_line_without_backtick_or_control() -> None:
    assert quoted("a\n`b`\u202e\x07") == "`a 'b'??`"
    assert clean("x" * 100) == "x" * 80 + "…"


def test_value_of_the_user_is_never_read_as_a_template() -> None:
    assert fill("by {owner}", {"owner": "{saving.__class__}"}) == "by {saving.__class__}"


@pytest.mark.parametrize("template", ["{", "}", "{owner!r}", "{owner:>9}", "{owner.name}", "{0}", "{}"])
def test_template_with_more_than_a_name_in_braces_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        placeholders(template)


def test_template_names_its_placeholders_in_order() -> None:
    assert placeholders("{saving} of {cost_before}, not {{owner}}") == ("saving", "cost_before")
