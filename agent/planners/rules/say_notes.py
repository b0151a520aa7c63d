"""Words for notes: what people recorded, in their own words and under their names, and never as a cause."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from agent.grounding.names import quoted, shown
from agent.planners.contract import ToolOutcome
from agent.planners.rules.say_cost import dimension_words, period_words
from finops.notes import days_told
from finops.periods import Period
from finops.query import Filter
from tools.notes_contract import NoteRow, NotesResult

NOBODY_NOTED = "nobody recorded a note; record one with `toll notes add DAY TEXT`, or ask what it cost, as in `cost by service last week`"
_BESIDE_A_CHANGE = 8
_LISTED = 30


def say_notes(outcome: ToolOutcome) -> str:
    """Say what was recorded of a period."""
    result = NotesResult.model_validate(outcome.evidence.result if outcome.evidence else {})
    days = Period(start=result.since, end=result.until + timedelta(days=1)) if result.since and result.until else None
    where = period_words(days) if days else "so far"
    if not result.notes:
        return f"Nobody recorded a note {where}."
    lines = [f"Recorded by people {where}:", *map(_line, result.notes[-_LISTED:])]
    return "\n".join([*lines, *(["These are the newest; `toll notes` lists all."] if result.matches > _LISTED else [])])


def recorded(notes: ToolOutcome | None, filters: Sequence[Filter]) -> Iterator[str]:
    """Tell beside a change what people recorded of these days and as long before them: first what concerns it, or everything.

    What names another value of what the question is about is left out; what names something else may concern it, and is told apart.
    """
    if notes is None or notes.evidence is None:
        return
    told = [one for one in NotesResult.model_validate(notes.evidence.result).notes if _bears_on(one, filters)]
    yield ""
    if not told:
        yield "Nobody recorded a deploy or any other note for these days or as long before them."
        return
    asked = {one.dimension for one in filters}
    near = [one for one in told if not filters or not one.scope or asked & set(one.scope)]
    yield "Recorded by people for these days and as long before them; what happened at the same time need not be the cause:"
    yield from map(_line, near[-_BESIDE_A_CHANGE:])
    if other := [one for one in told if one not in near]:
        yield "Recorded of other things in these days:" if near else "None of them names what was asked about:"
        yield from map(_line, other[-_BESIDE_A_CHANGE:])
    if max(len(near), len(other)) > _BESIDE_A_CHANGE:
        yield "These are the newest; `toll notes` lists all."


def _line(one: NoteRow) -> str:
    of = "".join(f", of {dimension_words(name)} `{shown(value)}`" for name, value in one.scope.items())
    return f"- {days_told(one.day, one.last_day)}, {one.kind} by {quoted(one.person)}{of}: `{shown(one.text)}`"


def _bears_on(note: NoteRow, filters: Sequence[Filter]) -> bool:
    """Tell whether a note may concern what passes the filters: where it says nothing of a dimension, it may."""
    known = [(one, note.scope[one.dimension]) for one in filters if one.dimension in note.scope]
    return not any((one.op, value in one.values) in (("is", False), ("is_not", True)) for one, value in known)
