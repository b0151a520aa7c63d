"""Where output goes: data to stdout, progress, warnings and errors to stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import typer

from finops.errors import TollError

Json = typer.Option("--json", help="Write one JSON document to stdout.")


@runtime_checkable
class Model(Protocol):
    """A pydantic model, named without importing pydantic: `toll --help` must not pay for it."""

    def model_dump(self, *, mode: str) -> object:
        """Return the model as plain JSON."""
        ...


def _plain(value: object) -> object:
    if isinstance(value, Model):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def emit_json(value: Model | Mapping[str, object] | Sequence[object]) -> None:
    """Write one JSON document to stdout."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=_plain) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Write a line of data to stdout."""
    sys.stdout.write(text + "\n")
    # Read line by line by whoever waits for it, such as the address of the web app in a pipe.
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a line of progress or a warning to stderr."""
    sys.stderr.write(text + "\n")


def fail(error: TollError, *, as_json: bool) -> int:
    """Write the error's one sentence to stderr, as JSON to stdout too where asked; return the exit code."""
    note(f"toll: {error}")
    if as_json:
        emit_json({"error": {"kind": type(error).__name__, "message": error.message, "fix": error.fix}})
    return error.exit_code
