"""Bills to measure with, made by the generator that lies beside the checkout."""

import subprocess
import sys
from pathlib import Path

from finops.errors import CheckFailed

GENERATOR = Path(__file__).resolve().parents[2] / ".." / "shared" / "generators" / "bill.py"


def generate(path: Path, rows: int, seed: int) -> None:
    """Write a bill of `rows` rows, CSV or Parquet by its name. Raises `CheckFailed` where the generator fails."""
    command = [sys.executable, str(GENERATOR), "--rows", str(rows), "--seed", str(seed), "--format", path.suffix[1:]]
    done = subprocess.run([*command, "--out", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CheckFailed(
            f"the generator ended with {done.returncode}: {done.stderr.strip()[-200:]}", fix="see its help"
        )
