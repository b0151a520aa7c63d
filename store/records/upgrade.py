"""Run the migrations. A module of its own, so that only a database that is behind pays for Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Engine

import store.migrations
from finops.errors import CheckFailed


def config() -> Config:
    """Return Alembic's configuration; there is no ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(store.migrations.__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    return settings


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision, all or nothing."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            # A mode of the file, set once and outside a transaction: readers do not wait for the writer.
            driver = connection.connection.driver_connection
            driver.execute("PRAGMA journal_mode=WAL")  # pyright: ignore[reportOptionalMemberAccess, reportUnknownMemberType]
    with engine.execution_options(immediate=True).begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        try:
            command.upgrade(settings, "head")
        except CommandError as error:
            raise CheckFailed(f"the records' schema is not one this version knows: {error}",
                              fix="upgrade tollkeeper, or restore the records") from error  # fmt: skip
