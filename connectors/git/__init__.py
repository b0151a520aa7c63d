"""Git: the executor of changes of code. Costs two parsers; imported only where something acts or observes."""

from collections.abc import Mapping
from pathlib import Path

from connectors.git.executor import GitExecutor
from finops.repositories import Repositories

__all__ = ["GitExecutor", "executor_of"]


def executor_of(repositories: Repositories, *, folder: Path, live: bool, environment: Mapping[str, str]) -> GitExecutor:
    """Return the executor for the repositories that the settings name; its clones live below `folder`."""
    return GitExecutor(repositories, folder, live, environment)
