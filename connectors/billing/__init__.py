"""Bills in FOCUS 1.0 to 1.2, as CSV, gzipped CSV or Parquet: checked, converted to the lake's schema, proved exact."""
