"""A listing of evidence: the newest first, bounded, and nothing that is none."""

import os
from pathlib import Path

from finops.evidence import seal
from store.evidence import FileEvidence


def test_the_newest_come_first_and_what_is_no_evidence_is_left_out(tmp_path: Path) -> None:
    store = FileEvidence(tmp_path / "evidence")
    assert store.recent(3) == []
    made = [
        seal(tool="t", arguments={"n": n}, snapshot="s", as_of="d", rows_read=0, result={}, figures=(), formula="")
        for n in range(4)
    ]
    for place, evidence in enumerate(made):
        store.put(evidence)
        os.utime(store.folder / f"{evidence.id}.json", ns=(place * 10, place * 10))
    for name in ("notes.txt", ".ev-0123456789abcdef.draft", "ev-xyz.json", "ev-0123456789abcdef.json.bak"):
        (store.folder / name).write_text("x", encoding="utf-8")
    assert [(one.at, one.id) for one in store.recent(3)] == [(30, made[3].id), (20, made[2].id), (10, made[1].id)]
    assert store.recent(1)[0].size == (store.folder / f"{made[3].id}.json").stat().st_size
