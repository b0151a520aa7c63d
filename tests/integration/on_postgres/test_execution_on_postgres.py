"""Every test of `tests/unit/gateway/test_execution.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_execution import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
