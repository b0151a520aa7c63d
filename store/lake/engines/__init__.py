"""What runs the SQL: DuckDB in this process, or a Spark cluster."""
