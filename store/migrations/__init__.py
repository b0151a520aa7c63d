"""Migrations of the records, run when a database is opened."""

# The newest revision, said here so that a database that has it is opened without importing Alembic; a test holds it.
HEAD = "0005"
