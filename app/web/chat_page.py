"""The chat: a conversation, a box to ask in, and the answers as they come."""

import secrets
from collections.abc import Iterator, Sequence

from nicegui import context, ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from agent.answer import Answered, Event
from app.exchanges import ask_and_keep
from app.web.nodes import button, icon, node, notice
from app.web.shell import Drawer, Rail, conversation_path, shell, top_bar
from app.web.streaming import Pump
from app.web.talk_tools import TalkTools
from app.web.talks import restored
from app.web.turn_view import TurnView
from app.web.viewer import Viewer, explain

QUESTION_MOST = 4000
SUGGESTIONS = (
    "What did each provider cost last month?",
    "Show cost by service per month",
    "Were there any cost anomalies?",
    "Where can we save money?",
)
_ENTER = (
    "(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); emit(e.target.value); } }"
)


async def chat_page(viewer: Viewer, conversation: str = "") -> None:
    """Build the page of one conversation, or of a new one."""
    with shell(viewer, active="chat", current=conversation) as rail:
        summary = await viewer.call(viewer.services.data)
        tools = TalkTools(viewer, top_bar("Ask about your spend", summary))
        chat = Chat(viewer, conversation, rail, tools)
    await rail.refresh()
    await chat.load()


class Chat:
    """One conversation on one page. One question runs at a time."""

    def __init__(self, viewer: Viewer, conversation: str, rail: Rail, tools: TalkTools) -> None:
        self._viewer = viewer
        # Held here: who asks by a chip has that chip, and so its context, taken away.
        self._client = context.client
        self._known = bool(conversation)
        self._conversation = conversation or f"c-{secrets.token_hex(8)}"
        self._rail, self._tools = rail, tools
        self._pump: Pump[Event] | None = None
        self._drawer = Drawer(viewer)
        self._log = node(
            "div", classes="log", attributes={"role": "log", "aria-label": "Conversation", "aria-live": "off"}
        )
        self._composer = node("div", classes="composer")
        with self._composer, node("div", classes="composer-box"):
            self._box = ui.textarea().props("autogrow borderless dense input-class=ask-input").classes("ask-box")
            self._box.props["aria-label"] = "Your question"
            self._box.props["placeholder"] = "Ask about cost, savings or a change…"
            self._box.props["maxlength"] = QUESTION_MOST
            self._box.on("keydown", self._entered, js_handler=_ENTER)
            self._send = button("", self._pressed, kind="primary send", label="Ask")
            with self._send:
                self._sign: TextElement = icon("arrow_upward")

    async def load(self) -> None:
        """Draw what was asked and answered before, or the first suggestions."""
        if not self._known:
            self._welcome()
            return
        try:
            talk = await self._viewer.call(restored, self._viewer.services, self._viewer.principal, self._conversation)
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            # Somebody else's, or none: nothing may be asked here, since an earlier exchange is context for the next.
            self._composer.set_visibility(False)
            with self._log:
                notice(explain(error))
            return
        self._tools.show(self._conversation)
        views: list[TurnView] = []
        for question, answer in talk:
            with self._log:
                views.append(TurnView(self._viewer, question, self._drawer.show))
            views[-1].show(answer)
        for view in views:
            await view.refresh_cards()
        self._client.run_javascript("window.tollEnd()")

    def _welcome(self) -> None:
        suggestions: Sequence[str] = self._viewer.services.suggestions() or SUGGESTIONS
        with self._log, node("div", classes="welcome"):
            node("h2", "What would you like to know?")
            node(
                "p",
                "Every figure is computed from your bill and opens its source. Nothing is changed before someone approves it.",
            )
            with node("div", classes="chips"):
                for text in suggestions:
                    self._chip(text)

    def _chip(self, text: str) -> None:
        async def press() -> None:
            await self.ask(text)

        button(text, press, kind="chip")

    async def _entered(self, event: GenericEventArguments) -> None:
        await self.ask(str(event.args or ""))

    async def _pressed(self) -> None:
        if self._pump is not None:
            self._pump.stop()
            return
        await self.ask(str(self._box.value or ""))

    async def ask(self, question: str) -> None:
        """Ask one question and draw its answer as it comes."""
        question = question.strip()[:QUESTION_MOST]
        if not question or self._pump is not None:
            return
        if not self._known:
            self._log.clear()
            self._known = True
        self._box.value = ""
        with self._log:
            view = TurnView(self._viewer, question, self._drawer.show)
        pump = Pump(lambda: self._events(question))
        self._running(pump)
        self._client.run_javascript("window.tollEnd()")
        try:
            await self._follow(pump, view)
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            view.fail(explain(error))
        finally:
            self._running(None)

    def _events(self, question: str) -> Iterator[Event]:
        """Runs in the question's own thread; the answer is kept there, whether or not anybody still looks."""
        services, person = self._viewer.services, self._viewer.principal
        self._viewer.sessions.person(self._viewer.token)
        talks = services.conversations
        yield from ask_and_keep(
            services.assistant, talks, person, question, self._conversation, forget=talks.forget
        )  # fmt: skip

    async def _follow(self, pump: Pump[Event], view: TurnView) -> None:
        answered = False
        async for event in pump.events():
            answered = answered or isinstance(event, Answered)
            if not self._gone():
                view.take(event)
        if answered and not self._gone():
            address = conversation_path(self._conversation)
            self._client.run_javascript(f"history.replaceState(history.state, '', '{address}')")
            self._rail.current = self._conversation
            self._tools.show(self._conversation)
            await self._rail.refresh()
        elif not answered:
            view.fail("Stopped; ask again when you like.")

    def _gone(self) -> bool:
        return self._log.is_deleted

    def _running(self, pump: Pump[Event] | None) -> None:
        self._pump = pump
        running = pump is not None
        self._sign.set_text("stop" if running else "arrow_upward")
        label = "Stop" if running else "Ask"
        self._send.props["aria-label"] = label
        self._send.props["title"] = label
