"""A report as one HTML page: no script, no other file, nothing loaded."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

from evals.report import CaseResult, Report, SuiteFigures

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .3rem .6rem; vertical-align: top; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: light-dark(#a3120a, #ff8f85); font-weight: 600; }
.good { color: light-dark(#0b6b36, #6fd99a); }
summary { cursor: pointer; }
"""


def page(report: Report) -> str:
    """Return the report as HTML: what failed first, then each suite, the comparison, and every case."""
    title = f"Tollkeeper eval: {report.suite}, planner {report.planner}"
    parts = [
        f"<h1>{escape(title)}</h1>", _headline(report), _failures(report), _suites(report.suites), _beside(report),
        _cases(report.plays),
    ]  # fmt: skip
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>{"".join(parts)}</body></html>\n'
    )


def _headline(report: Report) -> str:
    said = [
        f"{report.passed:,} of {report.cases:,} cases passed in {'every one of ' if report.epochs > 1 else ''}"
        f"{report.epochs} epoch{'s' if report.epochs > 1 else ''}",
        f"{report.wrong_figures:,} wrong figures",
        f"{report.seconds:,} s",
    ]
    said += [f"{len(report.skipped):,} skipped"] if report.skipped else []
    lines = [
        ", ".join(said) + ".",
        *([report.paraphrases.sentence + "."] if report.paraphrases else []),
        *([report.acting.sentence + "."] if report.acting else []),
    ]
    kind = "bad" if report.failed or report.unmet or report.wrong_figures else "good"
    return "".join(f'<p class="{kind}">{escape(line)}</p>' for line in lines)


def _failures(report: Report) -> str:
    rows = [
        (one.id, one.suite, str(one.epoch), "; ".join(one.reasons)) for one in report.plays if not one.passed
    ]  # fmt: skip
    unmet = "".join(f'<p class="bad">Not met: {escape(what)}</p>' for what in report.unmet)
    return unmet + (f"<h2>Failed</h2>{_table(('Case', 'Suite', 'Epoch', 'Why'), rows)}" if rows else "")


def _suites(suites: Sequence[SuiteFigures]) -> str:
    heads = ("Suite", "Cases", "Passed", "pass^1 ... pass^k", "Wrong figures", "Tokens", "USD", "Median ms", "P95 ms")
    rows = [
        (
            one.suite, f"{one.cases:,}", f"{one.passed:,}", ", ".join(map(str, one.pass_k)), f"{one.wrong_figures:,}", f"{one.tokens:,}",
            _dollars(one.dollars, priced=one.priced), f"{one.median_ms:,}", f"{one.p95_ms:,}",
        )
        for one in suites
    ]  # fmt: skip
    return f"<h2>Suites</h2>{_table(heads, rows, numbers=(1, 2, 4, 5, 6, 7, 8))}"


def _beside(report: Report) -> str:
    found = report.beside_accepted
    if found is None:
        return "<h2>Beside the accepted report</h2><p>None was accepted yet for this planner.</p>"
    rows = [
        (what, ", ".join(ids))
        for what, ids in (
            ("newly failed", found.newly_failed), ("newly passed", found.newly_passed), ("added", found.added), ("gone", found.gone),
            ("paraphrases understood worse", found.understood_worse), ("paraphrases understood better", found.understood_better),
        )
        if ids
    ]  # fmt: skip
    slower = f" {found.times_slower} times its median time." if found.times_slower is not None else ""
    said = (
        f"{found.sentence[:1].upper()}{found.sentence[1:]}; {found.tokens:+,} tokens, {found.dollars:+f} USD.{slower}"
    )
    return (
        f"<h2>Beside the accepted report</h2><p>{escape(said)}</p>{_table(('Change', 'Cases'), rows) if rows else ''}"
    )


def _cases(plays: Sequence[CaseResult]) -> str:
    heads = ("Case", "Suite", "Epoch", "Result", "Tokens", "USD", "ms")
    rows = [
        (
            one.id, one.suite, str(one.epoch), one.understood or ("passed" if one.passed else "failed"), f"{one.tokens:,}",
            _dollars(one.dollars, priced=one.priced), f"{one.milliseconds:,}",
        )
        for one in plays
    ]  # fmt: skip
    return f"<details><summary>Every play ({len(rows):,})</summary>{_table(heads, rows, numbers=(4, 5, 6))}</details>"


def _dollars(value: Decimal, *, priced: bool) -> str:
    return f"{value:f}" if priced else f"at least {value:f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    def cells(tag: str, texts: Sequence[str]) -> str:
        marks = ('<{0} class="n">{1}</{0}>' if at in numbers else "<{0}>{1}</{0}>" for at in range(len(texts)))
        return "".join(mark.format(tag, escape(text)) for mark, text in zip(marks, texts, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', heads)}</tr></thead><tbody>{body}</tbody></table>"
