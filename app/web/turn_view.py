"""One question and its answer as it comes: steps, streamed prose, exhibits, proposals, notes and what it cost."""

from collections.abc import Mapping
from time import monotonic

from pydantic import JsonValue

from agent.answer import Answer, Answered, Event, Planned, Proposed, TextDelta, ToolFinished, ToolStarted
from app.web.amounts import count, milliseconds, rounded, with_unit
from app.web.exhibits import draw_exhibit, worth_showing
from app.web.fact_view import FactView
from app.web.nodes import link, node, notice, opens, pre
from app.web.proposal_card import ProposalCard
from app.web.prose import read
from app.web.prose_view import OpenEvidence, draw_prose, draw_words, evidence_path
from app.web.tool_words import pretty, tool_name
from app.web.viewer import Viewer
from finops.actions import Proposal

MOST_EXHIBITS = 4
REDRAW_SECONDS = 0.08


class TurnView:
    """Draws into the present slot. Events may stop coming at any point; `fail` then says why."""

    def __init__(self, viewer: Viewer, question: str, on_open: OpenEvidence) -> None:
        self._viewer = viewer
        self._on_open = on_open
        self._text = ""
        self._drawn_at = 0.0
        self._calls: dict[str, _CallView] = {}
        self._cards: dict[str, ProposalCard] = {}
        with node("article", classes="turn"):
            with node("div", classes="question"):
                node("h2", question)
            with node("div", classes="answer"):
                self._status = node("p", "Reading the question…", "working", {"role": "status"})
                self._steps = node("details", classes="steps", attributes={"open": True})
                self._prose = node("div", classes="prose", attributes={"aria-live": "polite", "aria-busy": "true"})
                self._proposals = node("div", classes="after")
                self._after = node("div", classes="after")
        with self._steps:
            self._summary = node("summary", "Steps")
            self._list = node("ol")
        self._steps.set_visibility(False)

    def take(self, event: Event) -> None:
        """Draw one event."""
        match event:
            case Planned():
                self._planned(event)
            case ToolStarted():
                self._steps.set_visibility(True)
                self._status.set_text(f"Running {tool_name(event.tool).lower()}…")
                with self._list:
                    self._calls[event.call] = _CallView(event.tool, event.input, self._on_open)
            case ToolFinished():
                if event.call in self._calls:
                    self._calls[event.call].finish(event)
            case TextDelta():
                self._stream(event.text)
            case Proposed():
                self._card(event.proposal)
            case Answered():
                self.show(event.answer)

    def show(self, answer: Answer) -> None:
        """Draw the whole answer, each figure linked; what was streamed gives way to it."""
        self._status.set_visibility(False)
        evidence = {item.id: item for item in answer.evidence}
        if not self._calls:
            self._past_steps(answer)
        self._fold(answer)
        self._prose.clear()
        with self._prose:
            draw_prose(read(answer.answer, answer.figures), evidence, self._on_open)
        self._prose.props["aria-busy"] = "false"
        with self._after:
            for item in [item for item in answer.evidence if worth_showing(item)][:MOST_EXHIBITS]:
                draw_exhibit(item, self._on_open)
        for proposal in answer.proposals:
            self._card(proposal)
        if answer.fact:
            with self._after:
                FactView(self._viewer, answer.fact)
        with self._after:
            _notes(answer.notes)
            node("footer", cost_words(answer), "turn-meta")

    def fail(self, sentence: str) -> None:
        """Say in one sentence why there is no (or no whole) answer."""
        self._status.set_visibility(False)
        self._prose.props["aria-busy"] = "false"
        with self._after:
            notice(sentence)

    async def refresh_cards(self) -> None:
        """Bring the proposals of an earlier answer to what has become of them."""
        for card in self._cards.values():
            await card.refresh()

    def _planned(self, event: Planned) -> None:
        self._status.set_text("Working…")
        if event.understood:
            self._steps.set_visibility(True)
            with self._list:
                node("li", f"Understood as: {event.understood}", "understood")

    def _stream(self, text: str) -> None:
        self._status.set_visibility(False)
        self._text += text
        if monotonic() - self._drawn_at < REDRAW_SECONDS:
            return
        self._drawn_at = monotonic()
        self._prose.clear()
        with self._prose:
            draw_prose(read(self._text), {}, self._on_open)

    def _card(self, proposal: Proposal) -> None:
        if proposal.id not in self._cards:
            with self._proposals:
                self._cards[proposal.id] = ProposalCard(self._viewer, proposal, self._on_open)

    def _past_steps(self, answer: Answer) -> None:
        self._steps.set_visibility(bool(answer.evidence))
        with self._list:
            for item in answer.evidence:
                view = _CallView(item.tool, item.input, self._on_open)
                view.finish(ToolFinished(call="", tool=item.tool, evidence=item.id, rows_read=item.rows_read))

    def _fold(self, answer: Answer) -> None:
        calls = len(self._calls) or len(answer.evidence)
        self._summary.set_text(f"{count(calls, 'tool call')}, planned by {answer.planner}")
        self._steps.props.pop("open", None)
        self._steps.update()


class _CallView:
    """One tool call in the list of steps."""

    def __init__(self, tool: str, arguments: Mapping[str, JsonValue], on_open: OpenEvidence) -> None:
        self._on_open = on_open
        with node("li", classes="call"), node("details"):
            with node("summary"):
                node("span", tool_name(tool), "call-name")
                self._facts = node("span", "running…", "quiet")
            node("code", tool, "quiet")
            pre(pretty(arguments), f"Input of {tool}")
            self._foot = node("div")

    def finish(self, event: ToolFinished) -> None:
        """Say what came of the call."""
        if event.error:
            self._facts.set_text("failed")
            with self._foot:
                notice(event.error)
            return
        parts = [count(event.rows_read, "row") + " read"]
        parts += [milliseconds(event.elapsed_ms)] if event.elapsed_ms else []
        self._facts.set_text(" · ".join(parts))
        with self._foot:
            element = link(event.evidence, evidence_path(event.evidence), "more")
            opens(element, lambda: self._on_open(event.evidence, ""))


def _notes(notes: tuple[str, ...]) -> None:
    if notes:
        with node("ul", classes="notes", attributes={"aria-label": "Notes"}):
            for note in notes:
                with node("li"):
                    draw_words(note)


def cost_words(answer: Answer) -> str:
    """Say who planned an answer and what it cost: `rules · no model used · 340 ms`."""
    if answer.model_tokens:
        cost = with_unit(rounded(answer.model_cost.value), answer.model_cost.unit)
        spent = f"{count(answer.model_tokens, 'token')} · {cost}"
    else:
        spent = "no model used, USD 0.00"
    return f"{answer.planner} · {spent} · {milliseconds(answer.elapsed_ms)}"
