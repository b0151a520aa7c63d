"""Every test of `tests/unit/gateway/test_dossier.py`, over records in PostgreSQL."""

from tests.unit.gateway.test_dossier import *  # noqa: F403  # pyright: ignore[reportWildcardImportFromLibrary]
