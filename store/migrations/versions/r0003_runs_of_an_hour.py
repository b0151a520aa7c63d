"""Runs are counted by the hour: found without reading every one there ever was."""

from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    """Index runs by when they began."""
    op.create_index("ix_execution_at", "execution", ["at"])
