"""A proposal as a card: action, target, cost, verdict, undo plan, where it stands, and what a person may do about it."""

from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from itertools import zip_longest

from app.web import proposal_words as words
from app.web.amounts import exactly, shown
from app.web.asking import Question, Step, ask_before
from app.web.nodes import button, link, node, notice, opens
from app.web.prose_view import OpenEvidence, draw_words, evidence_path
from app.web.viewer import Viewer, explain
from finops.actions import Approval, ChangeCode, Execution, Proposal, effective, in_words


class ProposalCard:
    """Draws one proposal and keeps itself up to date after each step taken on it."""

    def __init__(self, viewer: Viewer, proposal: Proposal, on_open: OpenEvidence) -> None:
        self._viewer = viewer
        self._on_open = on_open
        self._proposal = proposal
        self._approvals: tuple[Approval, ...] = ()
        self._executions: tuple[Execution, ...] = ()
        self._exempt: tuple[str, ...] = ()
        self._root = node("article", classes="card", attributes={"aria-label": words.headline(proposal)})
        self._draw()

    async def refresh(self, problem: str = "") -> None:
        """Read the proposal and what ran for it, and draw it anew; `problem` is said on the card."""
        proposals = self._viewer.services.proposals
        try:
            self._proposal = await self._viewer.call(proposals.get, self._proposal.id)
            self._approvals = tuple(await self._viewer.call(proposals.approvals, self._proposal.id))
            self._executions = tuple(await self._viewer.call(proposals.executions, self._proposal.id))
            self._exempt = tuple(
                await self._viewer.call(proposals.exempted, [effective(self._proposal.action).target.resource_id])
            )
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            problem = problem or explain(error)
        self._draw(problem)

    def _draw(self, problem: str = "") -> None:
        state, tone = words.state_words(self._proposal.state)
        self._root.clear()
        self._root.classes(replace=f"card {tone}")
        with self._root:
            with node("header", classes="card-head"):
                node("h3", words.headline(self._proposal))
                node("span", state, f"badge {tone}", {"role": "status"})
            node("p", words.target_words(self._proposal), "quiet card-target")
            for said in self._exempt:
                notice(said, "quiet")
            self._money()
            self._verdict()
            self._details()
            for approval in self._approvals:
                _approved(approval)
            if self._proposal.state == "pending" and any(one.hash == self._proposal.hash for one in self._approvals):
                node("p", "One more person has to approve it before it runs.", "quiet")
            for execution in self._executions:
                undo = self._proposal.state == "undone" and execution is self._executions[-1]
                _ran(execution, "Undone" if undo else "Ran")
            if problem:
                notice(problem)
            self._buttons()

    def _money(self) -> None:
        facts = self._proposal.facts
        before, after, saving, tone = words.money_words(self._proposal)
        with node("dl", classes="money"):
            _amount(before, facts.monthly_cost_before, facts.currency)
            _amount(after, facts.monthly_cost_after, facts.currency)
            _amount(saving, abs(facts.monthly_saving), facts.currency, tone)
        node("p", "EffectiveCost of 30 days.", "quiet money-note")

    def _verdict(self) -> None:
        decision = self._proposal.decision
        verdict, tone = words.verdict_words(decision.outcome)
        settled = self._proposal.state not in ("proposed", "pending", "denied")
        with node("div", classes=f"verdict {'quiet' if settled else tone}"):
            node("p", verdict, "verdict-title")
            with node("ul"):
                for reason, policy in zip_longest(decision.reasons, decision.policies, fillvalue=""):
                    with node("li"):
                        draw_words(reason)
                        if policy:
                            node("code", policy, "policy")

    def _details(self) -> None:
        proposal, facts = self._proposal, self._proposal.facts
        if proposal.state not in ("denied", "rejected", "expired"):
            with node("p", classes="card-undo"):
                node("strong", "Undo: ")
                draw_words(proposal.undo_plan)
        if isinstance(proposal.action, ChangeCode) and proposal.action.stands_for is not None:
            with node("p"):
                node("strong", "Stands for: ")
                draw_words(in_words(proposal.action.stands_for))
        if proposal.state in ("pending", "approved"):
            self._plan()
        with node("details", classes="fold"):
            node("summary", "Why, and on what it rests")
            if proposal.reason:
                node("p", proposal.reason)
            node("p", facts.formula, "formula")
            with node("dl", classes="facts"):
                _fact(
                    "Observed",
                    f"{facts.observation_days} days, {shown(facts.observation_coverage * 100, '%')} of samples",
                )
                _fact("Newest data", facts.newest_data)
                _fact("Risk", facts.risk)
                _fact("Saving is sure by", shown(facts.saving_confidence * 100, "%"))
                _fact("Fleet of the owner", f"{facts.fleet_size} resources, {shown(facts.fleet_cost, facts.currency)}")
                _fact("Proposed by", f"{proposal.proposer}, on behalf of {proposal.on_behalf_of}")
                _fact("Proposal", proposal.id)
                _fact("Hash", proposal.hash[:16], proposal.hash)
                _fact("Policy version", proposal.decision.policy_version[:16], proposal.decision.policy_version)
                node("dt", "Evidence")
                with node("dd"):
                    for evidence_id in proposal.evidence:
                        self._evidence(evidence_id)

    def _plan(self) -> None:
        """Draw the calls that a run would make, asked for when somebody opens them."""

        async def load() -> None:
            if calls.default_slot.children:
                return
            try:
                plan = await self._viewer.call(self._viewer.services.proposals.plan, self._proposal.id)
            except Exception as error:  # noqa: BLE001 - an entry point: the card says it in one sentence
                plan = (f"not known: {explain(error)}",)
            with calls:
                for call in plan or ("no call is needed",):
                    node("li", call)

        with node("details", classes="fold") as fold:
            node("summary", "What will be called")
            calls = node("ol", classes="calls")
        fold.on("toggle", load)

    def _evidence(self, evidence_id: str) -> None:
        element = link(evidence_id, evidence_path(evidence_id), "more")
        opens(element, lambda: self._on_open(evidence_id, ""))

    def _buttons(self) -> None:
        proposal = self._proposal
        with node("footer", classes="card-foot"):
            if words.may_decide(proposal.state):
                self._decide()
            elif words.may_run(proposal.state):
                self._run_or_reject()
            elif words.may_undo(proposal) and self._viewer.may("undo"):
                question = Question("Undo this?", proposal.undo_plan, "", "Undo")
                button("Undo", lambda: self._ask(question, self._undo))
            if proposal.state in ("pending", "approved"):
                node("span", words.expiry_words(proposal.expires, self._viewer.services.now()), "quiet")

    def _run_or_reject(self) -> None:
        if self._viewer.may("execute"):
            what = "Run now" if self._proposal.state == "approved" else "Go on with the run"
            button(what, lambda: self._ask(self._run_question(what), self._execute), kind="primary")
        if self._proposal.state == "approved" and self._viewer.may("reject"):
            button("Reject…", lambda: self._ask(self._reject_question(), self._reject))

    def _decide(self) -> None:
        if not self._viewer.may("approve"):
            node("span", f"Your role, {self._viewer.principal.role}, may not approve.", "quiet")
            return
        what = words.headline(self._proposal)
        approve = Question(
            "Approve and run?",
            f"{what}. You approve exactly this, hash {self._proposal.hash[:12]}; anything else is refused.",
            "Reason (optional)", "Approve and run",
        )  # fmt: skip
        button("Approve…", lambda: self._ask(approve, self._approve), kind="primary")
        button("Reject…", lambda: self._ask(self._reject_question(), self._reject))

    def _reject_question(self) -> Question:
        body = f"{words.headline(self._proposal)}. It cannot be approved afterwards."
        return Question("Reject this?", body, "Reason", "Reject", "danger", needed=True)

    def _run_question(self, what: str) -> Question:
        return Question(f"{what}?", f"{words.headline(self._proposal)}, as approved.", "", what)

    def _ask(self, question: Question, step: Step) -> None:
        with self._root:
            ask_before(question, step)

    async def _take(self, *steps: Callable[[], object]) -> None:
        self._root.props["aria-busy"] = "true"
        problem = ""
        try:
            for step in steps:
                await self._viewer.call(step)
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            problem = explain(error)
        self._root.props["aria-busy"] = "false"
        await self.refresh(problem)

    async def _approve(self, reason: str) -> None:
        proposals, person, shown_one = self._viewer.services.proposals, self._viewer.principal, self._proposal

        def approve_and_run() -> None:
            # Where the rules ask for one more person it stays pending, and nothing runs.
            if proposals.approve(person, shown_one.id, reason=reason, expected_hash=shown_one.hash).state == "approved":
                proposals.execute(person, shown_one.id)

        await self._take(approve_and_run)

    async def _reject(self, reason: str) -> None:
        proposals, person = self._viewer.services.proposals, self._viewer.principal
        await self._take(lambda: proposals.reject(person, self._proposal.id, reason))

    async def _execute(self, _: str) -> None:
        proposals, person = self._viewer.services.proposals, self._viewer.principal
        await self._take(lambda: proposals.execute(person, self._proposal.id))

    async def _undo(self, _: str) -> None:
        proposals, person = self._viewer.services.proposals, self._viewer.principal
        await self._take(lambda: proposals.undo(person, self._proposal.id))


