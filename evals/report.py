"""What came of a run: every play of every case, counted by suite."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import comb
from statistics import median
from typing import Literal, get_args

from pydantic import Field

from evals.acting_figures import ActingFigures
from finops.query import Frozen

Understood = Literal["correct", "asked_back", "wrong", "failed"]
"""What became of a paraphrase, best first; `failed` is neither an answer nor a question back: what did not work."""
_BEST_FIRST = get_args(Understood)
# The shares are of the questions that nothing was tuned to; those of other suites only must not be answered wrongly.
HELD_OUT = "paraphrases"


class CaseResult(Frozen):
    """One play of one case. `tokens` and `dollars` are a model's, none of the rules planner's."""

    id: str
    suite: str = ""
    epoch: int = 1
    passed: bool
    reasons: tuple[str, ...] = ()
    wrong_figures: int = 0
    understood: Understood | None = Field(default=None, description="of a paraphrase, what became of it")
    tokens: int = 0
    dollars: Decimal = Decimal(0)
    priced: bool = Field(
        default=True, description="false where dollars are a lower bound: a price or a count is unknown"
    )
    milliseconds: int = 0


class SuiteFigures(Frozen):
    """One suite in figures, over all its epochs."""

    suite: str
    cases: int
    passed: int = Field(description="cases that passed in every epoch")
    pass_k: tuple[Decimal, ...] = Field(
        description="pass^1, pass^2, ...: the chance that a case passes k times in a row, mean over cases, unbiased "
        "(c choose k over n choose k of n epochs with c passes)"
    )
    wrong_figures: int
    tokens: int = Field(description="a model's tokens, all plays together")
    dollars: Decimal = Field(description="USD for them at list price")
    priced: bool
    median_ms: int = Field(description="of one play, as wall clock on this machine")
    p95_ms: int


class Paraphrases(Frozen):
    """How questions in other people's words fared that were kept apart from tuning; shares are of `questions`."""

    questions: int
    accuracy: Decimal = Field(description="percent answered rightly, or asked back or declined where that was right")
    asked_back: Decimal = Field(description="percent with a right answer that was asked back about instead")
    wrong: Decimal = Field(description="percent answered wrongly; the goal is 0")
    failed: Decimal = Field(
        default=Decimal(0), description="percent that ended in a fault, not in a question back; the goal is 0"
    )

    @property
    def sentence(self) -> str:
        """The figures in words."""
        failed = f", {self.failed} % failed" if self.failed else ""
        return f"{self.questions} paraphrases: {self.accuracy} % right, {self.asked_back} % asked back, {self.wrong} % wrong{failed}"


class Difference(Frozen):
    """A report beside the last accepted one of the same planner; of the cases that both played."""

    accepted_cases: int
    newly_failed: tuple[str, ...]
    newly_passed: tuple[str, ...]
    added: tuple[str, ...]
    gone: tuple[str, ...] = Field(description="accepted cases of the suites played that are no longer there")
    understood_worse: tuple[str, ...] = Field(
        default=(),
        description="paraphrases that fare worse than then: right, asked back, wrong, failed; the worst play counts",
    )
    understood_better: tuple[str, ...] = ()
    tokens: int = Field(description="tokens a play of each case more than then")
    dollars: Decimal = Field(description="USD a play of each case more than then")
    times_slower: Decimal | None = Field(
        description="median time of a case over that of then, whatever machine that was"
    )

    @property
    def sentence(self) -> str:
        """The difference in words."""
        changes = {
            "newly failed": self.newly_failed, "newly passed": self.newly_passed, "added": self.added, "gone": self.gone,
            "paraphrases understood worse": self.understood_worse, "paraphrases understood better": self.understood_better,
        }  # fmt: skip
        said = [f"{len(ids)} {what}" for what, ids in changes.items() if ids]
        return (
            f"beside the accepted report of {self.accepted_cases} cases: {', '.join(said) or 'the same cases passed'}"
        )


class Report(Frozen):
    """What came of a run. `cases` were played, `skipped` could not be on this machine and are in no other count."""

    suite: str
    cases: int
    passed: int = Field(description="cases that passed in every epoch")
    failed: tuple[str, ...] = Field(description="ids, in order of suite")
    wrong_figures: int = Field(description="figures stated that are not true, over all plays")
    seconds: float
    skipped: tuple[str, ...] = ()
    unmet: tuple[str, ...] = Field(default=(), description="what should have been compared and was not: not met either")
    acting: ActingFigures | None = Field(
        default=None, description="hostile sequences and crashes, with the suite `actions`"
    )
    planner: str = "rules"
    epochs: int = 1
    suites: tuple[SuiteFigures, ...] = ()
    paraphrases: Paraphrases | None = None
    plays: tuple[CaseResult, ...] = Field(default=(), description="every play, in order of suite")
    beside_accepted: Difference | None = Field(default=None, description="None where nothing was accepted yet")


