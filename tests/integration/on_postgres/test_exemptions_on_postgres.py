"""Every test of `tests/unit/gateway/test_exemptions.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_exemptions import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
