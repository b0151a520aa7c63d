"""Whatever the facts: what is not refused breaks no limit, as plain Python counts it, and nothing raises."""

from datetime import date, timedelta
from decimal import Context, Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from finops.actions import Action, Facts
from policies.request import ApprovalFacts
from tests.unit.policies.estate import ENGINE, RESIZE, START, STOP, TODAY, asked, request

PRODUCTION = {"prod", "production", "prd", "live"}
NOT_PRODUCTION = {
    "ci", "demo", "dev", "development", "integration", "lab", "nonprod", "non-prod", "non-production", "poc", "qa", "sandbox", "stage",
    "staging", "test", "testing", "uat",
}  # fmt: skip

amounts = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False),
    st.decimals(min_value=-200, max_value=200, places=7),
    st.integers(-(2**80), 2**80).map(lambda units: Decimal(units).scaleb(-6)),
)
environments = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(sorted(PRODUCTION | NOT_PRODUCTION)), st.sampled_from([" Prod ", "DEV", "d\u0435v"])
)  # fmt: skip
days = st.integers(-30, 30).map(lambda ahead: (TODAY + timedelta(days=ahead)).isoformat())
approvals = st.builds(
    ApprovalFacts,
    approver=st.text(min_size=1, max_size=8),
    approver_role=st.sampled_from(["analyst", "approver", "admin"]),
    approver_is_proposer=st.booleans(),
    local=st.booleans(),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Return facts, mostly sound ones: any of them may be drawn at random, and the saving may be true or made up."""
    before, after = draw(amounts), draw(amounts)
    with localcontext(Context(prec=400)):
        saving = draw(st.one_of(st.just(before - after), amounts))
    sound = request().facts
    drawn = {
        "monthly_cost_before": before,
        "monthly_cost_after": after,
        "monthly_saving": saving,
        "currency": draw(st.sampled_from(["USD", "EUR", "usd", ""])),
        "capacity_ratio": draw(st.one_of(st.none(), amounts)),
        "environment": draw(environments),
        "owner": draw(st.one_of(st.none(), st.text(max_size=6))),
        "tags": draw(st.dictionaries(st.sampled_from(["env", "Environment", "a:env", "note"]), st.text(max_size=9), max_size=3)),
        "observation_days": draw(st.integers(-(2**70), 2**70) | st.integers(0, 30)),
        "observation_coverage": draw(amounts),
        "peak_fits": draw(st.sampled_from([True, False, None])),
        "newest_data": draw(days | st.text(max_size=10)),
        "reversible": draw(st.booleans()),
    }  # fmt: skip
    kept = draw(st.sets(st.sampled_from(sorted(drawn)), max_size=6)) | (
        {"monthly_saving"} if draw(st.booleans()) else set[str]()
    )
    money = {"monthly_cost_before", "monthly_cost_after", "monthly_saving"}
    kept = kept | money if kept & money else kept
    return Facts.model_validate({**dict(sound), **{name: drawn[name] for name in kept}})


def broken(action: Action, known: Facts) -> list[str]:
    """Return the limits that are broken, counted without Cedar and without rounding."""
    before, after, saving = known.monthly_cost_before, known.monthly_cost_after, known.monthly_saving
    tagged = [v for k, v in known.tags.items() if k.lower() in ("env", "environment", "a:env")]
    named = {v.strip().lower() for v in [*tagged, known.environment or ""]} - {""}
    with localcontext(Context(prec=2000)):
        checks = {
            "saving": before - after == saving <= before,
            "increase": known.currency == "USD" and after - before <= 100,
            "environment": named
            and named <= PRODUCTION | NOT_PRODUCTION
            and (action is START or not named & PRODUCTION),
            "owner": bool(known.owner and known.owner.strip()),
            "capacity": action is not RESIZE
            or (known.capacity_ratio is not None and known.capacity_ratio >= Decimal("0.5")),
            "peak": action is START or known.peak_fits is True,
            "days": action is START or known.observation_days >= 14,
            "coverage": action is START or Decimal("0.95") <= known.observation_coverage <= 1,
            "reversible": known.reversible,
            "fresh": _fresh(known.newest_data),
        }
    return [name for name, holds in checks.items() if not holds]


def _fresh(day: str) -> bool:
    try:
        return -1 <= (TODAY - date.fromisoformat(day)).days <= 7
    except ValueError:
        return False


@settings(max_examples=400, deadline=None)
@given(known=facts(), action=st.sampled_from([RESIZE, STOP, START]), approval=st.none() | approvals)
def test_what_is_not_refused_breaks_no_limit(known: Facts, action: Action, approval: ApprovalFacts | None) -> None:
    request = asked(action, known, approval)
    decision = ENGINE.decide(request)
    assert decision == ENGINE.decide(request)
    assert decision.reasons
    assert all(decision.reasons)
    if decision.outcome == "deny":
        return
    assert broken(action, known) == []
    much = abs(known.monthly_cost_after - known.monthly_cost_before) > 500
    enough = approval is not None and (approval.local or not much)
    assert (decision.outcome == "allow") == enough
    if approval:
        assert approval.approver_role != "analyst"
        assert approval.local or not approval.approver_is_proposer


@settings(max_examples=150, deadline=None)
@given(known=facts(), action=st.sampled_from([RESIZE, STOP, START]))
def test_sound_facts_within_every_limit_are_not_refused(known: Facts, action: Action) -> None:
    decision = ENGINE.decide(asked(action, known))
    if decision.outcome == "deny":
        odd_owner = "unknown_owner" in decision.policies
        assert broken(action, known) or odd_owner or "out of the range" in decision.reasons[0]
