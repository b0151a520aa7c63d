"""`toll demo`: a demo estate with a cloud of its own, and the web app over it."""

import os
import re
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from app.cli.ingest import load_with_progress
from app.cli.output import Json, emit_json, note, say
from app.cli.person import present_person
from app.cli.serve import Port, serve_home
from evals.estate.cloud import require_demo_extra, start_cloud
from evals.estate.make import Estate, advance, make_estate
from finops.errors import BadInput, Refused
from gateway.clock import set_demo_day, utc_now
from gateway.compose import open_questions
from gateway.home import Home

group = typer.Typer(invoke_without_command=True)
FIRST_QUESTIONS = (
    "What did each provider cost last month?",
    "Why did cost go up last month?",
    "Which instances are too large?",
    "Propose the best saving in staging",
    "Propose the best saving",
)


def register(app: typer.Typer, name: str, line: str) -> None:
    """Add `toll demo`."""
    app.add_typer(group, name=name, help=line)


def demo_home() -> Home:
    """Return the demo's own home: `TOLL_HOME` where it is set, so that a demo never mixes with real bills."""
    environment = dict(os.environ)
    environment.setdefault("TOLL_HOME", str(Path.home() / ".tollkeeper-demo"))
    return Home.open(environment)


@group.callback()
def demo(
    context: typer.Context,
    *,
    port: Port = 8321,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of a new estate.")] = 1,
    web: Annotated[
        bool, typer.Option("--web/--no-web", help="Serve the web app, or the simulated cloud alone.")
    ] = True,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Make the estate where there is none, start its simulated AWS on this machine, and serve the web app until interrupted."""
    if context.invoked_subcommand:
        return
    require_demo_extra()
    # Ended like Ctrl-C ends it, so that nothing points at a cloud that is gone.
    signal.signal(signal.SIGTERM, _end)
    home = demo_home()
    estate = _ready(home, seed)
    with simulated_cloud(home, estate):
        if not as_json:
            _invite(home)
        if web:
            serve_home(home, port=port, as_json=as_json)
        else:
            emit_json({"home": str(home.path), "endpoint": home.aws_endpoint}) if as_json else say(
                f"cloud at {home.aws_endpoint}"
            )
            signal.pause()


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


@group.command("advance")
def move_on(
    days: Annotated[str, typer.Argument(help="How far, in days, such as 30d.")],
    *,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Write and load the next days' bills and metrics; they react to what was executed."""
    if not re.fullmatch(r"[1-9]\d{0,3}d", days):
        raise BadInput(f"`{days}` is not a number of days", fix="write it as 30d")
    home = demo_home()
    if not home.estate.exists():
        raise BadInput(f"there is no demo estate in `{home.path}`", fix="make one with `toll demo`")
    changed = advance(home.estate, int(days[:-1]))
    report = load_with_progress(home, present_person(home), changed)
    today = Estate(home.estate).world.end
    set_demo_day(home, today)
    if as_json:
        emit_json({"today": today.isoformat(), "files": [str(path) for path in changed], "load": report})
        return
    say(
        f"it is {today} in the demo now; {report.rows} cost rows and {report.metrics_rows} metric rows of {len(changed)} files loaded"
    )


def _ready(home: Home, seed: int) -> Estate:
    """Return the estate in `home`, made and loaded where that has not been done, or was broken off."""
    data = open_questions(home).data
    if data.cost is not None and not home.estate.exists():
        raise Refused(
            f"`{home.path}` holds real bills",
            fix="use another home for the demo: TOLL_HOME=~/tollkeeper-demo toll demo",
        )
    principal = present_person(home)
    if not (home.estate / "world.json").exists():
        note("making the demo estate: 13 months, three clouds, two model providers")
        make_estate(home.estate, seed, utc_now().date())
    estate = Estate(home.estate)
    if data.cost is None or not home.demo_day.exists():
        load_with_progress(home, principal, list(estate.files))
        set_demo_day(home, estate.world.end)
    return estate


@contextmanager
def simulated_cloud(home: Home, estate: Estate) -> Generator[None]:
    """Run the simulated cloud and let every command in this home find it."""
    with start_cloud(estate.folder) as cloud:
        home.endpoint_file.write_text(cloud.endpoint, encoding="utf-8")
        try:
            yield
        finally:
            # A cloud that another `toll demo` started goes on running.
            if cloud.process is not None:
                home.endpoint_file.unlink(missing_ok=True)


def _invite(home: Home) -> None:
    say("Tollkeeper demo. Ask first:")
    for question in FIRST_QUESTIONS:
        say(f"  {question}")
    say(f"In another terminal: export TOLL_HOME={home.path}")
    say("A model for what the rules do not understand: docs/models.md; `toll spend` shows what it took and its caps.")
    say(
        f"It is {home.demo_day.read_text(encoding='utf-8')} in the demo; `toll demo advance 30d` moves it on. Ctrl-C stops."
    )
