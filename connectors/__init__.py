"""The outside world: billing and metric importers, and executors of actions."""
