"""A bill's files: where they are, stores and manifests they come from, and what kind each is."""
