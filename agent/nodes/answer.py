"""Say it: the grounded words, then what the records say of each proposal."""

import re
from collections.abc import Iterator
from datetime import date

from langgraph.runtime import Runtime

from agent.answer import TextDelta
from agent.basis import basis
from agent.deps import Asker, Deps
from agent.known import day_words
from agent.nodes.policy import loaded
from agent.planners.contract import Exchange
from agent.state import DROPPED_EXCHANGES, KEPT_EXCHANGES, Standing, State, Update, Work, plain, standing_of, work_of
from agent.turns import evidence_of
from agent.wording import proposal_words

# A few words each: a piece for every word costs more than all else of a turn.
_PIECE = re.compile(r"(?:\S+\s*){1,8}|\s+")


def answer(deps: Deps, state: State, runtime: Runtime[Asker]) -> Update:
    """Send the text piece by piece and keep the exchange; in a proposal's thread, say where it stands."""
    if own := state.get("proposal"):
        was = standing_of(state)
        text = proposal_words(loaded(deps).get(own)) + (f" {was.error}" if was.error else "")
        _send(runtime, text)
        return {"standing": plain(Standing.model_validate({**plain(was), "text": text}))}
    work = work_of(state)
    lines = [proposal_words(loaded(deps).get(proposal)) for proposal in work.proposals]
    # Beneath the text, whose figures are bound by their order.
    rests_on = basis(work.text, evidence_of(deps, work).values())
    text = "\n\n".join([work.text, *filter(None, [rests_on]), *work.facts, *_known(work), *lines])
    _send(runtime, text)
    served = [c for c in work.called if not c.error and not c.repeat]
    exchange = Exchange(
        question=work.asked or work.question, calls=tuple(c.call for c in served), answer=text, known_on=work.known_on,
        evidence=tuple(dict.fromkeys(c.evidence for c in served)), fact=work.fact.id if work.fact else "",
    )  # fmt: skip
    kept = [*(state.get("exchanges") or []), plain(exchange)]
    # Several at once: what a model was sent before stays the beginning of what it is sent next, which endpoints cache.
    kept = kept[DROPPED_EXCHANGES:] if len(kept) >= KEPT_EXCHANGES + DROPPED_EXCHANGES else kept
    return {"work": plain(work.model_copy(update={"text": text, "done": True})), "exchanges": kept}


def _known(work: Work) -> Iterator[str]:
    """Say of which earlier state of the data the answer is; beneath the text, whose figures are bound by their order."""
    if work.known_on:
        yield f"As known on {day_words(date.fromisoformat(work.known_on))} (snapshot `{work.snapshot}`)."


def _send(runtime: Runtime[Asker], text: str) -> None:
    for piece in _pieces(text):
        runtime.stream_writer(TextDelta(text=piece))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text into a few words each with what follows them, so that the pieces join to the text."""
    return (match[0] for match in _PIECE.finditer(text))
