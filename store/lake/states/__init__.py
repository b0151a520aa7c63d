"""The states of the lake: what each holds, which there were, and how a description is made again."""
