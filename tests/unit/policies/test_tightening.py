"""A rule that is taken refuses all the more when more has happened, whatever it says."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from finops.errors import BadInput
from policies.engine import Engine
from policies.request import Circumstances
from tests.unit.policies.estate import FACTS, RESIZE, SCHEMA, TODAY, asked

COUNTS = ("failures", "actions_last_hour", "owner_resources_today")
numbers = st.one_of(
    st.integers(-4, 6).map(str),
    st.sampled_from([*COUNTS, "undone_days_ago", "rejected_days_ago", "hour"]).map(lambda name: f"context.{name}"),
)
sums = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda one: f"(-{one})"),
    ),
    max_leaves=3,
)
compared = st.sampled_from([">", ">=", "<", "<=", "==", "!="])
truths = st.one_of(
    st.sampled_from(["context.in_flight", "context.exempt", "context.frozen"]),
    st.tuples(numbers, compared, st.integers(0, 6).map(str)).map(" ".join),
    st.tuples(sums, compared, sums).map(" ".join),
)
conditions = st.recursive(
    truths,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner, inner).map(lambda p: f"(if {p[0]} then {p[1]} else {p[2]})"),
    ),
    max_leaves=3,
)
scales = st.integers(0, 6)
circumstances = st.tuples(scales, scales, scales, scales, scales, st.booleans(), st.booleans())
permits = '@reason("yes")\npermit (principal, action, resource);'


def around(happened: tuple[int, int, int, int, int, bool, bool]) -> Circumstances:
    """Return what is on record; every number says how much happened."""
    failures, actions, resources, undone, rejected, flying, exempt = happened
    today = datetime.combine(TODAY, time(), UTC)
    return Circumstances(
        failures=failures, actions_last_hour=actions, owner_resources_today=resources,
        undone_on=today - timedelta(days=6 - undone), rejected_on=today - timedelta(days=6 - rejected),
        in_flight="p-0" if flying else "", exempt_until=TODAY if exempt else None,
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(kind=st.sampled_from(["when", "unless"]), condition=conditions, one=circumstances, other=circumstances)
def test_a_rule_that_is_taken_goes_on_refusing_while_more_happens(
    kind: str, condition: str, one: tuple[int, int, int, int, int, bool, bool], other: tuple[int, int, int, int, int, bool, bool]
) -> None:  # fmt: skip
    text = f'@reason("no")\nforbid (principal, action, resource)\n{kind} {{ {condition} }};'
    try:
        engine = Engine({"yes": permits, "no": text}, SCHEMA)
    except BadInput:
        reject()
    calm = asked(RESIZE, FACTS)
    pairs = tuple((min(a, b), max(a, b)) for a, b in zip(one, other, strict=True))
    less, more = (
        engine.decide(calm.model_copy(update={"circumstances": around(tuple(pair[end] for pair in pairs))}))  # pyright: ignore[reportArgumentType]
        for end in (0, 1)
    )
    assert less.outcome != "deny" or more.outcome == "deny"
