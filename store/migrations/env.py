"""Run by Alembic: migrates over the connection that `store.records.database` hands in."""

from alembic import context

from store.records import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=tables.METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
