"""Every test of `tests/unit/gateway/test_aftercare.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_aftercare import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
