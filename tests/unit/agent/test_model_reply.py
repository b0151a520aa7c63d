"""Replies put together from pieces, and the arguments in them."""

from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk

from agent.planners.model_chat import USAGE
from agent.planners.model_failure import BrokenOff
from agent.planners.model_reply import MOST_TEXT, NOT_JSON, RawCall, Reply, arguments_of, assemble

END = ChatGenerationChunk(message=AIMessageChunk(content=""), generation_info={"finish_reason": "stop"})


def text(written: str) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content=written))


def part(index: int, *, id_: str | None = None, name: str | None = None, args: str = "") -> ChatGenerationChunk:
    chunk = tool_call_chunk(name=name, args=args, id=id_, index=index)
    return ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[chunk]))


def counted(read: int, written: int, cached: int = 0) -> ChatGenerationChunk:
    usage = {"prompt_tokens": read, "completion_tokens": written, "prompt_tokens_details": {"cached_tokens": cached}}
    return ChatGenerationChunk(message=AIMessageChunk(content=""), generation_info={USAGE: usage})


def put_together(*pieces: ChatGeneration) -> Reply:
    def generator() -> Generator[ChatGeneration, None, None]:
        yield from pieces

    return assemble(generator())


def test_text_is_joined_in_order() -> None:
    assert put_together(text("one "), text("two"), END).prose == "one two"


def test_parallel_calls_are_kept_apart_by_index() -> None:
    reply = put_together(
        part(0, id_="a", name="cost_query"), part(1, id_="b", name="calculate"), part(0, args='{"x":'), part(1, args="{}"),
        part(0, args="1}"), END,
    )  # fmt: skip
    assert [(c.name, c.arguments) for c in reply.calls] == [("cost_query", '{"x":1}'), ("calculate", "{}")]


def test_calls_that_share_an_index_are_kept_apart_by_id() -> None:
    reply = put_together(
        part(0, id_="a", name="one"), part(0, args="{}"), part(0, id_="b", name="two"), part(0, args="[]"), END
    )
    assert [(c.name, c.arguments) for c in reply.calls] == [("one", "{}"), ("two", "[]")]


def test_running_token_counts_are_not_added_up() -> None:
    spent = put_together(counted(10, 1), counted(10, 2), counted(10, 3), END).spent
    assert (spent.read, spent.written, spent.tokens) == (10, 3, 13)


def test_cached_tokens_are_part_of_what_was_read() -> None:
    spent = put_together(counted(100, 10, cached=400), END).spent
    assert (spent.read, spent.cached, spent.tokens) == (100, 100, 110)


def test_reply_without_an_end_was_broken_off() -> None:
    with pytest.raises(BrokenOff):
        put_together(text("half an ans"))


def test_nothing_at_all_is_no_reply() -> None:
    with pytest.raises(ValueError, match="no reply"):
        put_together()


def test_reading_ends_when_a_reply_is_too_long() -> None:
    closed: list[bool] = []

    def endless() -> Generator[ChatGeneration, None, None]:
        try:
            while True:
                yield text("x" * 1000)
        finally:
            closed.append(True)

    reply = assemble(endless())
    assert reply.too_long
    assert len(reply.text) <= MOST_TEXT + 1000
    assert closed == [True]


@pytest.mark.parametrize(
    ("written", "prose"),
    [("<think>17 or 18?</think>\nIt is so.", "It is so."), ("<think>never ends", ""), ("a <think> b", "a <think> b")],
)
def test_leading_thoughts_are_not_the_answer(written: str, prose: str) -> None:
    assert Reply(text=written).prose == prose


@pytest.mark.parametrize(
    ("written", "read"), [("", {}), ("  ", {}), ('{"a": 1}', {"a": 1}), ('"{\\"a\\": 1}"', {"a": 1})]
)
def test_arguments_are_read_as_an_object(written: str, read: dict[str, object]) -> None:
    assert arguments_of(written) == read


@pytest.mark.parametrize(
    "written",
    ["{bad", "[1]", "null", "3", '"text"', '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', "[" * 5000, '{"a":' * 900],
)
def test_arguments_that_are_no_object_travel_as_text(written: str) -> None:
    assert arguments_of(written) == {NOT_JSON: written[:500]}


@given(st.text())
def test_any_arguments_give_an_object_that_can_be_stored(written: str) -> None:
    assert str(arguments_of(written)).encode(errors="strict")


def test_name_that_cannot_be_shown_is_cleaned_and_cut() -> None:
    assert RawCall(name="rm\x00\n\ud800" + "x" * 100).tool == "rm" + "x" * 62
    assert RawCall().tool == "unnamed"
