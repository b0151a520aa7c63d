"""The frame of every page: rail with conversations, the way around, who is signed in; and the evidence drawer."""

from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import quote

from nicegui import context, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from app.web.amounts import count
from app.web.evidence_view import draw_evidence
from app.web.nodes import button, icon, link, node, notice
from app.web.services import DataSummary
from app.web.viewer import Viewer, explain
from gateway.conversations import Conversation

THEME_COOKIE = "toll_theme"


class Drawer:
    """Shows one evidence at the right of the page it was asked from."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._dialog = ui.dialog().props("position=right full-height").classes("drawer")
        with self._dialog:
            # A div: Quasar lets only those take the pointer.
            self._body = node("div", "", "drawer-body", {"role": "document", "aria-label": "Evidence"})

    async def show(self, evidence_id: str, figure: str = "") -> None:
        """Fetch an evidence and show it, the figure the reader came from on top."""
        self._body.clear()
        with self._body:
            with node("div", classes="drawer-bar"):
                node("span", "Evidence", "quiet")
                button("✕", self._dialog.close, kind="icon", label="Close")
            content = node("div", classes="evidence")
        self._dialog.open()
        try:
            evidence = await self._viewer.call(self._viewer.services.evidence, self._viewer.principal, evidence_id)
            with content:
                draw_evidence(self._viewer, evidence, highlight=figure)
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            with content:
                notice(explain(error))


def theme() -> bool | None:
    """Return the theme the browser asked for: dark, light, or None for the system's own."""
    return {"dark": True, "light": False}.get(context.client.request.cookies.get(THEME_COOKIE, ""))


class Rail:
    """The list of conversations at the left; redrawn when a new one begins."""

    def __init__(self, viewer: Viewer, current: str) -> None:
        self._viewer = viewer
        self._list = node("nav", classes="talks", attributes={"aria-label": "Conversations"})
        self.current = current

    async def refresh(self) -> None:
        """Read the person's conversations and draw them."""
        try:
            found = await self._viewer.call(self._viewer.services.conversations.list, self._viewer.principal)
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            self._list.clear()
            with self._list:
                notice(explain(error))
            return
        self._list.clear()
        with self._list:
            node("p", "Conversations" if found else "No conversations yet.", "rail-title")
            for conversation in found[:100]:
                self._one(conversation)

    def _one(self, conversation: Conversation) -> None:
        here = conversation.id == self.current
        attributes = {"title": conversation.title, **({"aria-current": "page"} if here else {})}
        link(conversation.title or "Untitled", conversation_path(conversation.id), "talk", attributes)


def conversation_path(conversation: str) -> str:
    """Return the address of a conversation."""
    return f"/chat/{quote(conversation, safe='')}"


@contextmanager
def shell(viewer: Viewer, *, active: str, current: str = "") -> Generator[Rail]:
    """Draw the frame and give the main column as the slot to draw into."""
    dark = ui.dark_mode(theme())
    link("Skip to content", "/#main", "skip").props["href"] = "#main"
    with node("div", classes="shell"):
        with node("aside", classes="rail", attributes={"id": "rail", "aria-label": "Navigation"}):
            with link("", "/", "brand", {"aria-label": "Tollkeeper, new chat"}):
                node("span", "", "brand-mark", {"aria-hidden": "true"})
                node("span", "Tollkeeper")
            with link("", "/", "btn new-chat"):
                icon("add")
                node("span", "New chat")
            _ways(viewer, active)
            rail = Rail(viewer, current)
            _person(viewer, dark)
        node("div", classes="scrim").on("click", js_handler="() => document.body.classList.remove('rail-open')")
        # A div: Quasar makes the page itself the landmark `main`.
        with node("div", classes="main", attributes={"id": "main", "tabindex": "-1"}):
            yield rail


def _ways(viewer: Viewer, active: str) -> None:
    ways = [("chat", "Chat", "/", "chat_bubble_outline"), ("proposals", "Proposals", "/proposals", "fact_check")]
    if viewer.services.audit is not None and viewer.may("read_audit"):
        ways.append(("audit", "Audit log", "/audit", "verified_user"))
    with node("nav", classes="ways", attributes={"aria-label": "Pages"}):
        for key, title, href, sign in ways:
            with link("", href, "way", {"aria-current": "page"} if key == active else {}):
                icon(sign)
                node("span", title)


def _person(viewer: Viewer, dark: ui.dark_mode) -> None:
    def toggle(event: GenericEventArguments) -> None:
        dark.value = not bool(event.args)

    with node("div", classes="person"):
        with node("div", classes="person-name"):
            node("strong", viewer.principal.name)
            node("span", f"{viewer.principal.role}{', local mode' if viewer.principal.local else ''}", "quiet")
        with button("", toggle, kind="icon", label="Light or dark", js="() => emit(window.tollTheme())"):
            icon("contrast")
        with node("form", attributes={"method": "post", "action": "/logout"}), node(
            "button", "", "btn icon", {"type": "submit", "aria-label": "Sign out", "title": "Sign out"}
        ):  # fmt: skip
            icon("logout")


def top_bar(title: str, data: DataSummary | None = None) -> TextElement:
    """Draw the bar over the main column: the menu on small screens, the page's name, what data is loaded."""
    bar = node("header", classes="top")
    with bar:
        menu = button("", kind="icon menu", label="Menu", js="() => document.body.classList.toggle('rail-open')")
        menu.props["aria-controls"] = "rail"
        with menu:
            icon("menu")
        node("h1", title)
        if data is not None:
            node(
                "p", summary_words(data), "quiet data", {"title": f"snapshot {data.snapshot}" if data.snapshot else ""}
            )
    return bar


def summary_words(data: DataSummary) -> str:
    """Say what is loaded: `200,120 rows · Oct 2024 to Oct 2025 · 5 sources · USD, EUR`."""
    if not data.rows:
        return "No bill is loaded; load one with toll ingest."
    parts = [count(data.rows, "row"), data.period]
    parts += [count(len(data.sources), "source")] if data.sources else []
    return " · ".join(part for part in [*parts, ", ".join(data.currencies)] if part)