def _amount(term: str, value: Decimal, currency: str, tone: str = "") -> None:
    with node("div", classes=tone):
        node("dt", term)
        node("dd", shown(value, currency), "tabular", {"title": f"exactly {exactly(value, currency)}"})


def _fact(term: str, value: str, title: str = "") -> None:
    node("dt", term)
    with node("dd", attributes={"title": title} if title else {}):
        node("span", value)


def _approved(approval: Approval) -> None:
    with node("section", classes="ran"):
        node("p", f"Approved by {approval.approver}, {approval.at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC", "ran-title")
        if approval.reason:
            node("p", f"“{approval.reason}”", "quiet")


def _ran(execution: Execution, verb: str) -> None:
    with node("section", classes="ran"):
        outcome = "verified" if execution.verified else "not verified"
        node("p", f"{verb} {execution.at.astimezone(UTC):%d %b %Y %H:%M:%S} UTC, {outcome}", "ran-title")
        if execution.error:
            notice(execution.error)
        with node("ol", classes="calls"):
            for call in execution.calls:
                with node("li"):
                    node("code", call)
        if changed := _changes(execution):
            with node("dl", classes="facts"):
                for name, change in changed:
                    _fact(name, change)


def _changes(execution: Execution) -> list[tuple[str, str]]:
    before, after = words.attributes(execution.before), words.attributes(execution.after)
    pairs = [(name, before.get(name), after.get(name)) for name in sorted({*before, *after}) if execution.after]
    return [(name.replace("_", " "), f"{old} → {new}") for name, old, new in pairs if old != new]
