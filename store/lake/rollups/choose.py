"""Choose what answers a question: for each part the smallest roll-up that has what it asks for, or its rows."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from finops.relational import Question
from store.lake.ask.relations import files_relation, rollup_relation
from store.lake.layout import Layout
from store.lake.rollups.rewrite import Rolled, rolled
from store.lake.rollups.summing import rollup_name
from store.lake.states.manifest import DataFile, Kept, Summaries


@dataclass(frozen=True, slots=True)
class Source:
    """One roll-up of one batch: its folder, and the parts to take where the batch holds others too (replaced ones)."""

    folder: str
    kept: Kept
    only: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """A question put to roll-ups, and the files of those parts that are read row by row."""

    rolled: Rolled
    sources: tuple[Source, ...]
    rows: tuple[DataFile, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the roll-ups, and `rows` where rows are read."""
        return (*sorted({one.kept.label for one in self.sources}), *(["rows"] if self.rows else []))


def choose(
    question: Question,
    state: Mapping[str, tuple[str, str]],
    wanted: Mapping[tuple[str, str], Sequence[DataFile]],
    summaries: Summaries,
) -> Served | None:
    """Return how roll-ups answer a question; None where rows alone can.

    `state` has the parts there are by their ids, `wanted` by part the files that may hold rows the question asks about.
    """
    asked = rolled(question)
    if asked is None:
        return None
    serves: dict[tuple[str, str | None], bool] = {}
    taken: set[tuple[str, str]] = set()
    sources: list[Source] = []
    for folder, summary in sorted(summaries.batches.items()):
        # INVARIANT: a part is taken from one place only, whatever else holds it.
        live = [state[part] for part in summary.parts if part in state and state[part] not in taken]
        for kept in summary.rollups:
            if (kept.name, kept.tag) not in serves:
                serves[kept.name, kept.tag] = asked.covered_by(kept)
        serving = [kept for kept in summary.rollups if serves[kept.name, kept.tag]]
        if serving and any(key in wanted for key in live):
            kept = min(serving, key=lambda one: (one.rows, one.label))
            sources.append(Source(folder, kept, () if len(live) == len(summary.parts) else tuple(live)))
            taken.update(live)
    rows = [file for key, group in wanted.items() if key not in taken for file in group]
    return Served(asked, tuple(sources), tuple(rows)) if sources else None


def relation_of(layout: Layout, served: Served, table: Callable[[Sequence[str], int], str]) -> str:
    """Return the table expression that holds what the question needs; `table` gives that of files which have so many rows."""
    files: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
    rows: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
    summaries = str(layout.summaries)
    for one in served.sources:
        place = f"{summaries}/{one.folder}/{rollup_name(one.kept.name, one.kept.tag)}"
        files.setdefault((one.kept.name, one.only), []).append(place)
        rows[one.kept.name, one.only] += one.kept.rows
    raw = files_relation(layout.root, "cost", served.rows) if served.rows else None
    return rollup_relation({key: table(paths, rows[key]) for key, paths in files.items()}, raw, served.rolled)
