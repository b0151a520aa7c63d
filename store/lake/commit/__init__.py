"""Write to the lake: one writer at a time, parts made the present state in Iceberg, and what a load would change."""
