"""What can be done with the whole conversation on the page: take it away as a file, or delete it."""

from urllib.parse import quote

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from app.web.asking import Question, ask_before
from app.web.nodes import button, icon, link, node
from app.web.shell import conversation_path
from app.web.viewer import Viewer, explain

_DELETE = Question(
    "Delete this conversation?",
    "Its questions and answers are gone for good. Proposals, evidence and the audit log stay.",
    "", "Delete", "danger",
)  # fmt: skip


class TalkTools:
    """Buttons in the top bar; there are none before the conversation has an answer."""

    def __init__(self, viewer: Viewer, bar: TextElement) -> None:
        self._viewer, self._shown = viewer, ""
        with bar:
            self._root = node("div", classes="talk-tools")

    def show(self, conversation: str) -> None:
        """Draw the buttons of one conversation."""
        if conversation == self._shown:
            return
        self._shown = conversation
        self._root.clear()
        with self._root:
            path = f"{conversation_path(conversation)}/conversation"
            for sign, form, label in (
                ("description", "md", "Export as Markdown"),
                ("data_object", "json", "Export as JSON"),
            ):
                file = f"conversation-{quote(conversation, safe='')}.{form}"
                attributes = {"aria-label": label, "title": label, "download": file}
                with link("", f"{path}.{form}", "btn icon", attributes):
                    icon(sign)
            with button("", self._ask, kind="icon", label="Delete conversation"):
                icon("delete_outline")

    def _ask(self) -> None:
        with self._root:
            ask_before(_DELETE, self._delete)

    async def _delete(self, _: str) -> None:
        try:
            await self._viewer.call(self._viewer.services.conversations.delete, self._viewer.principal, self._shown)
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            with self._root:
                ui.notify(explain(error), type="negative")
            return
        # The dialog that called this is gone by now, and its place on the page with it.
        with self._root:
            ui.navigate.to("/")
