"""Real servers on loopback: a moto server over HTTP, started once, and a proxy before it that counts."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator

import pytest

from evals.postgres_server import PostgresServer, postgres_server
from finops.errors import Unavailable
from store.records import Records
from tests.integration.aws_proxy import AwsProxy


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def moto_endpoint() -> Generator[str]:
    """Start an AWS simulator in a process of its own and give its address. It stays for all tests: each makes its own instances."""
    port = free_port()
    command = [sys.executable, "-m", "tests.integration.moto_worker", "-H", "127.0.0.1", "-p", str(port)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}"
        try:
            _await(address, server)
            yield address
        finally:
            server.kill()


def _await(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if server.poll() is not None:
            pytest.fail(f"the moto server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/moto-api/data.json", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the moto server did not answer within 30 seconds")


@pytest.fixture
def aws_proxy(moto_endpoint: str) -> Generator[AwsProxy]:
    """Give a proxy before the simulator that counts calls and can be told to fail."""
    with AwsProxy(moto_endpoint) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer]:
    """Start a PostgreSQL server of the tests' own; `empty` in it has the schema and nothing else. Skips where there is none."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (the extra `postgres`)")
    try:
        with postgres_server("fsync=off", "synchronous_commit=off", "full_page_writes=off") as server:
            Records.open(server.make("empty"))
            yield server
    except Unavailable as error:
        pytest.skip(str(error))
