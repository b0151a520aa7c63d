#!/bin/sh
# Makes .venv from the pinned lock file: with uv where it is installed, with python3 -m venv where it is not.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "setup: \`$python\` is missing or older than Python 3.11; install Python 3.11 or newer, or call: make setup PYTHON=/path/to/python3" >&2
  exit 2
}
echo "setup: making the environment in .venv (a minute or two the first time)" >&2
if command -v uv >/dev/null 2>&1; then
  uv venv --quiet --clear --python "$python" .venv
  uv pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
  uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
else
  "$python" -m venv --clear .venv 2>/dev/null || {
    rm -rf .venv
    echo "setup: \`$python -m venv\` failed; on Debian and Ubuntu install it with: apt install python3-venv" >&2
    exit 2
  }
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
fi
# Compiled once here, so that the first command starts as fast as the next.
.venv/bin/python -m compileall -q finops tools policies store connectors gateway agent evals app
