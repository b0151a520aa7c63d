"""Every test of `tests/unit/gateway/test_proposals.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_proposals import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
