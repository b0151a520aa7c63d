"""The names of the graph's threads, and taking a conversation's own out of the checkpoints. Light: no graph is imported."""

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from finops.people import Principal
from gateway.home import Home

if TYPE_CHECKING:
    from gateway.conversations import Conversations

PROPOSAL: Final = "proposal:"
_CONVERSATION = "conversation:"


def conversation_thread(principal: Principal, conversation: str) -> str:
    """Return the thread that a person's conversation is kept in."""
    # INVARIANT: the person is part of the thread's name, so that nobody goes on in another's conversation.
    return f"{_CONVERSATION}{principal.name}:{conversation}"


def forget_conversation(home: Home, principal: Principal, conversation: str) -> None:
    """Take out all that the checkpoints hold of a person's conversation; does nothing where they hold nothing."""
    if not home.checkpoints.exists():
        return
    # Only who deletes something pays for the checkpointer.
    from langgraph.checkpoint.sqlite import SqliteSaver  # noqa: PLC0415

    with closing(sqlite3.connect(home.checkpoints, check_same_thread=False)) as connection:
        # What was deleted is overwritten in the file, instead of staying there until the space is needed.
        connection.execute("PRAGMA secure_delete=ON")
        SqliteSaver(connection).delete_thread(conversation_thread(principal, conversation))
        # The write-ahead log would keep it for a while as well.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def delete_conversation(home: Home, kept: "Conversations", principal: Principal, conversation: str) -> int:
    """Delete a person's conversation from checkpoints and records, and return how many exchanges it had.

    Raises `UnknownName` where it is not their own. The thread goes first: broken off in between, the conversation is still listed
    and is deleted by asking again.
    """
    kept.get(principal, conversation)
    forget_conversation(home, principal, conversation)
    return kept.delete(principal, conversation)
