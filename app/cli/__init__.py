"""The command line, `toll`: one module a command, loaded when it is called."""
