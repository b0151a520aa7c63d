"""Entry point of `toll`. Only the command that is called is imported, so that starting costs little."""

import sys
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Annotated

import typer

from app.cli.output import fail
from finops.errors import TollError
from gateway.process import set_up

# Command, the module that registers it, and its line in `toll --help`.
COMMANDS: dict[str, tuple[str, str]] = {
    "ask": ("app.cli.ask", "Answer a question, every figure bound to evidence."),
    "chat": ("app.cli.chat", "Ask in a conversation that keeps its context."),
    "conversations": ("app.cli.conversations", "List, export and delete your conversations."),
    "facts": ("app.cli.facts", "List, confirm and forget standing facts."),
    "notes": ("app.cli.notes", "Record deploys and the like, told beside a change."),
    "serve": ("app.cli.serve", "Serve the web app on this machine."),
    "mcp": ("app.cli.mcp", "Serve the tools to any MCP client."),
    "demo": ("app.cli.demo", "Make a demo estate and serve it; move its days on."),
    "ingest": ("app.cli.ingest", "Load bills of any provider, and metrics."),
    "history": ("app.cli.history", "List what was loaded when; all of it can be asked."),
    "forget": ("app.cli.forget", "Take a source's month out; earlier states keep it."),
    "validate": ("app.cli.validate", "Check a bill against FOCUS without loading it."),
    "allocation": ("app.cli.allocation", "Load and show rules that allocate cost."),
    "rates": ("app.cli.rates", "Load and show exchange rates."),
    "tool": ("app.cli.tool", "List the typed tools, or run one without a planner."),
    "proposals": ("app.cli.proposals", "List, judge, execute and undo proposed actions."),
    "exempt": ("app.cli.exempt", "Leave a resource alone until a date."),
    "savings": ("app.cli.savings", "Show what executed actions really saved."),
    "spend": ("app.cli.spend", "Show what models took today, and the caps."),
    "policy": ("app.cli.policy", "Check, test, explain and back-test the rules."),
    "audit": ("app.cli.audit", "Prove the audit log whole; print or export it."),
    "evidence": ("app.cli.evidence", "Show the evidence behind a figure, or replay it."),
    "user": ("app.cli.user", "Add and list people."),
    "login": ("app.cli.login", "Prove who you are to later commands."),
    "logout": ("app.cli.logout", "End the session of the command line."),
    "eval": ("app.cli.eval", "Run the offline eval suite: no key, no network."),
    "bench": ("app.cli.bench", "Run the benchmarks, each beside its baseline."),
}


def _print_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        typer.echo(f"tollkeeper {metadata.version('tollkeeper')}")
        raise typer.Exit


def _stub() -> None:
    """Stand in for a command that was not called, so that help can list it."""


def build(called: str | None) -> typer.Typer:
    """Return the command line with the command `called` in full and every other as a line of help."""
    app = typer.Typer(
        name="toll",
        help="Tollkeeper: exact answers about cloud and AI spend, and actions behind policy and approval.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def options(  # pyright: ignore[reportUnusedFunction]
        *,
        version: Annotated[
            bool, typer.Option("--version", help="Print the version and stop.", callback=_print_version, is_eager=True)
        ] = False,
    ) -> None:
        del version

    for name, (module, line) in COMMANDS.items():
        if name == called:
            register: Callable[[typer.Typer, str, str], None] = import_module(module).register
            register(app, name, line)
        else:
            app.command(name, help=line)(_stub)
    return app


def main() -> None:
    """Run `toll`: exit 0 when done, 1 when a check failed or an action was refused, 2 on bad input or usage."""
    set_up()
    called = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    try:
        build(called)()
    except TollError as error:
        sys.exit(fail(error, as_json="--json" in sys.argv))
    except KeyboardInterrupt:
        sys.exit(130)
