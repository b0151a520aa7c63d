"""The cases, one JSON file a suite."""
