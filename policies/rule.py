"""One rule as it stands in its file: id, effect, reason, the kinds it covers and the facts it compares."""

from dataclasses import dataclass
from typing import Literal, cast

from policies.cedar import Est

Effect = Literal["permit", "forbid"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule. `asks` is what a permit says while the approval it needs is missing."""

    id: str
    effect: Effect
    reason: str
    asks: str
    est: Est

    @property
    def kinds(self) -> tuple[str, ...] | None:
        """The action kinds in its scope, None where it covers every kind."""
        scope = cast(dict[str, object], self.est["action"])
        if scope["op"] == "All":
            return None
        entities = cast(list[dict[str, str]], scope.get("entities") or [scope["entity"]])
        return tuple(sorted(entity["id"] for entity in entities))

    @property
    def reads(self) -> tuple[str, ...]:
        """The context attributes its conditions compare, in order of name."""
        return tuple(sorted(set(_attributes(self.est["conditions"]))))


def rule_of(name: str, est: Est) -> Rule:
    """Return the rule called `name` from its parsed form; annotations it lacks are empty."""
    notes = cast(dict[str, str | None], est.get("annotations") or {})
    effect: Effect = "permit" if est["effect"] == "permit" else "forbid"
    return Rule(
        id=name,
        effect=effect,
        reason=(notes.get("reason") or "").strip(),
        asks=(notes.get("asks") or "").strip(),
        est=est,
    )


def _attributes(node: object) -> list[str]:
    if isinstance(node, list):
        return [found for item in cast(list[object], node) for found in _attributes(item)]
    if not isinstance(node, dict):
        return []
    pairs = cast(dict[str, object], node)
    access = cast(dict[str, object], pairs["."]) if isinstance(pairs.get("."), dict) else {}
    if access.get("left") == {"Var": "context"}:
        return [str(access["attr"])]
    return [found for item in pairs.values() for found in _attributes(item)]


# What happened before. INVARIANT: more of it never lets through what less of it refuses.
_HISTORY = frozenset({"failures"})


def only_tightens(est: Est) -> bool:
    """Tell whether what happened before can only make a rule stricter: none, or `> number` in `when` of a forbid, joined by `&&`, `||`."""
    conditions = cast(list[dict[str, object]], est["conditions"])
    if not _HISTORY & set(_attributes(conditions)):
        return True
    return est["effect"] == "forbid" and all(
        not _HISTORY & set(_attributes(one["body"])) or (one["kind"] == "when" and _grows(one["body"]))
        for one in conditions
    )


def _grows(node: object) -> bool:
    """Tell whether an expression that holds once goes on holding while what happened grows."""
    if not _HISTORY & set(_attributes(node)):
        return True
    ((operator, parts),) = cast(dict[str, dict[str, object]], node).items()
    if operator in ("&&", "||"):
        return _grows(parts["left"]) and _grows(parts["right"])
    return operator in (">", ">=") and _is_history(parts["left"]) and "Value" in cast(dict[str, object], parts["right"])


def _is_history(node: object) -> bool:
    """Tell whether an expression is a count of what happened itself, not something made of it."""
    access = cast(dict[str, dict[str, object]], node).get(".", {})
    return access.get("attr") in _HISTORY and access.get("left") == {"Var": "context"}
