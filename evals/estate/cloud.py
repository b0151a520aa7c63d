"""The demo's cloud: an EC2 API on 127.0.0.1 with the estate's instances in it, in a process of its own.

`python -m evals.estate.cloud --world FOLDER` runs it by hand; `start_cloud` runs it as a child that ends with its parent.
"""

import argparse
import http.client
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast
from urllib.parse import urlsplit

from evals.estate.world import FILE, load
from finops.errors import BadInput, Unavailable

HOST = "127.0.0.1"
IDENTITY = "/estate"
LOG = "cloud.log"
_CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Cloud:
    """A demo cloud that answers. `process` is None where another program started it; stopping then leaves it running."""

    endpoint: str
    process: subprocess.Popen[bytes] | None

    def stop(self) -> None:
        """End the process this program started, and wait until it is gone."""
        if self.process is None:
            return
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.terminate()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def require_demo_extra(find: Callable[[str], object | None] = find_spec) -> None:
    """Raise `BadInput` where the packages of the `demo` extra are not installed."""
    for package in ("moto", "flask", "werkzeug"):
        if find(package) is None:
            raise BadInput(
                f"the demo cloud needs the package `{package}`", fix="install it: `pip install tollkeeper[demo]`"
            )


def running(folder: Path) -> str | None:
    """Return the address at which the cloud of the estate in `folder` answers now, None where it does not."""
    endpoint = load(folder).endpoint
    return endpoint if endpoint and _folder_at(endpoint) == str(folder.resolve()) else None


def _folder_at(endpoint: str) -> str | None:
    """Ask who answers at `endpoint`: the port may have gone to another program since."""
    connection = http.client.HTTPConnection(urlsplit(endpoint).netloc, timeout=5)
    try:
        connection.request("GET", IDENTITY)
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return cast(dict[str, str], answer).get("folder") if isinstance(answer, dict) else None


def start_cloud(folder: Path, *, port: int = 0, wait_seconds: float = 60.0) -> Cloud:
    """Return the estate's cloud, started where it does not run yet. It writes what is done to its instances to the world.

    Raises `BadFile` without an estate, `BadInput` without the `demo` extra, `Unavailable` where it does not start.
    """
    require_demo_extra()
    if endpoint := running(folder):
        return Cloud(endpoint, None)
    process = start_process(folder, "--port", str(port), "--with-parent")
    endpoint = announced(process, wait_seconds)
    if endpoint is None:
        Cloud("", process).stop()
        raise Unavailable("the demo cloud did not start", fix=f"see `{folder / LOG}`")
    return Cloud(endpoint, process)


def start_process(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start this module over the estate in `folder`; what it has to complain of goes to the log there."""
    # Safe path: nothing in the folder the user happens to be in is imported.
    module = [sys.executable, "-P", "-m", "evals.estate.cloud", "--world", str(folder.resolve())]
    path = os.pathsep.join(filter(None, [str(_CHECKOUT), os.environ.get("PYTHONPATH")]))
    with (folder / LOG).open("wb") as log:
        return subprocess.Popen(
            [*module, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip


def announced(process: subprocess.Popen[bytes], wait_seconds: float) -> str | None:
    """Read the line a child prints once it is ready; None where it ends or the time is up."""
    stdout, deadline, line = cast(IO[bytes], process.stdout), time.monotonic() + wait_seconds, b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stdout], [], [], max(deadline - time.monotonic(), 0.0))
        part = os.read(stdout.fileno(), 4096) if ready else b""
        if not part:
            return None
        line += part
    return line.decode().strip()


def main(arguments: list[str] | None = None) -> None:
    """Serve until ended; prints the address once every instance is there."""
    parser = argparse.ArgumentParser(prog="python -m evals.estate.cloud", description=__doc__)
    parser.add_argument("--world", type=Path, required=True, help="folder of the estate, or its world.json")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    parser.add_argument("--copies", action="store_true", help="serve a copy for each folder named on standard input")
    given = parser.parse_args(arguments)
    require_demo_extra()
    folder = cast(Path, given.world)
    folder = (folder.parent if folder.name == FILE else folder).resolve()
    os.environ["MOTO_ACCOUNT_ID"] = load(folder).account
    # A page in the user's browser must not be able to talk to it.
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    # Heavy, an extra, and reads the environment above when it is loaded.
    server = import_module("evals.estate.cloud_server")
    if given.copies:
        server.serve_copies(folder)
    else:
        server.serve(folder, port=given.port, with_parent=given.with_parent)


if __name__ == "__main__":
    main()
