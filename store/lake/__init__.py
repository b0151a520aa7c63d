"""The lake: cost and metrics in Iceberg tables. Reading needs DuckDB alone; PyIceberg and Ibis load only where they must."""
