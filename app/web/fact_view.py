"""The buttons beneath a stated fact: keep it or not. Nothing is kept before one of them, or a yes, is given by the person."""

from collections.abc import Callable

from agent.answer import PendingFact
from app.web.nodes import button, node, notice
from app.web.viewer import Viewer, explain
from finops.standing_facts import in_words, source_words


class FactView:
    """Draws into the present slot; gives way to what became of the fact."""

    def __init__(self, viewer: Viewer, fact: PendingFact) -> None:
        self._viewer, self._fact = viewer, fact
        self._root = node("div", classes="card-foot fact", attributes={"role": "group", "aria-label": fact.words})
        with self._root:
            button("Keep", lambda: self._done(self._keep), kind="primary")
            button("Do not keep", lambda: self._done(self._drop))

    async def _done(self, step: Callable[[], str]) -> None:
        try:
            said, kind = await self._viewer.call(step), "good"
        except Exception as error:  # noqa: BLE001 - an entry point: the page says it in one sentence
            said, kind = explain(error), "bad"
        self._root.clear()
        with self._root:
            notice(said, kind)

    def _keep(self) -> str:
        found, old = self._viewer.services.facts.confirm(self._viewer.principal, self._fact.id)
        instead = f" It replaces: {in_words(old.fact)} ({source_words(old)})." if old else ""
        return f"Kept: {in_words(found.fact)}.{instead} Take it back with `toll facts forget {found.id}`."

    def _drop(self) -> str:
        return f"Dropped: {in_words(self._viewer.services.facts.drop(self._viewer.principal, self._fact.id).fact)} is not kept."
