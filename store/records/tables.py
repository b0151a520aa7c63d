"""The tables of the records. Every column is text or an integer, so that what is hashed is what is stored.

INVARIANT: rows of `GUARDED` tables are written only together with an audit event that carries their digest (guard.py).
"""

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class PersonRow(SQLModel, table=True):
    """A person. `origin` is `os` for the one made at first start, `added` for the others; `secret` is empty or scrypt."""

    __tablename__: ClassVar[str] = "person"  # pyright: ignore[reportIncompatibleVariableOverride]

    name: str = Field(primary_key=True)
    role: str
    origin: str
    secret: str
    created: str


class ProposalRow(SQLModel, table=True):
    """A proposal. `arguments` is the input of the tool that drafted it, `observed` the target then, `body` the rest of it.

    The columns from `action_hash` on are what limits count by: `amount` in micro-units of `currency` rounded up, `reserved` the
    moment it takes from the limits at, `moved` when it came into its state. A proposal is its own reservation: there is no other.
    """

    __tablename__: ClassVar[str] = "proposal"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True)
    state: str = Field(index=True)
    hash: str = Field(index=True)
    created: str = Field(index=True)
    expires: str
    arguments: str
    observed: str
    body: str
    action_hash: str = Field(default="", index=True)
    kind: str = ""
    resource: str = Field(default="", index=True)
    owner: str = ""
    currency: str = ""
    amount: int = Field(default=0, sa_type=BigInteger)
    reserved: str = Field(default="", index=True)
    moved: str = ""
    replaces: str = ""


class ApprovalRow(SQLModel, table=True):
    """A person's yes to one hash. `spent` is empty, or how it was used up: `executed` or `void`."""

    __tablename__: ClassVar[str] = "approval"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True)
    proposal: str = Field(foreign_key="proposal.id", index=True)
    hash: str
    approver: str
    at: str
    expires: str
    reason: str
    spent: str


class ExecutionRow(SQLModel, table=True):
    """One run of a proposal (`apply`) or of its undo. `before` is kept before anything is called; `ended` is empty until it ends."""

    __tablename__: ClassVar[str] = "execution"  # pyright: ignore[reportIncompatibleVariableOverride]

    key: str = Field(primary_key=True)
    proposal: str = Field(foreign_key="proposal.id", index=True)
    kind: str
    person: str
    at: str = Field(index=True)
    ended: str
    calls: str
    before: str
    after: str
    verified: int
    error: str


class ExemptionRow(SQLModel, table=True):
    """A resource its owner wants left alone through `until`. `lifted` is empty, or when and by whom it was taken back."""

    __tablename__: ClassVar[str] = "exemption"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True)
    resource_id: str = Field(index=True)
    until: str
    reason: str
    person: str
    at: str
    lifted: str


class StandingFactRow(SQLModel, table=True):
    """What a person told of their company: `pending` or `confirmed`. `about` is what it is about, `body` the fact as canonical JSON."""

    __tablename__: ClassVar[str] = "standing_fact"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="person.name", index=True)
    scope: str
    about: str
    body: str
    said: str
    state: str
    stated: str
    confirmed: str
    confirmed_by: str
    replaces: str


class ConversationRow(SQLModel, table=True):
    """One conversation of one person."""

    __tablename__: ClassVar[str] = "conversation"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True)
    person: str = Field(foreign_key="person.name", index=True)
    title: str
    created: str


class MessageRow(SQLModel, table=True):
    """One message of a conversation, `position` from 1; `body` is canonical JSON."""

    __tablename__: ClassVar[str] = "message"  # pyright: ignore[reportIncompatibleVariableOverride]

    conversation: str = Field(foreign_key="conversation.id", primary_key=True)
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    author: str
    at: str
    body: str


class ModelCallRow(SQLModel, table=True):
    """One attempt at a model: `reserved`, then `settled`, `released` or, where nobody knows what it took, `presumed` at its worst.

    `tokens` and `pico_usd` (10^-12 USD) are what counts against the caps now, `worst_*` what was reserved; `priced` is 0 where the
    model has no price. Not guarded: a counter that is written at each attempt, and grants nothing (docs/adr/0009).
    """

    __tablename__: ClassVar[str] = "model_call"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: str = Field(primary_key=True)
    at: str
    day: str = Field(index=True)
    until: str
    state: str
    person: str
    conversation: str = Field(index=True)
    question: str = Field(index=True)
    model: str
    endpoint: str
    tokens: int = Field(sa_type=BigInteger)
    pico_usd: int = Field(sa_type=BigInteger)
    worst_tokens: int = Field(sa_type=BigInteger)
    worst_pico_usd: int = Field(sa_type=BigInteger)
    priced: int
    read: int = Field(sa_type=BigInteger)
    cached: int = Field(sa_type=BigInteger)
    cache_written: int = Field(sa_type=BigInteger)
    written: int = Field(sa_type=BigInteger)
    reasoning: int = Field(sa_type=BigInteger)


class AuditEvent(SQLModel, table=True):
    """One entry of the log. `hash` covers every other column, `previous` among them."""

    __tablename__: ClassVar[str] = "audit_event"  # pyright: ignore[reportIncompatibleVariableOverride]

    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str
    actor: str
    kind: str
    subject: str = Field(index=True)
    payload: str
    previous: str
    hash: str


class AuditHead(SQLModel, table=True):
    """The last entry, in one row: what makes a log that was cut off show."""

    __tablename__: ClassVar[str] = "audit_head"  # pyright: ignore[reportIncompatibleVariableOverride]

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int
    hash: str


Guarded = (
    PersonRow | ProposalRow | ApprovalRow | ExecutionRow | ExemptionRow | StandingFactRow | ConversationRow | MessageRow
)
GUARDED: tuple[type[Guarded], ...] = (
    PersonRow, ProposalRow, ApprovalRow, ExecutionRow, ExemptionRow, StandingFactRow, ConversationRow, MessageRow,
)  # fmt: skip
# Columns that came after the first release: where one holds what it began with, the row hashes as it did before.
LATER: dict[str, dict[str, str | int]] = {
    "proposal": {
        "action_hash": "", "kind": "", "resource": "", "owner": "", "currency": "", "amount": 0, "reserved": "", "moved": "",
        "replaces": "",
    },
}  # fmt: skip
METADATA = SQLModel.metadata
