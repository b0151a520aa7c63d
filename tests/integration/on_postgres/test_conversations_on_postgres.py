"""Every test of `tests/unit/gateway/test_conversations.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_conversations import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
