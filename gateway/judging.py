"""Judge an action by what the server computes and sees now: the tool run again, the target observed, the policies asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue, ValidationError

from finops.actions import Action, ChangeCode, Decision, Draft, Facts, Proposal, binding
from finops.canonical import digest
from finops.errors import Denied, ToolError, Unavailable
from finops.evidence import Evidence
from finops.people import Principal
from finops.ports import Clock, Executor, Observation, UndoPlan
from policies.freezes import Freeze, calendar_of
from policies.request import Circumstances, PolicyRequest

TOOL = "propose_action"
# What an observation shows beside what the data knows of a target, and changes by itself.
_CHANGING = frozenset({"state"})


class Asks(Protocol):
    """Runs a tool for a person; `gateway.questions.Questions` is one, over one snapshot."""

    def run(self, principal: Principal, name: str, arguments: Mapping[str, JsonValue]) -> Evidence:
        """Run one tool and keep its evidence."""
        ...


class Policy(Protocol):
    """Decides; `policies.engine.Engine` is one."""

    @property
    def version(self) -> str:
        """Digest of every rule."""
        ...

    def decide(self, request: PolicyRequest) -> Decision:
        """Judge one request."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """An action with what was computed and seen about it at one moment; what is decided depends on the records as well."""

    action: Action
    facts: Facts
    evidence: tuple[str, ...]
    observed: Observation | None
    undo_plan: UndoPlan
    policy_version: str
    calendar: str

    @property
    def fingerprint(self) -> str:
        """Hash of the target as observed; empty where it could not be."""
        return digest(self.observed) if self.observed else ""

    def hash(self, *, evidence: tuple[str, ...] | None = None) -> str:
        """Return what an approval is bound to; `evidence` stands in for this judgement's own."""
        return binding(
            action=self.action, facts=self.facts, evidence=self.evidence if evidence is None else evidence,
            fingerprint=self.fingerprint, policy_version=self.policy_version, calendar=self.calendar,
        )  # fmt: skip


def verdict(policy: Policy, request: PolicyRequest, observed: Observation | None) -> Decision:
    """Return the policies' decision; a deny as well where the target is not what the data takes it for. Pure."""
    decision = policy.decide(request)
    reason = _moved(request.action, request.facts, observed)
    if not reason:
        return decision
    earlier = decision if decision.outcome == "deny" else decision.model_copy(update={"policies": (), "reasons": ()})
    changed = {
        "outcome": "deny",
        "policies": (*earlier.policies, "target_moved"),
        "reasons": (*earlier.reasons, reason),
    }
    return decision.model_copy(update=changed)


@dataclass(frozen=True, slots=True)
class Judge:
    """Computes a judgement anew each time it is asked. `questions` gives the present snapshot's.

    The freezes are no part of the records: what is judged is bound to them, so that a door with others sees the difference.
    """

    questions: Callable[[], Asks]
    policy: Policy
    executor: Callable[[Action], Executor]
    clock: Clock
    freezes: tuple[Freeze, ...] = ()

    def judge(self, principal: Principal, arguments: Mapping[str, JsonValue], *, must_see: bool = False) -> Judged:
        """Run the drafting tool on `arguments` and observe the target.

        Raises `ToolError` where the tool has no draft to give, and `Unavailable` where the target `must_see` be seen and is not.
        """
        evidence = self.questions().run(principal, TOOL, arguments)
        draft = _draft(evidence)
        observed, undo_plan = self._look(draft.action, must_see=must_see)
        facts = _with_undo(_with_live_tags(_of_repository(draft, observed), observed), undo_plan)
        sources = (evidence.id, *(one for one in draft.evidence if one != evidence.id))
        calendar = calendar_of(self.freezes)
        return Judged(draft.action, facts, sources, observed, undo_plan, self.policy.version, calendar)

    def decide(self, request: PolicyRequest, *, observed: Observation | None) -> Decision:
        """Return the verdict on a request and what was observed; see `verdict`."""
        return verdict(self.policy, request, observed)

    def objection(self, action: Action, facts: Facts, present: Observation) -> Denied | None:
        """Return the refusal of `action` for the tags the target has now, None where no rule refuses for them.

        A rule refuses for the tags where it would not without any, or did not with those the facts were judged with. What else
        rules ask for, such as the age of the data, was judged when it was approved and does not hold up bringing it to an end.
        """
        bare = facts.model_copy(update={"environment": None, "tags": {}})
        now = self._calmly(action, _with_live_tags(facts, present))
        if now.outcome != "deny":
            return None
        regardless = set(self._calmly(action, bare).policies)
        regardless &= set(self._calmly(action, facts).policies)
        if now.policies and regardless >= set(now.policies):
            return None
        said = zip(now.policies, now.reasons, strict=False)
        reasons = [reason for policy, reason in said if policy not in regardless] or now.reasons
        return Denied(f"`{action.target.resource_id}` is denied now: {'; '.join(reasons)}", policies=now.policies)

    def _calmly(self, action: Action, facts: Facts) -> Decision:
        """Return what is decided whatever the records say: limits and freezes do not keep a target half way."""
        return self.policy.decide(
            PolicyRequest(action=action, facts=facts, at=self.clock(), circumstances=Circumstances())
        )

    def _look(self, action: Action, *, must_see: bool) -> tuple[Observation | None, UndoPlan]:
        try:
            executor = self.executor(action)
            observed = executor.observe(action)
        except Unavailable as error:
            if must_see:
                raise
            said = f"not known before the provider answers ({error.message}); nothing runs until it does"
            return None, UndoPlan(words=said)
        if not observed.exists:
            return observed, UndoPlan(words="there is nothing to undo")
        return observed, executor.undo_plan(action, observed)


