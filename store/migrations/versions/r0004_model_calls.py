"""What calls of models take, reserved before and settled after each."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _large(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "model_call",
        *_text("id", "at", "day", "until", "state", "person", "conversation", "question", "model", "endpoint"),
        *_large("tokens", "pico_usd", "worst_tokens", "worst_pico_usd"),
        sa.Column("priced", sa.Integer(), nullable=False),
        *_large("read", "cached", "cache_written", "written", "reasoning"),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("day", "conversation", "question"):
        op.create_index(f"ix_model_call_{name}", "model_call", [name])
