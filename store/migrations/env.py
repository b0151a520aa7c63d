"""Run by Alembic: migrates over the connection that `store.records.database` hands in."""

from alembic import context
from sqlmodel import SQLModel

import store.records.tables as tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    include_name=lambda name, kind, _: kind != "table" or name in {row.__tablename__ for row in tables.ALL},
)
with context.begin_transaction():
    context.run_migrations()
