"""One decision in words: which rules were looked at, which fired, and the values each compared."""

from finops.actions import Decision
from finops.query import Frozen
from policies.cedar import Asked, evaluate, policy_set
from policies.context import ContextValue, OutOfRange
from policies.engine import Engine, ask
from policies.request import PolicyRequest
from policies.rule import Effect, Rule
from policies.words import clean, fill, words_of


class RuleLook(Frozen):
    """One rule beside one request. `values` are the context attributes it compares, in the units of the schema."""

    policy: str
    effect: Effect
    applies: bool
    fired: bool
    error: str
    values: dict[str, ContextValue]
    reason: str


class Explanation(Frozen):
    """A decision and every rule behind it, in order of id."""

    decision: Decision
    rules: tuple[RuleLook, ...]

    def lines(self) -> list[str]:
        """Say it in words, a line for each thing to know."""
        head = f"{self.decision.outcome.replace('_', ' ')}: {'; '.join(self.decision.reasons)}"
        return [head, *(_line(look) for look in self.rules)]


def explain(engine: Engine, request: PolicyRequest) -> Explanation:
    """Return the decision with each rule judged by itself, as the request stands: approved only by the approvals it carries.

    No rule is looked at where a number is out of the range that can be compared.
    """
    decision, asked = engine.decide(request), ask(request, request.approvals)
    if isinstance(asked, OutOfRange):
        return Explanation(decision=decision, rules=())
    words = words_of(request)
    looks = (_look(engine, rule, asked, words) for rule in engine.rules.values())
    return Explanation(decision=decision, rules=tuple(looks))


def _look(engine: Engine, rule: Rule, asked: Asked, words: dict[str, str]) -> RuleLook:
    (verdict,) = evaluate([asked], policy_set({rule.id: rule.est}), engine.schema)
    fired = rule.id in verdict.deciding
    return RuleLook(
        policy=rule.id,
        effect=rule.effect,
        applies=rule.kinds is None or asked.kind in rule.kinds,
        fired=fired,
        error=clean(verdict.errors[0], longest=300) if verdict.errors else "",
        values={name: asked.context[name] for name in rule.reads if name in asked.context},
        reason=fill(rule.reason, words) if fired else "",
    )


def _line(look: RuleLook) -> str:
    values = ", ".join(f"{name} = {_shown(value)}" for name, value in look.values.items())
    if look.error:
        return f"{look.policy} ({look.effect}): could not be evaluated, {look.error}"
    if not look.applies:
        return f"{look.policy} ({look.effect}): not looked at, it is not about this"
    if look.fired:
        return f"{look.policy} ({look.effect}): fired, {look.reason} [{values}]"
    return f"{look.policy} ({look.effect}): did not fire [{values}]"


def _shown(value: ContextValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(clean(item) for item in value) + "]"
    return clean(value) or '""' if isinstance(value, str) else str(value)
