"""Sums made beforehand: what they are, how they are made, and which of them answers a question."""
