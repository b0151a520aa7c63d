"""Session tokens: who a person is, signed with the home's key. Light on purpose: reading imports this and no records.

A token is `PAYLOAD.SIGNATURE`, both base64url: JSON `{name, role, local, expires, id}` and its HMAC-SHA256. What acts asks the records
again (`gateway.people.acting`); the token alone lets a person read, until it expires or `forget` has ended it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from finops.errors import Unauthenticated
from finops.people import Principal
from finops.query import Frozen
from gateway.clock import utc_now
from gateway.home import Home

LIFE: Final = timedelta(hours=12)
LOCAL_LIFE: Final = timedelta(days=30)
_KEY_BYTES = 32
_LONGEST = 4096


class Claims(Frozen):
    """What a token says; `expires` is in whole seconds since 1970, UTC. No two tokens have the same `id`."""

    name: str
    role: str
    local: bool
    expires: int
    id: str = Field(default="", description="empty in a token of before there were ids, which cannot be ended")

    def principal(self) -> Principal:
        """Return who it names. Raises pydantic's `ValidationError` for a role that there is not."""
        return Principal.model_validate(self.model_dump(exclude={"expires", "id"}))


def sign(home: Home, principal: Principal, *, expires: datetime) -> str:
    """Return a token that is good for `principal` until `expires`."""
    claims = {**principal.model_dump(), "expires": int(expires.timestamp()), "id": secrets.token_hex(8)}
    payload = _encode(json.dumps(claims, sort_keys=True, separators=(",", ":")).encode())
    return f"{payload}.{_encode(_signature(home, payload))}"


def claims_of(home: Home, token: str, *, now: datetime | None = None) -> Claims:
    """Return what a token says where its signature holds and it has not expired or been ended; raises `Unauthenticated`."""
    payload, _, signature = token.strip()[:_LONGEST].partition(".")
    if not hmac.compare_digest(_decode(signature), _signature(home, payload)):
        raise Unauthenticated("the session does not hold", fix="log in with `toll login NAME`")
    claims = Claims.model_validate_json(_decode(payload))
    if claims.expires <= (now or utc_now()).timestamp():
        raise Unauthenticated(
            f"the session of `{claims.name}` has expired", fix=f"log in with `toll login {claims.name}`"
        )
    if claims.id and claims.id in _ended(home):
        raise Unauthenticated(
            f"the session of `{claims.name}` was ended", fix=f"log in with `toll login {claims.name}`"
        )
    return claims


def authenticate(home: Home, token: str, *, now: datetime | None = None) -> Principal:
    """Return who a token is good for; raises `Unauthenticated` where it is forged, damaged or expired."""
    claims = claims_of(home, token, now=now)
    try:
        return claims.principal()
    except ValidationError as error:
        raise Unauthenticated("the session does not hold", fix="log in with `toll login NAME`") from error


def principal_from_cli(home: Home, *, now: datetime | None = None) -> Principal:
    """Return who the command line acts as: by the session kept in the home, renewed in local mode; raises `Unauthenticated`."""
    try:
        token = home.session.read_text(encoding="utf-8")
        return authenticate(home, token, now=now)
    except (OSError, UnicodeDecodeError, Unauthenticated) as error:
        # Only a first start, or the end of a session, pays for the records.
        from gateway.people import renew_local  # noqa: PLC0415

        renewed = renew_local(home, now=now)
        if renewed:
            return renewed
        if isinstance(error, Unauthenticated):
            raise
        raise Unauthenticated("nobody is logged in here", fix="log in with `toll login NAME`") from error


def save(home: Home, token: str) -> None:
    """Keep a token as the command line's own, readable by the owner only."""
    _write(home.session, token.encode())


def forget(home: Home) -> None:
    """Log the command line out; its token no longer holds on any other face either."""
    try:
        claims = claims_of(home, home.session.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Unauthenticated):
        claims = None
    if claims is not None and claims.id:
        _end(home, claims.id)
    home.session.unlink(missing_ok=True)


def _ended(home: Home) -> frozenset[str]:
    try:
        return frozenset(home.ended_sessions.read_text(encoding="ascii").split())
    except FileNotFoundError:
        return frozenset()


def _end(home: Home, session_id: str) -> None:
    # One short line appended: two that log out at once lose neither, and nothing is ever taken out again.
    handle = os.open(home.ended_sessions, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(f"{session_id}\n".encode("ascii"))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _signature(home: Home, payload: str) -> bytes:
    return hmac.new(_key(home), payload.encode(errors="surrogatepass"), hashlib.sha256).digest()


def _key(home: Home) -> bytes:
    """Return the home's key, made at first use."""
    if not home.key.exists():
        _make(home.key)
    key = home.key.read_bytes()
    if len(key) != _KEY_BYTES:
        raise Unauthenticated(f"the key `{home.key}` is damaged", fix="delete it and log in again")
    return key


def _make(path: Path) -> None:
    """Write a new key where there is none. Two that start at once end with one and the same key."""
    draft = _draft(path, secrets.token_bytes(_KEY_BYTES))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _write(path: Path, content: bytes) -> None:
    _draft(path, content).replace(path)


def _draft(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return draft
