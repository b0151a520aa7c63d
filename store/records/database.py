"""Open the records: SQLite in WAL mode by default, PostgreSQL by URL; brought to the newest schema on the way."""

import os
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock as ThreadLock

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool
from sqlmodel import Session

from finops.errors import BadInput, CheckFailed, Unavailable
from finops.ports import Clock
from store.migrations import HEAD
from store.records.guard import head_of
from store.records.locks import Confirm, Lock, file_lock, server_lock

BUSY_SECONDS = 20


_MIGRATING, _MAKING = ThreadLock(), ThreadLock()


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Records:
    """The opened database. Writers wait for each other, across threads and processes."""

    engine: Engine
    clock: Clock
    lock: Callable[[str], Lock]

    @classmethod
    def open(cls, url: str, *, clock: Clock = utc_now) -> "Records":
        """Open the database at `url` and migrate it where it is behind. Raises `BadInput`, `Unavailable`, `CheckFailed`."""
        target = _parse(url)
        records = _sqlite(target, clock) if target.get_backend_name() == "sqlite" else _server(target, clock)
        with _plainly(target):
            records.migrate()
        return records

    @property
    def sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    def migrate(self) -> None:
        """Bring the schema to the newest revision; does nothing, fast, where it is there."""
        if self._revision() == HEAD:
            return
        # Alembic is imported only where there is something to migrate: it costs a third of a second.
        from store.records.upgrade import upgrade  # noqa: PLC0415

        # Alembic keeps its context in a global: two threads at two databases would migrate one of them twice.
        with _MIGRATING, self.lock("migrate")(wait=True):
            upgrade(self.engine)

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    @contextmanager
    def read(self) -> Generator[Session]:
        """Give a session over one consistent state; nothing done in it is kept."""
        engine = self.engine if self.sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        with _plainly(self.engine.url), Session(engine) as session:
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """Give a session whose changes are all kept, or none where the block raises. One writer at a time."""
        engine = self.engine.execution_options(immediate=True)
        with _plainly(self.engine.url), Session(engine, expire_on_commit=False) as session, session.begin():
            head_of(session)
            yield session

    @contextmanager
    def exclusive(self, name: str) -> Generator[Confirm | None]:
        """Hold the lock called `name` for the block; gives None where another holds it. A dead process holds nothing.

        What it gives is called before each step that needs the lock: it raises `CheckFailed` where the lock was lost meanwhile.
        """
        with self.lock(name)(wait=False) as held:
            yield held


def _parse(url: str) -> URL:
    path = url.removeprefix("sqlite:///")
    if path != url and path:
        # Not parsed: a folder may hold a question mark or a percent sign.
        return URL.create("sqlite", database=path)
    try:
        target = make_url(url)
    except ArgumentError as error:
        raise BadInput("TOLL_DATABASE_URL is not a URL", fix="write it as postgresql://USER@HOST/DATABASE") from error
    if target.get_backend_name() not in ("sqlite", "postgresql") or not target.database:
        raise BadInput(f"records cannot be kept in `{target.render_as_string()}`",
                       fix="use sqlite:///PATH or postgresql://USER@HOST/DATABASE")  # fmt: skip
    # One driver whatever SQLAlchemy's own choice is: the one that the extra `postgres` installs.
    return target.set(drivername="postgresql+psycopg") if target.drivername == "postgresql" else target


def _sqlite(url: URL, clock: Clock) -> Records:
    path = Path(url.database or "").absolute()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _made(path)
    # One connection stays open: SQLite writes its whole log back whenever the last one closes, which costs more than a transaction.
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=1, max_overflow=-1,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )  # fmt: skip
    weakref.finalize(engine, engine.pool.dispose)

    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # SQLAlchemy begins transactions itself (below): sqlite3 would begin them late and share-locked.
        connection.isolation_level = None  # pyright: ignore[reportAttributeAccessIssue]
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "cell_size_check=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begun(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    def returned(connection: DBAPIConnection | None, _: ConnectionPoolEntry) -> None:
        # Whoever has the connection next reads text again, where the log's check read bytes, and the file instead of memory of it.
        if connection is not None:
            connection.text_factory = str  # pyright: ignore[reportAttributeAccessIssue]
            connection.cursor().execute("PRAGMA shrink_memory")

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkin", returned)
    event.listen(engine, "begin", begun)
    return Records(engine, clock, lambda name: file_lock(path.parent / "locks", name))


def _made(path: Path) -> None:
    """Make the file before SQLite makes it, so that nobody else can read the hashed secrets in it.

    INVARIANT: a database that there is already is never opened here. To close any descriptor of a file drops every lock that this
    process has on it, SQLite's own among them: another process would then take the log away from under its connections.
    """
    with _MAKING:
        if not path.exists():
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _server(url: URL, clock: Clock) -> Records:
    try:
        engine = create_engine(url, poolclass=NullPool)
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise BadInput(
            f"no driver for `{url.drivername}`", fix="install the extra `postgres`, which has psycopg"
        ) from error
    return Records(engine, clock, lambda name: server_lock(engine, name))


@contextmanager
def _plainly(url: URL) -> Generator[None]:
    """Say what a database error means for the person who reads it."""
    try:
        yield
    except OperationalError as error:
        if not any(word in str(error.orig) for word in ("malformed", "decode")):
            raise Unavailable(f"records `{url.render_as_string()}` do not answer: {error.orig}",
                              fix="try again; is another program holding the database?") from error  # fmt: skip
        raise _damaged(url, error) from error
    except (DatabaseError, UnicodeDecodeError) as error:
        # SQLite's own words about a damaged schema may be no text either.
        raise _damaged(url, error) from error


def _damaged(url: URL, error: DatabaseError | UnicodeDecodeError) -> CheckFailed:
    said = error.orig if isinstance(error, DatabaseError) else error
    return CheckFailed(f"records `{url.render_as_string()}` are damaged: {said}", fix="restore them from a backup")