def _draft(evidence: Evidence) -> Draft:
    try:
        return Draft.model_validate(evidence.result)
    except ValidationError as error:
        reason = evidence.result.get("reason")
        raise ToolError(f"there is no draft to record: {reason or 'the tool returned none'}",
                        fix="ask what can be proposed") from error  # fmt: skip


def _with_live_tags(facts: Facts, observed: Observation | None) -> Facts:
    """Add the tags the resource has now, where the bill has others: a rule that refuses for a tag sees both."""
    live = {
        f"live/{key}": value
        for key, value in (observed.tags if observed else {}).items()
        if facts.tags.get(key) != value
    }
    return facts.model_copy(update={"tags": facts.tags | live}) if live else facts


def _of_repository(draft: Draft, observed: Observation | None) -> Facts:
    """Take owner and environment of a change of code from its repository's settings, where the bill says nothing of what it is about."""
    if not isinstance(draft.action, ChangeCode) or draft.action.stands_for is not None or observed is None:
        return draft.facts
    known = {"owner": observed.tags.get("owner"), "environment": observed.tags.get("environment")}
    return draft.facts.model_copy(update=known)


def _with_undo(facts: Facts, plan: UndoPlan) -> Facts:
    """Take the executor's word that something cannot be undone, or not for certain; never its word that it can."""
    return facts.model_copy(
        update={"reversible": facts.reversible and plan.possible, "undo_certain": facts.undo_certain and plan.certain}
    )


def _moved(action: Action, facts: Facts, observed: Observation | None) -> str:
    """Say why the effect computed from the data is not the effect it would have; empty where it is."""
    if observed is None:
        return ""
    name = action.target.resource_id
    if not observed.exists:
        if why := observed.attributes.get("absent"):
            return str(why)
        return f"the provider has no `{name}` in `{action.target.region}`; load newer data"
    if why := observed.attributes.get("unfit"):
        return str(why)
    for key, known in facts.state_before.items():
        seen = observed.attributes.get(key)
        if key not in _CHANGING and seen and known and str(seen) != str(known):
            return (
                f"`{name}` is `{seen}` at the provider and `{known}` in the data; load newer data and propose it again"
            )
    return ""


def differences(proposal: Proposal, observed: Observation | None, now: Judged) -> tuple[str, ...]:
    """Say what is no longer as it was when `proposal` was judged, each with both values."""
    was, new = proposal.facts.model_dump(mode="json"), now.facts.model_dump(mode="json")
    found = [
        f"{name} was `{was[name]}`, is `{new[name]}`" for name in was if was[name] != new[name] and name != "formula"
    ]
    if proposal.fingerprint != now.fingerprint:
        before = _flat(observed)
        after = _flat(now.observed)
        keys = sorted(before.keys() | after.keys())
        found += [
            f"the target's {key} was `{before.get(key, 'not seen')}`, is `{after.get(key, 'not seen')}`"
            for key in keys
            if before.get(key) != after.get(key)
        ]
    if proposal.decision.policy_version != now.policy_version:
        found.append("the policies were changed")
    if proposal.calendar != now.calendar:
        found.append("the change freezes were changed")
    return tuple(found) or ("how it was computed was changed",)


def _flat(observed: Observation | None) -> dict[str, JsonValue]:
    if observed is None:
        return {}
    tags: dict[str, JsonValue] = {f"tag {key}": value for key, value in observed.tags.items()}
    return {"existence": observed.exists, **observed.attributes, **tags}
