"""The ledger of model calls: what is set aside before each, what it took after, and what the scopes have taken together.

Asked within a transaction that one writer at a time has, so that what is summed up cannot change before a reservation is written.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, asc, col, func, select

from finops.errors import BadInput, UnknownName
from finops.money import EXACT
from finops.spend import Account, Attempt, Tokens
from finops.spend_caps import Scope
from store.records.guard import stamp
from store.records.tables import ModelCallRow

Ending = Literal["settled", "released", "presumed"]
_PICO = 12
_MOST_PICO = 2**62
# An attempt may end a little after its time: the machine was busy, or the records were.
_GRACE = timedelta(minutes=2)


class Taken(NamedTuple):
    """What a scope has taken or set aside."""

    tokens: int
    usd: Decimal


def pico_of(usd: Decimal | None) -> int:
    """Return an amount in 10^-12 USD, rounded up; 0 for None. Raises `BadInput` beyond what a column holds."""
    if usd is None:
        return 0
    with localcontext(EXACT):
        found = int(usd.scaleb(_PICO).to_integral_value(ROUND_CEILING))
    if not 0 <= found < _MOST_PICO:
        raise BadInput(f"a call of `{usd}` USD cannot be booked", fix="check the model's price in the settings")
    return found


def usd_of(pico: int) -> Decimal:
    """Return an amount in USD."""
    return Decimal(pico).scaleb(-_PICO)


def taken(session: Session, account: Account, day: str) -> Mapping[Scope, Taken]:
    """Return what each scope of an account has taken, reservations at their worst; no conversation, no such scope."""
    person = col(ModelCallRow.person) == account.person
    scopes: dict[Scope, tuple[ColumnElement[bool], ...]] = {
        "question": (col(ModelCallRow.question) == account.question,),
        "conversation": (col(ModelCallRow.conversation) == account.conversation, person),
        "person_day": (col(ModelCallRow.day) == day, person),
        "day": (col(ModelCallRow.day) == day,),
    }
    if not account.conversation:
        del scopes["conversation"]
    sums = (func.coalesce(func.sum(ModelCallRow.tokens), 0), func.coalesce(func.sum(ModelCallRow.pico_usd), 0))
    found: dict[Scope, Taken] = {}
    for scope, conditions in scopes.items():
        tokens, pico = session.exec(select(*sums).where(*conditions)).one()
        found[scope] = Taken(int(tokens), usd_of(int(pico)))
    return found


def reserve(session: Session, call_id: str, account: Account, attempt: Attempt, *, at: datetime) -> None:
    """Write down an attempt at its worst, before it is made."""
    tokens, pico = attempt.worst.total, pico_of(attempt.usd)
    session.add(
        ModelCallRow(
            id=call_id, at=stamp(at), day=day_of(at), until=stamp(at + timedelta(seconds=attempt.seconds) + _GRACE),
            state="reserved", person=account.person, conversation=account.conversation, question=account.question,
            model=attempt.model, endpoint=attempt.endpoint, tokens=tokens, pico_usd=pico, worst_tokens=tokens,
            worst_pico_usd=pico, priced=int(attempt.usd is not None), read=0, cached=0, cache_written=0, written=0,
            reasoning=0,
        )
    )  # fmt: skip


def end(
    session: Session, call_id: str, ending: Ending, *, used: Tokens | None = None, usd: Decimal | None = None
) -> bool:
    """Say how an attempt ended and tell whether that was news. Only the first ending counts, but that a presumed one may be settled.

    `presumed` keeps the worst case; `released` takes nothing. Raises `UnknownName`.
    """
    row = session.exec(select(ModelCallRow).where(ModelCallRow.id == call_id).with_for_update()).first()
    if row is None:
        raise UnknownName("model call", call_id, ())
    if row.state in ("settled", "released") or row.state == ending:
        return False
    row.state = ending
    if ending != "presumed":
        tokens = used or Tokens()
        row.tokens, row.pico_usd = tokens.total, pico_of(usd)
        row.read, row.cached, row.cache_written, row.written, row.reasoning = tokens
    session.add(row)
    return True


def age(session: Session, at: datetime) -> None:
    """Presume the worst of what was reserved and never ended: whoever reserved it is dead. It counted at its worst before."""
    lost = update(ModelCallRow).where(col(ModelCallRow.state) == "reserved", col(ModelCallRow.until) < stamp(at))
    session.connection().execute(lost.values(state="presumed"))


def of_day(session: Session, day: str, person: str | None = None) -> list[ModelCallRow]:
    """Return a day's attempts in order, everybody's or one person's."""
    query = select(ModelCallRow).where(ModelCallRow.day == day)
    if person is not None:
        query = query.where(ModelCallRow.person == person)
    return list(session.exec(query.order_by(asc(col(ModelCallRow.at)), asc(col(ModelCallRow.id)))))


def day_of(at: datetime) -> str:
    """Return the UTC day of a moment, ISO 8601."""
    return stamp(at)[:10]
