"""How an answer and what happens on the way to it look in a terminal."""

from rich.console import Console
from rich.markup import escape

from agent.answer import Answer, Answered, Event, Planned, Proposed, TextDelta, ToolFinished, ToolStarted
from app.cli.words import proposal_lines


def progress_line(event: Event) -> str | None:
    """Return one line of progress for stderr, None where the event is no progress."""
    if isinstance(event, Planned):
        return f"{event.planner}: {event.understood}" if event.understood else None
    if isinstance(event, ToolStarted):
        return f"  {event.tool} ..."
    if isinstance(event, ToolFinished):
        return f"  {event.tool}: {event.error or f'{event.rows_read} rows, {event.elapsed_ms} ms, {event.evidence}'}"
    return None


class AnswerView:
    """Writes events as they come: text to `out`, progress to `err`, figures' evidence beneath the answer."""

    def __init__(self, out: Console, err: Console) -> None:
        self._out, self._err = out, err

    def show(self, event: Event) -> None:
        """Write one event."""
        if isinstance(event, TextDelta):
            self._out.print(event.text, end="", markup=False, highlight=False, soft_wrap=True)
        elif isinstance(event, Answered):
            self._out.print()
            self._foot(event.answer)
        elif isinstance(event, Proposed):
            return  # shown whole, with its verdict, beneath the answer
        elif line := progress_line(event):
            self._err.print(f"[dim]{escape(line)}[/dim]", highlight=False, soft_wrap=True)

    def _foot(self, answer: Answer) -> None:
        for proposal in answer.proposals:
            self._out.print("\n".join(["", *proposal_lines(proposal)]), markup=False, highlight=False, soft_wrap=True)
        for remark in answer.notes:
            self._out.print(f"note: {remark}", markup=False, highlight=False, soft_wrap=True)
        cited = {figure.evidence for figure in answer.figures}
        for evidence in answer.evidence:
            if evidence.id in cited:
                line = f"{evidence.id}  {evidence.tool}, {evidence.rows_read} rows of snapshot {evidence.snapshot}"
                self._out.print(f"[dim]{escape(line)}[/dim]", highlight=False, soft_wrap=True)
        cost = f"{answer.model_tokens} model tokens, {answer.model_cost.unit} {answer.model_cost.value:f}"
        self._out.print(f"[dim]{answer.planner}, {cost}, {answer.elapsed_ms} ms[/dim]", highlight=False)
