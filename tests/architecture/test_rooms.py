"""The house keeps its rooms: what the import contracts cannot say is held here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("finops", "tools", "policies", "store", "connectors", "gateway", "agent", "evals", "app")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def _modules_after(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


HEAVY = {
    "pandas",
    "numpy",
    "statsmodels",
    "pyarrow",
    "pyiceberg",
    "sqlalchemy",
    "sqlmodel",
    "ibis",
    "langgraph",
    "openai",
    "nicegui",
}


@pytest.mark.parametrize(
    "statement", ["import app.cli.main", "import app.cli.tool", "import gateway.compose, tools.registry"]
)
def test_reading_starts_without_heavy_imports(statement: str) -> None:
    assert not HEAVY & _modules_after(statement)


def test_a_question_needs_the_graph_but_no_dataframe_orm_or_model_client() -> None:
    assert not (HEAVY - {"langgraph"}) & _modules_after("import app.cli.ask")
