"""Evidence files: stored whole, found again, refused when changed."""

from decimal import Decimal
from pathlib import Path

import pytest

from finops.errors import CheckFailed, UnknownName
from finops.evidence import Evidence, Figure, seal
from store.evidence import FileEvidence


def sealed(amount: str = "18.0066386184") -> Evidence:
    figures = (Figure(name="total", value=Decimal(amount), unit="USD"),)
    return seal(tool="cost_query", arguments={"metric": "BilledCost"}, snapshot="lake-a-0", as_of="2026-01-01", rows_read=3,
                result={"total": amount}, figures=figures, formula="sum of BilledCost")  # fmt: skip


def test_what_was_stored_is_found_again(tmp_path: Path) -> None:
    store = FileEvidence(tmp_path / "evidence")
    store.put(sealed())
    assert store.get(sealed().id) == sealed()


def test_storing_again_changes_nothing(tmp_path: Path) -> None:
    store = FileEvidence(tmp_path)
    store.put(sealed())
    before = [(path.name, path.stat().st_mtime_ns) for path in tmp_path.iterdir()]
    store.put(sealed())
    assert [(path.name, path.stat().st_mtime_ns) for path in tmp_path.iterdir()] == before


def test_an_unknown_id_is_refused_with_the_nearest(tmp_path: Path) -> None:
    store = FileEvidence(tmp_path)
    store.put(sealed())
    wrong = sealed().id[:-1] + ("0" if sealed().id[-1] != "0" else "1")
    with pytest.raises(UnknownName, match=f"did you mean `{sealed().id}`"):
        store.get(wrong)


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "ev-",
        "/etc/passwd",
        "ev-0123456789abcdef/../../x",
        "ev-0123456789ABCDEF",
        "",
        "ev-0123456789abcdef\n",
    ],
)
def test_an_id_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.json").write_text(sealed().model_dump_json(), encoding="utf-8")
    with pytest.raises(UnknownName):
        FileEvidence(tmp_path / "evidence").get(name)


@pytest.mark.parametrize(
    ("old", "new"),
    [("18.0066386184", "18.0066386185"), ("lake-a-0", "lake-b-0"), ('"rows_read":3', '"rows_read":4'), ("}", "")],
)
def test_a_changed_file_is_refused(tmp_path: Path, old: str, new: str) -> None:
    store = FileEvidence(tmp_path)
    store.put(sealed())
    path = tmp_path / f"{sealed().id}.json"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CheckFailed, match="was changed"):
        store.get(sealed().id)


def test_evidence_whose_id_is_not_its_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="does not match its id"):
        FileEvidence(tmp_path).put(sealed().model_copy(update={"id": "ev-0000000000000000"}))


def test_a_file_under_another_id_is_refused(tmp_path: Path) -> None:
    store = FileEvidence(tmp_path)
    store.put(sealed())
    other = "ev-" + "0" * 16
    (tmp_path / f"{sealed().id}.json").rename(tmp_path / f"{other}.json")
    with pytest.raises(CheckFailed, match="was changed"):
        store.get(other)
