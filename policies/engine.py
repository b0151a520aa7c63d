"""The engine: rules parsed once, a decision for each request, and no way from an error to an allow."""

from collections.abc import Mapping, Sequence

from cedarpy import PolicySet, Schema

from finops.actions import Decision, Outcome
from finops.canonical import digest
from finops.errors import BadInput
from policies.cedar import Asked, Verdict, evaluate, policy_set
from policies.check import read, schema_of
from policies.context import ANYBODY, OutOfRange, context_of
from policies.request import ApprovalFacts, PolicyRequest
from policies.rule import Rule
from policies.words import clean, fill, words_of


class Engine:
    """Rules and schema, validated. `rules` maps an id (the file's stem) to its text; immutable, safe to share by threads.

    Raises `BadInput`, naming file, line and column, where any rule does not parse, validate or give a reason.
    """

    def __init__(self, rules: Mapping[str, str], schema: str) -> None:
        self.schema: Schema = schema_of(schema)
        self.rules: dict[str, Rule] = {name: self._rule(name, rules[name]) for name in sorted(rules)}
        if not self.rules:
            raise BadInput("there is no rule", fix="keep at least one `.cedar` file, or unset `TOLL_POLICIES`")
        self.texts: dict[str, str] = {name: rules[name] for name in self.rules}
        self.version: str = version_of(rules, schema)
        self._policies: PolicySet = policy_set({name: rule.est for name, rule in self.rules.items()})

    def _rule(self, name: str, text: str) -> Rule:
        rule, wrong = read(name, text, self.schema)
        if rule is None:
            raise BadInput(
                f"a policy cannot be used: {wrong[0]}", fix="mend it; `toll policy check FILE` shows every fault"
            )
        return rule

    def decide(self, request: PolicyRequest) -> Decision:
        """Judge the request: allow, deny, or needs_approval where more approvals than it has would do.

        Pure: the same request gives the same decision. Without a rule that permits, and on any error, it is a deny.
        """
        given = request.approvals
        asked = [ask(request, given), ask(request, (*given, *ANYBODY))]
        for one in asked:
            if isinstance(one, OutOfRange):
                return self._decision("deny", (), (out_of_range(one),))
        verdicts = evaluate([one for one in asked if isinstance(one, Asked)], self._policies, self.schema)
        for verdict in verdicts:
            if verdict.errors:
                return self._decision("deny", self._blamed(verdict), (_error(verdict),))
        return self._judge(request, verdicts)

    def _judge(self, request: PolicyRequest, verdicts: tuple[Verdict, ...]) -> Decision:
        first, more = verdicts
        words = words_of(request)
        if first.allowed:
            return self._decided("allow", first, words)
        if more.allowed:
            # What holds it up now is what more approvals would settle; without any, the rule that asks for one says so.
            return self._decided("needs_approval", first if first.deciding else more, words)
        if first.deciding or more.deciding:
            return self._decided("deny", first if first.deciding else more, words)
        return self._decision("deny", (), (f"no rule permits {words['action']}; add one that does to the policies",))

    def _decided(self, outcome: Outcome, verdict: Verdict, words: dict[str, str]) -> Decision:
        rules = [self.rules[name] for name in verdict.deciding]
        asking = outcome == "needs_approval"
        reasons = tuple(fill(rule.asks if asking and rule.asks else rule.reason, words) for rule in rules)
        return self._decision(outcome, verdict.deciding, reasons)

    def _decision(self, outcome: Outcome, policies: tuple[str, ...], reasons: tuple[str, ...]) -> Decision:
        return Decision(outcome=outcome, policies=policies, reasons=reasons, policy_version=self.version)

    def _blamed(self, verdict: Verdict) -> tuple[str, ...]:
        return tuple(name for name in verdict.blamed if name in self.rules)


def version_of(rules: Mapping[str, str], schema: str) -> str:
    """Return the digest of rules and schema, whether or not they can be used."""
    return digest({"rules": dict(rules), "schema": schema})


def ask(request: PolicyRequest, approvals: Sequence[ApprovalFacts]) -> Asked | OutOfRange:
    """Return the request as Cedar takes it, approved by `approvals`; the principal is who approved last."""
    context = context_of(request, approvals=approvals)
    if isinstance(context, OutOfRange):
        return context
    principal = approvals[-1].approver if approvals else "nobody"
    return Asked(request.action.kind, request.action.target.resource_id, principal, context)


def out_of_range(one: OutOfRange) -> str:
    """Say which fact the engine cannot compare."""
    return (
        f"`{one.fact}` is out of the range that can be compared, which is refused; check the data it was computed from"
    )


def _error(verdict: Verdict) -> str:
    return f"the policies could not be evaluated, which is refused: {clean(verdict.errors[0], longest=300)}; mend the policy or the data"
