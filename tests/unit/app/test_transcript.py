"""A conversation taken away: every figure has the id of its evidence, and markup of the data stays text."""

from datetime import UTC, datetime

from app.exchanges import kept
from app.transcript import as_document, as_markdown
from gateway.conversations import Conversation, Exchange
from tests.unit.app.test_web_talks import answer

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
TALK = Conversation(id="c-1", title="What did <b>AWS</b> cost?", created=AT)


def exchange(text: str = "AWS cost USD 18.01.") -> Exchange:
    return kept("What did it cost?", answer().model_copy(update={"answer": text})).model_copy(update={"at": AT})


def test_every_figure_stands_with_its_exact_value_and_evidence() -> None:
    found = as_markdown(TALK, [exchange()])
    for figure in answer().figures:
        assert f"| {figure.value} | {figure.unit} | {figure.name} | `{figure.evidence}` |" in found
    assert found.startswith("# What did &lt;b&gt;AWS&lt;/b&gt; cost?\n")
    assert "2026-11-02 09:30 UTC" in found


def test_markup_is_escaped_but_for_what_stands_in_backticks() -> None:
    found = as_markdown(TALK, [exchange("<script>x</script> and `a<b`")])
    assert "&lt;script&gt;x&lt;/script&gt; and `a<b`" in found


def test_json_has_all_that_was_kept() -> None:
    one = exchange()
    assert as_document(TALK, [one]) == {
        "conversation": TALK.model_dump(mode="json"), "exchanges": [one.model_dump(mode="json")],
    }  # fmt: skip
