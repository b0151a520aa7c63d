"""The whole suite on two cores: one interpreter uses one, so that cases are played in two processes, each with a cloud of its own."""

from collections.abc import Mapping, Sequence

from evals.case import ActionCase, Case, UseCase, estate_of, needs_cloud

Ids = frozenset[str]


def halves(loaded: Mapping[str, Sequence[Case]]) -> tuple[Ids, Ids]:
    """Return the cases of each process, about as long as each other.

    The first plays what acts; some of what needs no other cloud or estate than the demo's goes to the second, beside all questions.
    """
    every = [case for cases in loaded.values() for case in cases]
    acting, others = [one for one in every if needs_cloud(one)], [one for one in every if not needs_cloud(one)]
    loose = [one for one in acting if isinstance(one, ActionCase) and estate_of(one) == "demo" and not one.own_cloud]
    first, second = sum(map(_weight, acting)), sum(map(_weight, others))
    moved: set[str] = set()
    for one in reversed(loose):
        if second + _weight(one) > first - _weight(one):
            break
        moved.add(one.id)
        first, second = first - _weight(one), second + _weight(one)
    return (
        frozenset(one.id for one in acting if one.id not in moved),
        frozenset({*moved, *(one.id for one in others)}),
    )


def _weight(case: Case) -> int:
    """Return how long a case takes beside a question: an action is several steps, each looked at in the cloud."""
    if isinstance(case, ActionCase):
        return 30 if case.own_cloud else 12
    return 6 if needs_cloud(case) else 3 if isinstance(case, UseCase) else 1
