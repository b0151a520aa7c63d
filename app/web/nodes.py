"""HTML elements by tag, text and attributes. All text goes out as text; nothing here parses or makes HTML."""

from collections.abc import Callable, Mapping

from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments, Handler

Attributes = Mapping[str, str | bool | int]
Press = Callable[[], object]


def node(tag: str, text: str = "", classes: str = "", attributes: Attributes | None = None) -> TextElement:
    """Return one element. Names of attributes are ours; their values may come from anywhere."""
    element = TextElement(tag=tag, text=text)
    if classes:
        element.classes(classes)
    for name, value in (attributes or {}).items():
        # INVARIANT: a name that starts with a colon would be run as code in the browser.
        if name.startswith(":"):
            raise ValueError(f"attribute `{name}` would be code; give a plain name")
        element.props[name] = value
    return element


def scroll(label: str) -> TextElement:
    """Return a box that scrolls what is too wide or too long for it, with the keyboard too."""
    return node("div", "", "table-scroll", {"tabindex": "0", "role": "region", "aria-label": label})


def button(text: str, on_press: Handler[GenericEventArguments] | None = None, *, kind: str = "", label: str = "",
           js: str = "") -> TextElement:  # fmt: skip
    """Return a button. `label` is what a screen reader says where the text is only a sign; `js` runs in the browser."""
    attributes = {"type": "button", **({"aria-label": label, "title": label} if label else {})}
    element = node("button", text, f"btn {kind}".strip(), attributes)
    if js:
        element.on("click", on_press, js_handler=js)
    elif on_press:
        element.on("click", on_press, args=[])
    return element


def icon(name: str) -> TextElement:
    """Return a Material icon that screen readers skip."""
    return node("i", name, "material-icons ico", {"aria-hidden": "true", "translate": "no"})


def link(text: str, href: str, classes: str = "", attributes: Attributes | None = None) -> TextElement:
    """Return a link to a page of ours."""
    if not href.startswith("/"):
        raise ValueError(f"link `{href}` leaves this app; give a path")
    return node("a", text, classes, {"href": href, **(attributes or {})})


def opens(element: TextElement, on_press: Press) -> None:
    """Let a link call `on_press` instead of leaving the page; with Ctrl, Cmd, Shift or the middle button it stays a link."""
    element.on(
        "click",
        lambda _: on_press(),
        js_handler="(e) => { if (!e.ctrlKey && !e.metaKey && !e.shiftKey && e.button === 0) { e.preventDefault(); emit(); } }",
    )


def notice(text: str, kind: str = "bad") -> TextElement:
    """Return one clear sentence that a screen reader says at once."""
    element = node("p", "", f"notice {kind}", {"role": "alert" if kind == "bad" else "status"})
    with element:
        # What stands in backticks is a name or a command.
        for index, part in enumerate(text.split("`")):
            if part:
                node("code" if index % 2 else "span", part)
    return element


def pre(text: str, label: str) -> TextElement:
    """Return preformatted text that can be scrolled with the keyboard."""
    return node("pre", text, "code", {"tabindex": "0", "role": "region", "aria-label": label})
