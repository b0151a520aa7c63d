"""What a planner needs of the spend guard, so that it can be had without the records behind it."""

from decimal import Decimal
from typing import Protocol

from finops.spend import Account, Attempt, Reservation, Tokens


class Guard(Protocol):
    """The ledger behind the door; `gateway.spend_guard.SpendGuard` keeps it in the records."""

    def reserve(self, account: Account, attempt: Attempt) -> Reservation:
        """Set an attempt aside at its worst. Raises `Capped` where a cap does not carry it."""
        ...

    def settle(self, reservation: Reservation, used: Tokens, usd: Decimal | None) -> None:
        """Book what the endpoint counted."""
        ...

    def release(self, reservation: Reservation) -> None:
        """Give a reservation back: nothing was served."""
        ...

    def presume(self, reservation: Reservation) -> None:
        """Book the worst case: nobody knows what it took."""
        ...
