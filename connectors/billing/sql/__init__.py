"""What is asked of DuckDB about a bill: a session, expressions of its columns, and what is measured."""
