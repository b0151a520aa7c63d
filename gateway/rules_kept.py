"""Rules are kept for good under their version when they first judge something, so that old decisions can be replayed."""

import json
from pathlib import Path

from gateway.home import Home
from policies.engine import Engine


def keep_rules(home: Home, engine: Engine, schema: str) -> None:
    """Keep the rules in force; keeping them again changes nothing."""
    file = _file(home, engine.version)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps({"rules": engine.texts, "schema_text": schema}, ensure_ascii=False), encoding="utf-8")
    draft.replace(file)


def kept_rules(home: Home, version: str) -> str | None:
    """Return what was kept under a version as JSON, None where nothing was."""
    file = _file(home, version)
    return file.read_text(encoding="utf-8") if file.exists() else None


def _file(home: Home, version: str) -> Path:
    return home.path / "policies" / f"{version}.json"
