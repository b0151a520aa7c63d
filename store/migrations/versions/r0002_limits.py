"""What limits count proposals by, and exemptions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"

_TEXTS = ("action_hash", "kind", "resource", "owner", "currency", "reserved", "moved", "replaces")


def upgrade() -> None:
    """Add the columns, empty for what was recorded before, and the table."""
    for name in _TEXTS:
        op.add_column("proposal", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("proposal", sa.Column("amount", sa.BigInteger(), nullable=False, server_default="0"))
    for name in ("action_hash", "resource", "reserved"):
        op.create_index(f"ix_proposal_{name}", "proposal", [name])
    names = ("id", "resource_id", "until", "reason", "person", "at", "lifted")
    op.create_table(
        "exemption", *(sa.Column(name, sa.String(), nullable=False) for name in names), sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_exemption_resource_id", "exemption", ["resource_id"])
