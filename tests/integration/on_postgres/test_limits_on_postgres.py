"""Every test of `tests/unit/gateway/test_limits.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_limits import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
