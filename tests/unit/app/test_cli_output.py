"""What the commands write, as whoever reads it through a pipe sees it."""

import os
import selectors
import subprocess
import sys

_WAITS = "import sys; from app.cli.output import say; say('open http://127.0.0.1:8321'); sys.stdin.read()"


def test_a_line_is_read_through_a_pipe_while_the_command_goes_on() -> None:
    # Python itself must not flush for it.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-c", _WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=buffered
    ) as command:
        arrived = _readable(command)
        still_running = command.poll() is None
        said = command.stdout.readline() if arrived and command.stdout else ""
        command.kill()
    assert still_running
    assert said == "open http://127.0.0.1:8321\n"


def _readable(command: "subprocess.Popen[str]") -> bool:
    """Tell whether something can be read within ten seconds; a line that stays in the command's buffer never can."""
    # Not select(): it takes no descriptor above 1,023, and a whole test run in one process has more open.
    with selectors.DefaultSelector() as watched:
        return command.stdout is not None and bool(
            watched.register(command.stdout, selectors.EVENT_READ) and watched.select(timeout=10)
        )
