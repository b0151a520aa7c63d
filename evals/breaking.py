"""A cloud that refuses one call when told to: the answer is EC2's own, and comes from where the client sends its request."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from finops.actions import Action
from finops.ports import Executor
from gateway.proposals import Proposals

_ANSWER = (
    b"<Response><Errors><Error><Code>InsufficientInstanceCapacity</Code><Message>There is no capacity.</Message></Error></Errors>"
    b"<RequestID>0</RequestID></Response>"
)


class _Body:
    """The body of an answer, as botocore reads it."""

    def stream(self, **_: object) -> Any:
        """Give it whole."""
        yield _ANSWER


def breakable(door: Proposals, broken: Callable[[], str]) -> Proposals:
    """Return the door over executors whose AWS refuses the call that `broken` names at the time."""
    of, known = door.executor, set[int]()

    def refuse(event_name: str, **_: object) -> AWSResponse | None:
        return refused(event_name, broken())

    def executor(action: Action) -> Executor:
        found = of(action)
        clients: Any = getattr(found, "clients", None)
        # A case that breaks nothing pays for no client.
        for once in (False, True) if clients and broken() else ():
            client = clients.client("ec2", action.target.region, once=once)
            if id(client) not in known:
                known.add(id(client))
                client.meta.events.register("before-send.ec2", refuse)
        return found

    return replace(door, executor=executor)


def refused(event_name: str, broken: str) -> AWSResponse | None:
    """Return EC2's refusal of the call `broken`, None for any other, as a handler of `before-send` does."""
    if not broken or not event_name.endswith(f".{broken}"):
        return None
    return AWSResponse("http://127.0.0.1", 400, HTTPHeaders(), _Body())
