"""Who looks at a page, and through what: handed to every part of it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from app.web.services import Services
from app.web.sessions import Sessions, sentence
from finops.errors import TollError
from finops.people import PERMISSIONS, Permission, Principal

log = logging.getLogger("tollkeeper.web")
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Viewer:
    """One page of one signed-in person."""

    principal: Principal
    token: str
    services: Services
    sessions: Sessions

    def may(self, permission: Permission) -> bool:
        """Tell whether a button is worth showing; what is allowed is decided behind the gateway."""
        return permission in PERMISSIONS[self.principal.role]

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in a thread, after checking that the session still holds: a page can stay open for days."""

        def run() -> T:
            self.sessions.person(self.token)
            return function(*args, **kwargs)

        return await asyncio.to_thread(run)


def explain(error: Exception) -> str:
    """Return the one sentence a person reads; what nobody foresaw goes to the log, not to the page."""
    if isinstance(error, TollError):
        return sentence(error)
    log.error("a page failed", exc_info=error)
    return "Something failed that should not have; the log of `toll serve` says what."
