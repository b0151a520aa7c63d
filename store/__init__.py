"""Where state is kept: the lake, the evidence, and the records."""