def report_of(
    suite: str,
    results: Sequence[CaseResult],
    skipped: tuple[str, ...],
    unmet: tuple[str, ...] = (),
    *,
    seconds: float,
    planner: str = "rules",
) -> Report:
    """Count what came of the plays."""
    cases = _by_case(results)
    failed = tuple(case for case, plays in cases.items() if not _passed(plays))
    return Report(
        suite=suite, cases=len(cases), passed=len(cases) - len(failed), failed=failed,
        wrong_figures=sum(one.wrong_figures for one in results), seconds=round(seconds, 1), skipped=skipped, unmet=unmet,
        planner=planner, epochs=max((one.epoch for one in results), default=1),
        suites=tuple(_figures(name, results) for name in dict.fromkeys(one.suite for one in results)),
        paraphrases=_paraphrases(results), plays=tuple(results),
    )  # fmt: skip


def pass_power(passes: int, plays: int, k: int) -> Decimal:
    """Return the unbiased estimate that `k` plays in a row pass, of `plays` of which `passes` did.

    Source: pass^k of tau-bench (Yao et al. 2024, arXiv:2406.12045).
    """
    return Decimal(comb(passes, k)) / Decimal(comb(plays, k))


def difference(report: Report, accepted: Report) -> Difference:
    """Set a report beside an accepted one; only the suites that were played now are looked at."""
    names = {one.suite for one in report.suites}
    now, then = _by_case(report.plays), _by_case([one for one in accepted.plays if one.suite in names])
    both = [case for case in now if case in then]
    good, was_good = ({case for case in both if _passed(cases[case])} for cases in (now, then))
    tokens, dollars = ((_per_play(both, now, what) - _per_play(both, then, what)) for what in ("tokens", "dollars"))
    before = _median_ms([one for case in both for one in then[case]])
    ranks = {case: (_understood(now[case]), _understood(then[case])) for case in both}
    return Difference(
        accepted_cases=len(then), newly_failed=tuple(case for case in both if case in was_good - good),
        newly_passed=tuple(case for case in both if case in good - was_good), added=tuple(case for case in now if case not in then),
        gone=tuple(case for case in then if case not in now and case not in report.skipped), tokens=int(tokens), dollars=dollars,
        understood_worse=tuple(case for case, (new, old) in ranks.items() if new > old),
        understood_better=tuple(case for case, (new, old) in ranks.items() if new < old),
        times_slower=round(Decimal(_median_ms([one for case in both for one in now[case]])) / before, 2) if before else None,
    )  # fmt: skip


def _by_case(results: Sequence[CaseResult]) -> dict[str, list[CaseResult]]:
    cases: dict[str, list[CaseResult]] = {}
    for one in results:
        cases.setdefault(one.id, []).append(one)
    return cases


def _passed(plays: Sequence[CaseResult]) -> bool:
    return all(one.passed for one in plays)


def _understood(plays: Sequence[CaseResult]) -> int:
    """Return how badly a paraphrase fared in its worst play, 0 for right; 0 for what is none."""
    return max((_BEST_FIRST.index(one.understood) for one in plays if one.understood), default=0)


def _per_play(ids: Sequence[str], cases: Mapping[str, Sequence[CaseResult]], what: str) -> Decimal:
    return sum((Decimal(getattr(one, what)) / len(cases[case]) for case in ids for one in cases[case]), Decimal(0))


def _median_ms(plays: Sequence[CaseResult]) -> int:
    return round(median(one.milliseconds for one in plays)) if plays else 0


def _figures(suite: str, results: Sequence[CaseResult]) -> SuiteFigures:
    own = [one for one in results if one.suite == suite]
    cases = list(_by_case(own).values())
    epochs = min(map(len, cases))
    times = sorted(one.milliseconds for one in own)
    return SuiteFigures(
        suite=suite, cases=len(cases), passed=sum(map(_passed, cases)),
        pass_k=tuple(
            _pass_k(cases, k)
            for k in range(1, epochs + 1)
        ),
        wrong_figures=sum(one.wrong_figures for one in own), tokens=sum(one.tokens for one in own),
        dollars=sum((one.dollars for one in own), Decimal(0)), priced=all(one.priced for one in own),
        median_ms=_median_ms(own), p95_ms=times[min(len(times) - 1, len(times) * 95 // 100)],
    )  # fmt: skip


def _pass_k(cases: Sequence[Sequence[CaseResult]], k: int) -> Decimal:
    each = (pass_power(sum(one.passed for one in plays), len(plays), k) for plays in cases)
    return round(sum(each, Decimal(0)) / len(cases), 4)


def _paraphrases(results: Sequence[CaseResult]) -> Paraphrases | None:
    own = [one.understood for one in results if one.understood and one.suite == HELD_OUT]
    if not own:
        return None
    share = {kind: round(Decimal(own.count(kind)) * 100 / len(own), 1) for kind in _BEST_FIRST}
    questions = len({one.id for one in results if one.understood and one.suite == HELD_OUT})
    return Paraphrases(
        questions=questions,
        accuracy=share["correct"],
        asked_back=share["asked_back"],
        wrong=share["wrong"],
        failed=share["failed"],
    )
