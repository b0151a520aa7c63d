"""Benchmarks. Each states its goal and runs its baseline in the same call, turn by turn, so that a noisy machine cancels out."""
