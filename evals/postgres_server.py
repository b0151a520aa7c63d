"""A real PostgreSQL server on loopback, in a folder of its own, for as long as a block lasts."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from finops.errors import CheckFailed, Unavailable

_PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt/postgresql")
_OWNER = "toll"
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that runs. Every database in it is made anew and goes with it."""

    port: int

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://{_OWNER}@127.0.0.1:{self.port}/{database}"

    def make(self, database: str, *, like: str = "template0") -> str:
        """Make a database, a copy of another where that is named, and return its address."""
        engine = create_engine(self.url("postgres").replace("://", "+psycopg://"), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{database}" TEMPLATE "{like}"'))
        finally:
            engine.dispose()
        return self.url(database)


def postgres_programs() -> Path:
    """Return the folder of the server's programs, the newest version's. Raises `Unavailable`."""
    found = [path.parent for place in _PLACES for path in Path(place).glob("**/bin/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    if not found:
        raise Unavailable(
            "there is no PostgreSQL server on this machine", fix="install it, such as `apt install postgresql`"
        )
    return max(found, key=lambda path: [int(part) for part in path.parent.name.split(".") if part.isdecimal()])


@contextmanager
def postgres_server(*options: str) -> Generator[PostgresServer]:
    """Start a server and stop it with the block; `options` are settings such as `fsync=off`. Raises `Unavailable`, `CheckFailed`."""
    programs, user = postgres_programs(), _unprivileged()
    # Not under a test's own folder, which another user cannot reach; short, for the socket's path.
    folder = Path(tempfile.mkdtemp(prefix="toll-pg-"))
    if user:
        shutil.chown(folder, user)
    try:
        made = subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", _OWNER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            user=user, cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise CheckFailed(f"initdb exited {made.returncode}: {made.stderr.strip()[-300:]}", fix="see its message")
        with _running(programs, folder, user, options) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, folder: Path, user: str | None, options: tuple[str, ...]) -> Generator[PostgresServer]:
    port = _free_port()
    settings = ("max_connections=150", f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1", *options)
    command = [programs / "postgres", "-D", folder / "data", "-p", str(port), *(f"--{one}" for one in settings)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, user=user, cwd=folder, stdout=log, stderr=log) as process,
    ):
        try:
            server = PostgresServer(port)
            _await(server, process, folder)
            yield server
        finally:
            # SIGINT is its fast shutdown.
            process.send_signal(2)


def _await(server: PostgresServer, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    engine = create_engine(server.url("postgres").replace("://", "+psycopg://"))
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            engine.connect().close()
        except OperationalError:
            time.sleep(0.1)
        else:
            engine.dispose()
            return
    said = (folder / "log").read_text(encoding="utf-8", errors="replace").strip()[-300:]
    raise CheckFailed(f"PostgreSQL did not start: {said}", fix="see its message")


def _unprivileged() -> str | None:
    """Return whom to run it as where this process is root, which PostgreSQL refuses; None for oneself."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
