"""What every handler is given: the home, who asks, and a thread in which the rooms below may block."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from mcp.server.context import ServerRequestContext
from pydantic import ValidationError

from finops.people import Principal
from gateway.home import Home

Context = ServerRequestContext[Any, Any]
"""One request as the SDK hands it on; its `Any`s are the SDK's own."""

T = TypeVar("T")
# Each may hold a result set: as many at once as a small machine bears, the rest wait their turn.
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Desk:
    """`who` says who asks: by the command line's session, or by the credential of this very request; raises `Unauthenticated`."""

    home: Home
    who: Callable[[Context], Principal]
    _limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_AT_ONCE))

    async def call(self, context: Context, work: Callable[[Principal], T]) -> T:
        """Run `work` for who asks. One that was begun is not abandoned when the client cancels: it may be recording a proposal."""

        def run() -> T:
            try:
                return work(self.who(context))
            except ValidationError as error:
                # The SDK takes one for the client's mistake; by now it can only be ours.
                raise RuntimeError("a value of our own does not fit its model") from error

        return await anyio.to_thread.run_sync(run, limiter=self._limiter)
