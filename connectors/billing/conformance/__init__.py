"""Judge a bill by the rules of the FOCUS requirements model: passed, failed with rows, or not checkable with the reason."""
