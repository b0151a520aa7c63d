"""People: made, given secrets, logged in, and asked for again in the records before anything acts. Costs the ORM; see session.py."""

import base64
import hashlib
import hmac
import os
import pwd
import re
import secrets
from datetime import UTC, datetime
from typing import cast, get_args

from sqlmodel import Session

from finops.canonical import digest
from finops.errors import BadInput, StateConflict, Unauthenticated, UnknownName
from finops.people import Principal, Role, require
from finops.query import Frozen
from gateway import session as tokens
from gateway.clock import clock_of
from gateway.home import Home
from store.records import Records, people
from store.records.database import utc_now

_COST = {"n": 2**14, "r": 8, "p": 1}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class Person(Frozen):
    """A person as others may see them."""

    name: str
    role: Role
    origin: str
    created: datetime
    has_secret: bool


def open_records(home: Home) -> Records:
    """Open the home's records."""
    # The home's clock: a log with two clocks in it would be out of order.
    return Records.open(home.database_url, clock=clock_of(home))


def ensure_local_person(home: Home) -> tuple[Principal, bool]:
    """Return the one person of local mode, made where there is nobody, and whether they were made now.

    Writes a new session for them. Raises `Unauthenticated` where there are several people: then each logs in.
    """
    records = open_records(home)
    now = records.clock()
    with records.write() as session:
        everybody = people.all_people(session)
        made = not everybody
        if made:
            name = _os_user()
            everybody = [people.add(session, name=name, role="admin", origin="os", secret="", actor=name, at=now)]
        row = people.find(session, everybody[0].name)
    # With records that several homes share, another OS user is not the one who was made at first start.
    if row is None or len(everybody) != 1 or row.origin != "os" or row.name != _os_user():
        raise Unauthenticated("there are several people here", fix="log in with `toll login NAME`")
    principal = Principal(name=row.name, role=cast(Role, row.role), local=True)
    tokens.save(home, tokens.sign(home, principal, expires=utc_now() + tokens.LOCAL_LIFE))
    return principal, made


def renew_local(home: Home, *, now: datetime | None = None) -> Principal | None:
    """Return the person of local mode with a new session, None where each person has to log in."""
    del now  # the records' own clock dates the session
    try:
        return ensure_local_person(home)[0]
    except Unauthenticated:
        return None


def add_person(home: Home, principal: Principal, name: str, role: str) -> str:
    """Add a person and return their secret, which is kept only hashed and can be shown this once."""
    if role not in get_args(Role):
        raise UnknownName("role", role, get_args(Role))
    if not _NAME.fullmatch(name):
        raise BadInput(f"`{name[:80]}` is not a name", fix="use 1 to 64 letters, digits, `.`, `_`, `@` or `-`")
    secret = secrets.token_urlsafe(24)
    records = open_records(home)
    hashed = _hash(secret)
    with records.write() as session:
        actor = acting(session, principal)
        require(actor, "manage_people")
        if people.find(session, name):
            raise StateConflict(
                f"`{name}` exists already", fix="give another name, or a new secret with `toll user secret NAME`"
            )
        people.add(session, name=name, role=role, origin="added", secret=hashed, actor=actor.name, at=records.clock())
    _no_longer_local(home)
    return secret


def new_secret(home: Home, principal: Principal, name: str) -> str:
    """Give a person, oneself included, a new secret and return it; the old one no longer holds."""
    secret = secrets.token_urlsafe(24)
    records = open_records(home)
    hashed = _hash(secret)
    with records.write() as session:
        actor = acting(session, principal)
        require(actor, "manage_people")
        row = people.find(session, name)
        if row is None:
            raise UnknownName("person", name, [person.name for person in people.all_people(session)])
        people.set_secret(session, row, secret=hashed, actor=actor.name, at=records.clock())
    return secret


