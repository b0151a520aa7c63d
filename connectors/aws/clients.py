"""boto3 clients: which endpoint, whose credentials, how long to wait; and what their errors mean."""

import ipaddress
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from finops.errors import BadInput, Unavailable

THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "RequestThrottled", "TooManyRequestsException"}
)
CREDENTIALS = frozenset({
    "AuthFailure", "UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "ExpiredToken",
    "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
    "SignatureDoesNotMatch", "OptInRequired",
})  # fmt: skip
TOO_SOON = frozenset({"VolumeModificationRateExceeded"})
SERVER = frozenset(
    {"InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable", "500", "502", "503", "504"}
)


def is_loopback(endpoint: str | None) -> bool:
    """Tell whether an endpoint is on this machine: a simulator, never AWS."""
    try:
        host = urlsplit(endpoint or "").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# Making a client is not thread-safe in boto3; a client is.
_MAKING = Lock()


@cache
def _session(*, simulated: bool) -> Any:
    """Return the one session of each kind: it keeps the descriptions of services; EC2's takes half a second to read."""
    secret = "simulator" if simulated else None
    return boto3.session.Session(aws_access_key_id=secret, aws_secret_access_key=secret)


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials of a session that ends."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    expires: datetime


@dataclass(frozen=True, slots=True)
class Clients:
    """One client a service and region. A simulator gets invented credentials, so that real ones never go to it."""

    endpoint: str | None
    timeout: float
    attempts: int
    _made: dict[tuple[str, str, bool], Any] = field(default_factory=dict[tuple[str, str, bool], Any], repr=False)

    def client(self, service: str, region: str, *, keys: Keys | None = None, once: bool = False) -> Any:
        """Return a client; the same again where it has no `keys` of its own. With `once`, it never repeats a call by itself.

        Raises `Unavailable` where there is no such region or credential.
        """
        with _MAKING, plainly(self.endpoint):
            if keys is not None:
                return self._make(service, region, keys, once=once)
            if (service, region, once) not in self._made:
                self._made[service, region, once] = self._make(service, region, None, once=once)
            return self._made[service, region, once]

    def _make(self, service: str, region: str, keys: Keys | None, *, once: bool) -> Any:
        simulated = is_loopback(self.endpoint)
        config = Config(
            connect_timeout=min(5.0, self.timeout),
            read_timeout=self.timeout,
            retries={"total_max_attempts": 1 if once else self.attempts, "mode": "standard"},
            # A simulator on this machine is not reached through a proxy on another.
            proxies={} if simulated else None,
        )
        own = (
            {"aws_access_key_id": keys.key_id, "aws_secret_access_key": keys.secret, "aws_session_token": keys.token}
            if keys
            else {}
        )
        try:
            return _session(simulated=simulated).client(
                service, region, endpoint_url=self.endpoint, config=config, **own
            )
        except ValueError as error:
            raise BadInput(
                f"`{self.endpoint}` is not an endpoint", fix="set AWS_ENDPOINT_URL to http://HOST:PORT"
            ) from error


@contextmanager
def plainly(endpoint: str | None) -> Generator[None]:
    """Turn what boto3 raises into `Unavailable`, saying what is wrong and what to do."""
    where = f"the AWS API at `{endpoint}`" if endpoint else "the AWS API"
    try:
        yield
    except ClientError as error:
        raise _refusal(where, error) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise Unavailable(
            f"{where} needs credentials and there are none", fix="configure them as for the AWS CLI"
        ) from error
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise Unavailable(f"{where} cannot be reached", fix="check AWS_ENDPOINT_URL and the network") from error
    except ReadTimeoutError as error:
        raise Unavailable(f"{where} did not answer in time", fix="try again") from error
    except ResponseParserError as error:
        raise Unavailable(f"{where} does not talk its protocol", fix="check AWS_ENDPOINT_URL") from error
    except BotoCoreError as error:
        raise Unavailable(f"{where} failed: {error}", fix="try again") from error


def code_of(error: ClientError) -> str:
    """Return the provider's code of an error, such as `InvalidInstanceID.NotFound`."""
    return str(error.response.get("Error", {}).get("Code", "?"))


def _refusal(where: str, error: ClientError) -> Unavailable:
    code = code_of(error)
    if code in THROTTLED:
        return Unavailable(f"{where} limits the rate (`{code}`)", fix="try again in a minute")
    if code in CREDENTIALS:
        return Unavailable(
            f"{where} does not accept the credentials (`{code}`)", fix="check them and their permissions"
        )
    if code in TOO_SOON:
        return Unavailable(f"{where} lets a volume change once in 6 hours (`{code}`)", fix="try again after that")
    if code in SERVER:
        return Unavailable(f"{where} is out of order (`{code}`)", fix="try again in a minute")
    said = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".")[:300]
    return Unavailable(
        f"{where} refused the call (`{code}`): {said}", fix="see the provider's documentation of this code"
    )
