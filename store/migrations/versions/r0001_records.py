"""People, proposals, approvals, executions, conversations and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

ZERO = "0" * 64


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def upgrade() -> None:
    """Make every table, and the head of an empty log."""
    op.create_table(
        "person", *_text("name", "role", "origin", "secret", "created"), sa.PrimaryKeyConstraint("name")
    )  # fmt: skip
    op.create_table(
        "proposal", *_text("id", "state", "hash", "created", "expires", "arguments", "observed", "body"),
        sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    op.create_table(
        "approval", *_text("id", "proposal", "hash", "approver", "at", "expires", "reason", "spent"),
        sa.PrimaryKeyConstraint("id"), sa.ForeignKeyConstraint(["proposal"], ["proposal.id"]),
    )  # fmt: skip
    op.create_table(
        "execution", *_text("key", "proposal", "kind", "person", "at", "ended", "calls", "before", "after"),
        *_number("verified"), *_text("error"),
        sa.PrimaryKeyConstraint("key"), sa.ForeignKeyConstraint(["proposal"], ["proposal.id"]),
    )  # fmt: skip
    op.create_table(
        "conversation", *_text("id", "person", "title", "created"),
        sa.PrimaryKeyConstraint("id"), sa.ForeignKeyConstraint(["person"], ["person.name"]),
    )  # fmt: skip
    op.create_table(
        "message", *_text("conversation"), *_number("position"), *_text("author", "at", "body"),
        sa.PrimaryKeyConstraint("conversation", "position"),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"]),
    )  # fmt: skip
    op.create_table(
        "audit_event", sa.Column("seq", sa.Integer(), nullable=False, autoincrement=False),
        *_text("at", "actor", "kind", "subject", "payload", "previous", "hash"), sa.PrimaryKeyConstraint("seq"),
    )  # fmt: skip
    head = op.create_table(
        "audit_head", sa.Column("id", sa.Integer(), nullable=False, autoincrement=False), *_number("seq"),
        *_text("hash"), sa.PrimaryKeyConstraint("id"),
    )  # fmt: skip
    for table, column in (
        ("proposal", "state"), ("proposal", "hash"), ("proposal", "created"), ("approval", "proposal"),
        ("execution", "proposal"), ("conversation", "person"), ("audit_event", "subject"),
    ):  # fmt: skip
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": ZERO}])
