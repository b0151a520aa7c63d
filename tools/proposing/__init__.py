"""What an action would do, computed from the data: one module for each kind of resource. Nothing a caller wrote enters a number."""
