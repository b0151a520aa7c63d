"""Run questions on a Spark cluster, over the same files and to the same digits as DuckDB. Heavy: starts a Java machine.

Every engine of a process shares one driver; each has a session, and so views and settings, of its own. The cluster's machines
must see the lake's files under the same path.
"""

import logging
import os
import re
import shutil
import socket
import subprocess
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, cast

from finops.errors import BadInput, ToolError, Unavailable
from finops.relational import Table
from finops.tables import TABLE_COLUMNS, SqlType
from store.lake.engines.embedded import Answer, Dialect

# It warns of pandas, which is not used here.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
try:
    import pyspark as untyped_pyspark
    import pyspark.java_gateway as untyped_gateway
    import pyspark.sql as untyped_sql
    from pyspark.errors import PySparkException
except ImportError as error:
    raise BadInput(
        "questions cannot go to Spark without its Python client",
        fix="install Tollkeeper with its extra `spark`, or unset TOLL_LAKE_ENGINE",
    ) from error

# PySpark's types are incomplete: its edge is this module.
pyspark, sql, java = cast(Any, untyped_pyspark), cast(Any, untyped_sql), cast(Any, untyped_gateway)

_KINDS: dict[SqlType, str] = {
    "VARCHAR": "STRING", "DECIMAL(38,18)": "DECIMAL(38,18)", "TIMESTAMP": "TIMESTAMP_NTZ", "DOUBLE": "DOUBLE", "INTEGER": "INT",
}  # fmt: skip
# Same answers as DuckDB: no zone but UTC, an error and never NULL where a value does not fit, no digit given up.
_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.json.enableExactStringParsing": "false",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "false",
}
_QUIET = {
    "spark.app.name": "tollkeeper",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.shuffle.partitions": "16",
}
_PATIENCE_SECONDS = 60.0
_OVERFLOW = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW", "CAST_OVERFLOW")


class _Driver:
    """The one Spark driver of this process; started by the first question, for the first master asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._master = ""
        self._gateway: Any = None
        self._session: Any = None

    def session(self, master: str) -> Any:
        """Return a new session on a master; raises `Unavailable` where nothing answers there or nobody takes the work."""
        with self._lock:
            session = self._session or self._start(master)
            if master != self._master:
                raise BadInput(
                    f"this process already works with `{self._master}`, not `{master}`", fix="start another process"
                )
            return session.newSession()

    def stop(self) -> None:
        """End the driver and its Java machine; the next question starts another."""
        with self._lock:
            if self._session is not None:
                self._session.stop()
                self._end_gateway()
                self._session, self._master = None, ""

    def _start(self, master: str) -> Any:
        _find_java()
        address = _answering(master)
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        settings = pyspark.SparkConf(loadDefaults=False)
        settings.setMaster(master).setAll([*_QUIET.items(), *_SETTINGS.items()])
        if address.startswith("127."):
            settings.set("spark.driver.host", address).set("spark.driver.bindAddress", address)
        try:
            self._gateway = java.launch_gateway(settings, {"stderr": subprocess.DEVNULL})
            context = pyspark.SparkContext(gateway=self._gateway, conf=settings)
            session = sql.SparkSession(context)
            _await_worker(context, master)
        except (PySparkException, OSError, RuntimeError, ValueError) as error:
            self._end_gateway()
            raise Unavailable(f"Spark does not start on `{master}`: {_first_line(error)}", fix=_CHECK) from error
        self._session, self._master = session, master
        return session

    def _end_gateway(self) -> None:
        gateway, self._gateway = self._gateway, None
        pyspark.SparkContext._gateway = pyspark.SparkContext._jvm = None  # PySpark keeps a gateway for good
        if gateway is not None:
            gateway.shutdown()
            process = gateway.proc
            process.stdin.close()
            process.wait(timeout=30)


_CHECK = "see that the master and its workers run, each with 1 GiB of memory free, or unset TOLL_LAKE_ENGINE"
_DRIVER = _Driver()


class Spark:
    """One session over one state, opened at the first question."""

    dialect: Dialect = "spark"

    def __init__(self, master: str, files: Mapping[Table, Sequence[str]]) -> None:
        self._master = master
        self._files = files
        self._lock = Lock()
        self._session: Any = None
        self._exposed: set[Table] = set()

    def run(self, table: Table, sql: str, parameters: Sequence[str]) -> Answer:
        """Return every row of a query over `table`, its values bound by name."""
        values = {f"v{at}": value for at, value in enumerate(parameters, start=1)}
        try:
            return [tuple(row) for row in self._over(table).sql(sql, args=values).collect()]
        except PySparkException as error:
            raise _understood(error, self._master) from error

    def _over(self, table: Table) -> Any:
        with self._lock:
            if self._session is None:
                self._session = _DRIVER.session(self._master)
            if table not in self._exposed:
                self._view(table).createOrReplaceTempView(table)
                self._exposed.add(table)
            return self._session

    def _view(self, table: Table) -> Any:
        columns = TABLE_COLUMNS[table]
        paths = [_as_uri(path) for path in self._files.get(table, ())]
        if paths:
            schema = ", ".join(f"`{name}` {_KINDS[kind]}" for name, kind in columns.items())
            return self._session.read.schema(schema).parquet(*paths)
        empty = ", ".join(f"CAST(NULL AS {_KINDS[kind]}) AS `{name}`" for name, kind in columns.items())
        return self._session.sql(f"SELECT {empty} WHERE false")


def open_spark(master: str, files: Mapping[Table, Sequence[str]]) -> Spark:
    """Return the engine over these files; nothing is started before the first question."""
    return Spark(master, files)


def close_spark() -> None:
    """End this process's Spark driver, where one runs."""
    _DRIVER.stop()


def _as_uri(path: str) -> str:
    """Return a path that stands for one file: Hadoop reads `{`, `[`, `*`, `?` as patterns, and a backslash before them does not."""
    escaped = re.sub(r"([\\{}\[\]*?])", r"\\\1", path)
    return escaped if "://" in path else f"file://{Path(escaped).absolute()}"


def _find_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").exists() if home else shutil.which("java")):
        raise BadInput(
            "Spark needs Java, and there is no `java` here",
            fix="install Java 17 or later, set JAVA_HOME where it is not on the PATH, or unset TOLL_LAKE_ENGINE",
        )


def _answering(master: str) -> str:
    """Return the own address through which a master is reached; raises `Unavailable` where none of them takes a connection."""
    for one in master.removeprefix("spark://").split(","):
        host, port = one.rsplit(":", 1)
        try:
            with socket.create_connection((host, int(port)), timeout=5) as connection:
                return str(connection.getsockname()[0])
        except (OSError, OverflowError):
            continue
    raise Unavailable(f"no Spark master answers at `{master}`", fix=_CHECK)


def _await_worker(context: Any, master: str) -> None:
    """Wait for the first worker, so that a question does not hang for want of one."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while context._jsc.sc().getExecutorMemoryStatus().size() < 2:  # the driver counts as one
        if time.monotonic() > until:
            context.stop()
            raise Unavailable(f"no worker of `{master}` takes the work", fix=_CHECK)
        time.sleep(0.05)


def _understood(error: PySparkException, master: str) -> Exception:
    text = str(error)
    if any(name in text for name in _OVERFLOW):
        return ToolError("a sum has more than 38 digits", fix="ask for a shorter period or fewer rows")
    return Unavailable(f"the question failed on `{master}`: {_first_line(error)}", fix=_CHECK)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
