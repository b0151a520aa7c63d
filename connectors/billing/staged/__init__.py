"""Converted rows as Parquet for the lake: written, and proven against the text."""
