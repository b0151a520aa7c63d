"""Set aside before a model is asked, book what it took after: around each attempt, with nothing charged twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent.answer import ModelCost
from agent.planners.guard import Guard
from agent.planners.model_price import Spent, price, worst_price
from agent.planners.model_settings import ModelSettings
from finops.errors import Unauthenticated, Unavailable
from finops.ports import Clock
from finops.spend import Account, Attempt, Reservation, Tokens


@dataclass(slots=True)
class Ticket:
    """One attempt that was set aside. `near` says which cap leaves no room for another like it."""

    reservation: Reservation | None
    near: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Till:
    """The till of one planner. Without a guard nothing is set aside: a planner that is tried out by itself."""

    settings: ModelSettings
    clock: Clock
    guard: Callable[[], Guard] | None = None

    def open(self, account: Account | None, prompt_bytes: int, seconds: float) -> Ticket:
        """Set the next attempt aside. Raises `Capped`, `Unauthenticated` where nobody is there to book it on."""
        at = self.clock()
        if self.guard is None:
            return Ticket(None, near="", at=at)
        if account is None:
            raise Unauthenticated("nobody is logged in for this run", fix="log in with `toll login`")
        # INVARIANT: no tokenizer makes more tokens of a text than it has bytes, and the endpoint is told where to stop writing.
        worst = Tokens(read=prompt_bytes, written=self.settings.max_tokens)
        usd = worst_price(worst, self.settings, at=at)
        attempt = Attempt(self.settings.model, self.settings.host, worst, usd, seconds)
        reservation = self.guard().reserve(account, attempt)
        return Ticket(reservation, near=reservation.near, at=at)

    def served(self, ticket: Ticket, spent: Spent) -> tuple[ModelCost, str]:
        """Book a whole reply; return what it cost and, where it could not be booked, a sentence that says so."""
        cost = price(spent, self.settings, at=ticket.at)
        if ticket.reservation is None or self.guard is None:
            return cost, ""
        try:
            if spent.counted:
                self.guard().settle(ticket.reservation, spent.booked, cost.value if cost.priced else None)
            else:
                self.guard().presume(ticket.reservation)
        except Unavailable as error:
            # The reply is there and its reservation counts at its worst: nothing is lost by going on.
            return (
                cost,
                f"what `{self.settings.model}` took could not be booked and counts at its worst: {error.message}",
            )
        return cost, ""

    def failed(self, ticket: Ticket, *, unserved: bool) -> None:
        """Give the reservation of a failed attempt back, or keep it at its worst where it may have been charged."""
        if ticket.reservation is None or self.guard is None:
            return
        try:
            (self.guard().release if unserved else self.guard().presume)(ticket.reservation)
        except Unavailable:
            # It stays reserved at its worst until it is too old: never free, and the endpoint's own failure is what is told.
            return
