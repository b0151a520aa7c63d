"""Every test of `tests/unit/gateway/test_changed_targets.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_changed_targets import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