def list_people(home: Home) -> tuple[Person, ...]:
    """Return everybody, by name."""
    with open_records(home).read() as session:
        return tuple(
            Person(name=row.name, role=cast(Role, row.role), origin=row.origin,
                   created=datetime.fromisoformat(row.created), has_secret=bool(row.secret))
            for row in people.all_people(session)
        )  # fmt: skip


def login(home: Home, name: str, secret: str) -> str:
    """Return a token for the person called `name`; raises `Unauthenticated`, in the same words whatever is wrong."""
    records = open_records(home)
    with records.read() as session:
        row = people.find(session, name[:64])
    # Hashed in any case, so that the time it takes does not tell who exists.
    holds = _matches(secret, row.secret if row and row.secret else _NOBODY)
    if row is None or not row.secret or not holds:
        raise Unauthenticated("name or secret is wrong", fix="ask an admin for a new secret")
    principal = Principal(name=row.name, role=cast(Role, row.role))
    return tokens.sign(home, principal, expires=utc_now() + tokens.LIFE)


def owner_login(home: Home, name: str) -> str:
    """Return a token for the person made at first start who never got a secret: their proof is to be the home's OS owner.

    `name` is whom they say they are. For the command line only, never for a face that others reach. Raises `Unauthenticated`.
    """
    records = open_records(home)
    with records.read() as session:
        row = people.find(session, name)
        alone = people.count(session) == 1
    if row is None or name != _os_user() or row.origin != "os" or row.secret or home.path.stat().st_uid != os.getuid():
        raise Unauthenticated("name or secret is wrong", fix="ask an admin for a new secret")
    principal = Principal(name=row.name, role=cast(Role, row.role), local=alone)
    return tokens.sign(home, principal, expires=utc_now() + (tokens.LOCAL_LIFE if alone else tokens.LIFE))


def acting(session: Session, principal: Principal) -> Principal:
    """Return who `principal` is by the records now: their role, and whether they are alone. Raises `Unauthenticated`.

    INVARIANT: everything that changes something asks this first; a token only says who asks.
    """
    row = people.find(session, principal.name)
    if row is None:
        raise Unauthenticated(f"`{principal.name}` is not in the records", fix="log in with `toll login NAME`")
    local = principal.local and row.origin == "os" and people.count(session) == 1
    return Principal(name=row.name, role=cast(Role, row.role), local=local)


def standing(session: Session, name: str) -> Principal:
    """Return who the person called `name` is by the records alone, for judging what they did earlier."""
    return acting(session, Principal(name=name, role="analyst", local=True))


def _no_longer_local(home: Home) -> None:
    """Take local mode out of the command line's own session: there are several people now."""
    try:
        claims = tokens.claims_of(home, home.session.read_text(encoding="utf-8"))
        principal = claims.principal().model_copy(update={"local": False})
    except (OSError, Unauthenticated):
        return
    tokens.save(home, tokens.sign(home, principal, expires=datetime.fromtimestamp(claims.expires, tz=UTC)))


def _os_user() -> str:
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = f"uid-{os.getuid()}"
    return re.sub(r"[^A-Za-z0-9._@-]", "-", name).lstrip("._@-")[:64] or f"uid-{os.getuid()}"


def _hash(secret: str, salt: bytes | None = None) -> str:
    salt = salt or secrets.token_bytes(16)
    hashed = hashlib.scrypt(secret.encode(errors="surrogatepass"), salt=salt, dklen=32, **_COST)
    parts = [base64.b64encode(part).decode() for part in (salt, hashed)]
    return "$".join(["scrypt", *(str(_COST[name]) for name in ("n", "r", "p")), *parts])


def _matches(secret: str, stored: str) -> bool:
    salt = base64.b64decode(stored.split("$")[4])
    return hmac.compare_digest(_hash(secret[:1024], salt), stored)


_NOBODY = "$".join(
    ["scrypt", *(str(_COST[name]) for name in ("n", "r", "p")), "AAAAAAAAAAAAAAAAAAAAAA==", digest("nobody")]
)
