"""`python -m evals.scripted_endpoint script.json [PORT]`: serve a script by hand."""

import sys
from pathlib import Path

from evals.scripted_endpoint import Script, ScriptedEndpoint, load_script
from finops.errors import BadInput, TollError


def main(arguments: list[str]) -> int:
    """Serve until interrupted; the address goes to stdout, errors to stderr."""
    try:
        script, port = _read(arguments)
    except TollError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    with ScriptedEndpoint(script, port=port) as endpoint:
        sys.stdout.write(f"OPENAI_BASE_URL={endpoint.base_url} TOLL_MODEL=scripted\n")
        sys.stdout.flush()
        try:
            endpoint.wait()
        except KeyboardInterrupt:
            return 0
    return 0


def _read(arguments: list[str]) -> tuple[Script, int]:
    if len(arguments) not in (1, 2) or (len(arguments) == 2 and not arguments[1].isdigit()):
        raise BadInput(
            "one script and at most a port are needed", fix="run `python -m evals.scripted_endpoint FILE [PORT]`"
        )
    return load_script(Path(arguments[0])), int(arguments[1]) if len(arguments) == 2 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
