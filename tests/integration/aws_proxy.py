"""A real HTTP proxy before an AWS simulator: counts the calls that go through, and goes down or talks nonsense when told to."""

import threading
import urllib.error
import urllib.request
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs


class AwsProxy:
    """`down_after` is the action after which no connection is answered; `answers` replaces the answer to an action."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.calls: list[str] = []
        self.down = False
        self.down_after = ""
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.pauses: dict[str, threading.Event] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def changes(self) -> Counter[str]:
        """The calls that change something, and how often each was made."""
        return Counter(call for call in self.calls if not call.startswith("Describe"))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                action = parse_qs(body.decode())["Action"][0]
                if proxy.down:
                    self.connection.close()
                    return
                proxy.calls.append(action)
                if action in proxy.pauses:
                    proxy.pauses[action].wait(20)
                status, answer = proxy.answers.get(action) or proxy.forward(body, dict(self.headers.items()))
                if action == proxy.down_after:
                    proxy.down = True
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

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
