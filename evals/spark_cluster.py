"""A real Spark cluster on loopback, for tests, evals and benchmarks: a master and its workers, each a process of its own."""

import os
import re
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from finops.errors import BadInput, CheckFailed

HOST = "127.0.0.1"
_START_SECONDS = 90.0


INSTALL_SPARK = (
    "install Tollkeeper with its extra `spark` (`pip install 'tollkeeper[spark]'`) and Java 17, "
    "or leave it out with `--without-spark`"
)


def spark_missing() -> str:
    """Say what a cluster needs and this machine lacks; empty where it can be started."""
    if find_spec("pyspark") is None:
        return "PySpark is not installed (the extra `spark`)"
    return "" if os.environ.get("JAVA_HOME") or which("java") else "there is no Java"


@contextmanager
def spark_cluster(*, workers: int = 2, memory: str = "1g") -> Generator[str]:
    """Start a master and workers of one core each, and give the master's address; all are ended on the way out.

    Raises `BadInput` without PySpark and `CheckFailed` where the cluster does not come up within 90 seconds.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="toll-spark-")))
        log = folder / "master.log"
        _start(stack, log, "master.Master", ["--host", HOST, "--port", "0", "--webui-port", "0"])
        address = _await(log, r"Starting Spark master at (spark://\S+)", times=1)
        for number in range(workers):
            options = ["--host", HOST, "--webui-port", "0", "--cores", "1", "--memory", memory]
            options += ["--work-dir", str(folder / f"worker-{number}"), address]
            _start(stack, folder / f"worker-{number}.log", "worker.Worker", options)
        _await(log, r"Registering worker (\S+)", times=workers)
        yield address


def _start(stack: ExitStack, log: Path, name: str, options: Sequence[str]) -> None:
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise BadInput("a Spark cluster needs PySpark", fix="install Tollkeeper with its extra `spark`")
    environment = {
        **os.environ,
        "SPARK_LOCAL_IP": HOST,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
    }
    command = [str(Path(found.origin).parent / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}", *options]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
    stack.callback(_end, process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    # A worker that is asked to end ends its executors first.
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await(log: Path, pattern: str, *, times: int) -> str:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        found = re.findall(pattern, log.read_text(encoding="utf-8", errors="replace"))
        if len(found) >= times:
            return str(found[0])
        time.sleep(0.1)
    said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise CheckFailed(
        f"no Spark cluster came up: `{' '.join(said)[:200]}`", fix="see that Java 17 or later is installed"
    )
