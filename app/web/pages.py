"""The pages besides the chat: proposals, one evidence, the audit log."""

from collections.abc import Sequence
from datetime import UTC
from typing import get_args
from urllib.parse import urlencode

from app.web.evidence_view import draw_evidence
from app.web.nodes import link, node, notice
from app.web.proposal_card import ProposalCard
from app.web.proposal_words import state_words
from app.web.services import AuditView
from app.web.shell import Drawer, shell, top_bar
from app.web.viewer import Viewer, explain
from finops.actions import Proposal, State

MOST_CARDS = 60


async def proposals_page(viewer: Viewer, state: str = "") -> None:
    """Build the list of proposals, of one state or of all."""
    with shell(viewer, active="proposals") as rail:
        top_bar("Proposals")
        body = node("div", classes="log")
        drawer = Drawer(viewer)
    await rail.refresh()
    try:
        found = await viewer.call(viewer.services.proposals.list)
    except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
        with body:
            notice(explain(error))
        return
    with body:
        _filter(found, state)
        kept = [proposal for proposal in found if not state or proposal.state == state]
        if not kept:
            node("p", "Nothing here. Ask the chat for savings and propose one.", "empty")
        cards = [ProposalCard(viewer, proposal, drawer.show) for proposal in kept[:MOST_CARDS]]
        if len(kept) > MOST_CARDS:
            node("p", f"The newest {MOST_CARDS} of {len(kept)}; choose a state to see others.", "quiet")
    for card, proposal in zip(cards, kept, strict=False):
        if proposal.state in ("verified", "failed", "undone"):
            await card.refresh()


def _filter(found: Sequence[Proposal], state: str) -> None:
    counts = {name: sum(proposal.state == name for proposal in found) for name in get_args(State)}
    with node("nav", classes="filter", attributes={"aria-label": "Filter by state"}):
        _tab(f"All {len(found)}", "/proposals", here=not state)
        for name, number in counts.items():
            if number or name == state:
                _tab(f"{state_words(name)[0]} {number}", f"/proposals?{urlencode({'state': name})}", here=name == state)


def _tab(text: str, href: str, *, here: bool) -> None:
    link(text, href, "tab", {"aria-current": "page"} if here else {})


async def evidence_page(viewer: Viewer, evidence_id: str, figure: str = "") -> None:
    """Build the page of one evidence."""
    with shell(viewer, active="") as rail:
        top_bar("Evidence")
        body = node("div", classes="log evidence")
    await rail.refresh()
    try:
        evidence = await viewer.call(viewer.services.evidence, viewer.principal, evidence_id)
    except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
        with body:
            notice(explain(error))
        return
    with body:
        draw_evidence(viewer, evidence, highlight=figure, page=True)


async def audit_page(viewer: Viewer) -> None:
    """Build the page of the audit log: whether its chain holds, and its last events."""
    with shell(viewer, active="audit") as rail:
        top_bar("Audit log")
        body = node("div", classes="log")
    await rail.refresh()
    read = viewer.services.audit
    if read is None:
        with body:
            notice("The audit log is not offered here.")
        return
    try:
        view = await viewer.call(read, viewer.principal)
    except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
        with body:
            notice(explain(error))
        return
    with body:
        _audit(view)


def _audit(view: AuditView) -> None:
    notice(view.verdict, "good" if view.intact else "bad")
    with node("div", classes="table-scroll"), node("table", classes="grid"):
        with node("thead"), node("tr"):
            for title in ("#", "When (UTC)", "Who", "What", "Subject"):
                node("th", title, "num" if title == "#" else "", {"scope": "col"})
        with node("tbody"):
            for event in view.events:
                with node("tr"):
                    node("td", str(event.sequence), "num")
                    node("td", f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}", "tabular")
                    node("td", event.actor)
                    node("td", event.event)
                    node("td", event.subject)
