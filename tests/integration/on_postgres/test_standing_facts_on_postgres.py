"""Every test of `tests/unit/gateway/test_standing_facts.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_standing_facts import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
