"""The spend guard: no model is called before the most it can take is set aside within every cap. Costs the ORM."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

from finops.errors import Capped
from finops.money import plain, trimmed
from finops.spend import Account, Attempt, Reservation, Tokens
from finops.spend_caps import Cap, Caps, Scope
from gateway.clock import clock_of
from gateway.home import Home
from gateway.models_file import load_models
from store.records import Records, model_calls
from store.records.model_calls import Taken

_NAMES: dict[Scope, str] = {
    "question": "this question",
    "conversation": "this conversation",
    "person_day": "one person a day",
    "day": "everybody a day",
}


@dataclass(frozen=True, slots=True)
class SpendGuard:
    """The ledger of one home. `settings` is where the caps are raised, for messages."""

    records: Records
    caps: Caps
    settings: str = "models.toml"

    def reserve(self, account: Account, attempt: Attempt) -> Reservation:
        """Set an attempt aside at its worst, in the transaction that summed up the scopes. Raises `Capped` where a cap does not carry it.

        INVARIANT: what is settled and what is set aside never exceed a cap together, whoever reserves at the same time.
        """
        with self.records.write() as session:
            at = self.records.clock()
            model_calls.age(session, at)
            taken = model_calls.taken(session, account, model_calls.day_of(at))
            for scope, what in self._over(taken, attempt, times=1):
                raise self._capped(scope, what, taken[scope], attempt)
            near = next((self._near(*over, taken, attempt) for over in self._over(taken, attempt, times=2)), "")
            reservation = Reservation(uuid4().hex, near)
            model_calls.reserve(session, reservation.id, account, attempt, at=at)
        return reservation

    def settle(self, reservation: Reservation, used: Tokens, usd: Decimal | None) -> None:
        """Book what the endpoint counted in place of the reservation; a second time changes nothing."""
        with self.records.write() as session:
            model_calls.end(session, reservation.id, "settled", used=used, usd=usd)

    def release(self, reservation: Reservation) -> None:
        """Give a reservation back: the endpoint provably served nothing."""
        with self.records.write() as session:
            model_calls.end(session, reservation.id, "released")

    def presume(self, reservation: Reservation) -> None:
        """Book the worst case: something was asked, and nobody knows what it took."""
        with self.records.write() as session:
            model_calls.end(session, reservation.id, "presumed")

    def _over(self, taken: Mapping[Scope, Taken], attempt: Attempt, *, times: int) -> Iterator[tuple[Scope, str]]:
        """Yield the caps that do not carry so many of this attempt, and by which measure."""
        for scope, so_far in taken.items():
            cap = self.caps.of(scope)
            if so_far.tokens + attempt.worst.total * times > cap.tokens:
                yield scope, "tokens"
            if attempt.usd is not None and so_far.usd + attempt.usd * times > cap.usd:
                yield scope, "usd"

    def _capped(self, scope: Scope, what: str, taken: Taken, attempt: Attempt) -> Capped:
        return Capped(
            f"the cap of {_cap(self.caps.of(scope), what)} for {_NAMES[scope]} leaves no room: {_taken(taken, what)} used or "
            f"reserved, and a step of `{attempt.model}` may take {_most(attempt, what)}",
            fix=self._fix(scope, what),
        )

    def _near(self, scope: Scope, what: str, taken: Mapping[Scope, Taken], attempt: Attempt) -> str:
        return (
            f"the cap of {_cap(self.caps.of(scope), what)} for {_NAMES[scope]} is near: {_taken(taken[scope], what)} used or "
            f"reserved, and a step may take {_most(attempt, what)}; {self._fix(scope, what)}"
        )

    def _fix(self, scope: Scope, what: str) -> str:
        return f"raise `caps.{scope}.{what}` in `{self.settings}`"


def _usd(amount: Decimal) -> str:
    return f"USD {plain(trimmed(amount))}"


def _tokens(count: int) -> str:
    return f"{count:,} tokens"


def _cap(cap: Cap, what: str) -> str:
    return _usd(cap.usd) if what == "usd" else _tokens(cap.tokens)


def _taken(taken: Taken, what: str) -> str:
    return f"{_usd(taken.usd)} is" if what == "usd" else f"{_tokens(taken.tokens)} are"


def _most(attempt: Attempt, what: str) -> str:
    return _usd(attempt.usd or Decimal(0)) if what == "usd" else _tokens(attempt.worst.total)


def open_guard(home: Home) -> SpendGuard:
    """Return the guard over a home's records, with the caps of its settings file."""
    records = Records.open(home.database_url, clock=clock_of(home))
    return SpendGuard(records, load_models(home).caps, str(home.models))
