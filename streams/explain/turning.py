"""What would have turned a decision: the fewest of its reasons without which it falls out the other way."""

from collections.abc import Callable, Collection, Sequence
from math import inf, log


def turning(reasons: Sequence[str], turned: Callable[[Collection[str]], bool], most: int) -> list[str] | None:
    """The fewest of the `reasons` without which a decision is turned, found greedily; None when more than `most` are needed.

    `reasons` are in order of strength, strongest first. `turned` tells whether the decision is another one without some of
    them: it asks the stage's own function, so that what is said here holds there. Of those taken, the ones that are not
    needed are put back, strongest last.
    """
    taken: list[str] = []
    for reason in reasons[:most]:
        taken.append(reason)
        if turned(taken):
            break
    else:
        return None
    for reason in reversed(taken[:-1]):
        others = [other for other in taken if other != reason]
        if turned(others):
            taken = others
    return taken


def log_odds(probability: float) -> float:
    """The logarithm of the odds; infinite for 0 and 1."""
    if probability <= 0:
        return -inf
    return log(probability / (1 - probability)) if probability < 1 else inf
