"""Rules may be tightened by what happened, never loosened: which way each rule goes as more of it is on record."""

from collections.abc import Mapping
from typing import Final, Literal, cast

from policies.cedar import Est
from policies.rule import attributes_in

# What an expression does while more has happened: nothing, grow (a truth: come to hold), shrink, or nobody knows.
Way = Literal["still", "grows", "shrinks", "unknown"]

# INVARIANT: more of what happened never lets through what less of it refuses. Every attribute that the records count is here.
HISTORY: Final[Mapping[str, Way]] = {
    "actions_last_hour": "grows",
    "amount_today": "grows",
    "exempt": "grows",
    "failures": "grows",
    "in_flight": "grows",
    "owner_resources_today": "grows",
    # What is days ago was just now: the more happened, the fewer they are.
    "rejected_days_ago": "shrinks",
    "undone_days_ago": "shrinks",
}
_OTHER: Final[dict[Way, Way]] = {"still": "still", "grows": "shrinks", "shrinks": "grows", "unknown": "unknown"}
_CONTEXT: Final = {"Var": "context"}


def loosened_by(est: Est) -> tuple[str, ...]:
    """Return the attributes by which what happened could loosen a rule, in order of name; none where it can only tighten it.

    Only a rule that forbids may look at them, and only so that it goes on refusing while more happens.
    """
    conditions = cast(list[dict[str, object]], est["conditions"])
    wrong = [one["body"] for one in conditions if not _tightens(est, one)]
    return tuple(sorted(HISTORY.keys() & set(attributes_in(wrong))))


def takes_context_whole(node: object) -> bool:
    """Tell whether an expression uses `context` other than as `context.attribute`: nobody could say then what it reads."""
    if isinstance(node, list):
        return any(map(takes_context_whole, cast(list[object], node)))
    if not isinstance(node, dict):
        return False
    pairs = cast(dict[str, object], node)
    if pairs == _CONTEXT:
        return True
    access = pairs.get(".")
    if isinstance(access, dict) and cast(dict[str, object], access).get("left") == _CONTEXT:
        return False
    return any(map(takes_context_whole, pairs.values()))


def _tightens(est: Est, condition: dict[str, object]) -> bool:
    way = _way(condition["body"])
    if condition["kind"] == "unless":
        way = _OTHER[way]
    return way == "still" or (way == "grows" and est["effect"] == "forbid")


def _way(node: object) -> Way:
    """Return which way an expression goes. What is not known to go one way is unknown, never still."""
    if not HISTORY.keys() & set(attributes_in(node)):
        return "still"
    ((operator, found),) = cast(dict[str, dict[str, object]], node).items()
    match operator:
        case ".":
            return HISTORY[str(found["attr"])] if found["left"] == _CONTEXT else "unknown"
        case "!" | "neg":
            return _OTHER[_way(found["arg"])]
        case "&&" | "||" | "+":
            return _both(_way(found["left"]), _way(found["right"]))
        case "-" | ">" | ">=":
            return _both(_way(found["left"]), _OTHER[_way(found["right"])])
        case "<" | "<=":
            return _both(_OTHER[_way(found["left"])], _way(found["right"]))
        case "*":
            return _times(found["left"], found["right"])
        case _:
            return "unknown"


def _both(left: Way, right: Way) -> Way:
    """Return the way of what goes both ways at once."""
    if right in (left, "still"):
        return left
    return right if left == "still" else "unknown"


def _times(left: object, right: object) -> Way:
    """Return the way of a product: known where one side is a plain number."""
    for one, other in ((left, right), (right, left)):
        number = cast(dict[str, object], other).get("Value")
        if isinstance(number, int):
            return _way(one) if number >= 0 else _OTHER[_way(one)]
    return "unknown"
