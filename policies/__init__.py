"""Cedar rules and schema, the engine that decides by them, and the cases that hold them to their word."""
