"""The server: one thread a connection, steps served in the order requests arrive."""

import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from types import TracebackType
from typing import Self, cast

from pydantic import JsonValue

from evals.scripted_endpoint.steps import Fault, Garbage, Reply, Script, Step
from evals.scripted_endpoint.wire import completion, events

_AZURE = re.compile(r"/openai/deployments/[^/]+/chat/completions")


def closed_base_url() -> str:
    """Return the address of an endpoint that is down: a loopback port where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"


class ScriptedEndpoint:
    """Serves a script on a loopback port while the context lasts. A script that has run out answers 500 and says so.

    `requests` holds the bodies received, `headers` their headers in lower case, `paths` where they went, `left` the
    number of steps not yet served.
    """

    def __init__(self, script: Script, *, port: int = 0) -> None:
        self._script: list[Step] = list(script)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.requests: list[dict[str, JsonValue]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.endpoint = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def base_url(self) -> str:
        """What `OPENAI_BASE_URL` is to be."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def connections(self) -> int:
        """Connections made so far, for whatever they were used."""
        return self._server.connections

    @property
    def left(self) -> int:
        """Steps not yet served."""
        return len(self._script)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self) -> None:
        """Serve until the process is interrupted."""
        self._thread.join()

    def take(self, body: dict[str, JsonValue], headers: dict[str, str]) -> tuple[int, Reply | Fault | Garbage]:
        """Record a request and return its number with the step that answers it."""
        with self._lock:
            self.requests.append(body)
            self.headers.append(headers)
            number = len(self.requests)
            if not self._script:
                return number, Fault(fault="status", status=500, message="the script has no step left")
            step = self._script.pop(0)
        return number, step(body) if callable(step) else step

    def pause(self, seconds: float) -> bool:
        """Wait, and tell whether the endpoint is still up afterwards."""
        return not self._stop.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    endpoint: ScriptedEndpoint
    connections = 0

    def verify_request(self, request: object, client_address: object) -> bool:
        """Count a connection, whatever it will say."""
        self.connections += 1
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay silent."""

    def do_GET(self) -> None:
        if self.path.rstrip("/") == "/v1/models":
            self._send(200, json.dumps({"object": "list", "data": [{"id": "scripted", "object": "model"}]}))
        else:
            self._send(404, _error("no such path", None))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path, _, query = self.path.partition("?")
        # Azure's dated API has the deployment in the path and its version after it.
        if path != "/v1/chat/completions" and not (_AZURE.fullmatch(path) and query.startswith("api-version=")):
            self._send(404, _error("no such path", None))
            return
        body = cast(dict[str, JsonValue], json.loads(raw))
        self.server.endpoint.paths.append(self.path)
        number, step = self.server.endpoint.take(body, {key.lower(): value for key, value in self.headers.items()})
        if isinstance(step, Reply):
            self._reply(step, number, body)
        elif isinstance(step, Garbage):
            self._send(200, step.body * step.repeat, {"Content-Type": step.content_type})
        else:
            self._fail(step, number, body)

    def _fail(self, step: Fault, number: int, body: dict[str, JsonValue]) -> None:
        if step.fault == "status":
            self._send(step.status, _error(step.message, step.code), step.headers)
        elif step.fault == "hang_up":
            self._hang_up()
        elif step.fault == "cut_off":
            self._cut_off(step.reply, number, body)
        elif step.fault == "dribble":
            self._dribble(step.seconds)
        elif self.server.endpoint.pause(step.seconds):
            self._reply(step.reply, number, body)

    def _reply(self, reply: Reply, number: int, body: dict[str, JsonValue]) -> None:
        if body.get("stream"):
            self._begin_stream()
            for event in _lines(reply, number, body):
                self._piece(event)
            self._piece("data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")
        else:
            self._send(200, json.dumps(completion(reply, number=number, model=str(body.get("model")))))

    def _cut_off(self, reply: Reply, number: int, body: dict[str, JsonValue]) -> None:
        if body.get("stream"):
            self._begin_stream()
            for event in islice(_lines(reply, number, body), 2):
                self._piece(event)
        else:
            whole = json.dumps(completion(reply, number=number, model=str(body.get("model")))).encode()
            self._head(200, {"Content-Type": "application/json", "Content-Length": str(len(whole))})
            self.wfile.write(whole[: len(whole) // 2])
        self._hang_up()

    def _dribble(self, seconds: float) -> None:
        self._begin_stream()
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.server.endpoint.pause(0.1):
            self._piece(": keepalive\n\n")
        self._hang_up()

    def _hang_up(self) -> None:
        # No linger: the client sees a reset at once, as when a process dies.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()

    def _begin_stream(self) -> None:
        self._head(200, {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"})

    def _piece(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        data = text.encode()
        self._head(status, {"Content-Type": "application/json", "Content-Length": str(len(data))} | (headers or {}))
        self.wfile.write(data)


def _lines(reply: Reply, number: int, body: dict[str, JsonValue]) -> Iterator[str]:
    options = body.get("stream_options")
    with_usage = isinstance(options, dict) and options.get("include_usage") is True
    for event in events(reply, number=number, model=str(body.get("model")), with_usage=with_usage):
        yield f"data: {json.dumps(event)}\n\n"


def _error(message: str, code: str | None) -> str:
    return json.dumps({"error": {"message": message, "type": "scripted", "param": None, "code": code}})
