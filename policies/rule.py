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
        return tuple(sorted(set(attributes_in(self.est["conditions"]))))


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


def attributes_in(node: object) -> list[str]:
    """Return the context attributes that an expression compares, as often as it names them."""
    if isinstance(node, list):
        return [found for item in cast(list[object], node) for found in attributes_in(item)]
    if not isinstance(node, dict):
        return []
    pairs = cast(dict[str, object], node)
    access = cast(dict[str, object], pairs["."]) if isinstance(pairs.get("."), dict) else {}
    if access.get("left") == {"Var": "context"}:
        return [str(access["attr"])]
    return [found for item in pairs.values() for found in attributes_in(item)]
