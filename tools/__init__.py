"""Deterministic typed tools. Pure: the data handle and the day are handed in; nothing is executed here."""
