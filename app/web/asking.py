"""Ask before a step is taken: a dialog that holds the keyboard's focus until it is answered."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from app.web.nodes import button, node

Step = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before a step is taken."""

    title: str
    body: str
    field: str
    confirm: str
    kind: str = "primary"
    needed: bool = False


def ask_before(question: Question, step: Step) -> None:
    """Open the dialog; `step` is called with the reason given, empty where none is asked for, unless the person cancels."""
    with ui.dialog() as dialog, node("div", classes="ask", attributes={"role": "document"}):
        node("h2", question.title)
        node("p", question.body)
        field = (
            ui.input(question.field).props("outlined dense autofocus maxlength=2000").classes("ask-field")
            if question.field
            else None
        )

        async def confirm() -> None:
            reason = str(field.value or "").strip() if field else ""
            if question.needed and not reason and field:
                field.props["error"] = True
                field.props["error-message"] = "Say why in a few words."
                return
            dialog.close()
            dialog.clear()
            await step(reason)

        with node("div", classes="ask-foot"):
            button("Cancel", dialog.close)
            button(question.confirm, confirm, kind=question.kind)
    dialog.open()
