"""A real HTTP proxy before an AWS simulator: records the calls that go through, and breaks off or talks nonsense when told to."""

import json
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import parse_qsl

READS = ("Describe", "AssumeRole")


@dataclass(frozen=True)
class Request:
    """One request as it was sent: its action, its fields, and the access key that signed it."""

    action: str
    fields: dict[str, Any]
    key_id: str


@dataclass
class Cut:
    """Break off at the change of this number, counted from 0: before it is made, while it is answered, or after that.

    With `lost`, the answer alone is lost, and what comes later is answered.
    """

    at: int
    when: Literal["before", "during", "after", "lost"]


class AwsProxy:
    """`down_after` is the action after which no connection is answered; `answers` replaces the answer to an action."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.calls: list[str] = []
        self.requests: list[Request] = []
        self.down = False
        self.down_after = ""
        self.cut: Cut | None = None
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.edits: dict[str, Callable[[bytes], bytes]] = {}
        self.pauses: dict[str, threading.Event] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def changes(self) -> Counter[str]:
        """The calls that change something, and how often each was made."""
        return Counter(call for call in self.calls if not call.startswith(READS))

    def up(self) -> None:
        """Answer again."""
        self.down, self.down_after, self.cut = False, "", None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: Request, body: bytes, headers: dict[str, str]) -> tuple[int, bytes] | None:
        """Pass a request on and return the answer, None where the connection breaks off."""
        action = request.action
        cut = self.cut if not action.startswith(READS) and self.cut and self.changes.total() == self.cut.at else None
        if cut and cut.when == "before":
            self.down = True
        if self.down:
            return None
        self.calls.append(action)
        self.requests.append(request)
        if action in self.pauses:
            self.pauses[action].wait(20)
        status, answer = self.answers.get(action) or self.forward(body, headers)
        self.down = action == self.down_after or (cut is not None and cut.when != "lost")
        if cut and cut.when in ("during", "lost"):
            return None
        return status, self.edits[action](answer) if action in self.edits else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                given = proxy.answer(_request(body, self.headers), body, dict(self.headers.items()))
                if given is None:
                    self.close_connection = True
                    return
                self.send_response(given[0])
                self.send_header("Content-Length", str(len(given[1])))
                self.end_headers()
                self.wfile.write(given[1])

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        return Handler

    def forward(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kept = {key: value for key, value in headers.items() if key.lower() not in ("host", "content-length")}
        request = urllib.request.Request(self.upstream, data=body, headers=kept, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


def _request(body: bytes, headers: Message) -> Request:
    """Read a request of the query protocol, or of the JSON protocol, which names its action in a header."""
    key_id = str(headers.get("Authorization", "")).partition("Credential=")[2].partition("/")[0]
    target = headers.get("X-Amz-Target")
    if target:
        return Request(target.rpartition(".")[2], cast(dict[str, Any], json.loads(body)), key_id)
    fields = dict(parse_qsl(body.decode()))
    return Request(fields["Action"], fields, key_id)
