"""Standing facts, which people told and confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"

_NAMES = ("id", "person", "scope", "about", "body", "said", "state", "stated", "confirmed", "confirmed_by", "replaces")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "standing_fact", *(sa.Column(name, sa.String(), nullable=False) for name in _NAMES),
        sa.PrimaryKeyConstraint("id"), sa.ForeignKeyConstraint(["person"], ["person.name"]),
    )  # fmt: skip
    op.create_index("ix_standing_fact_person", "standing_fact", ["person"])
