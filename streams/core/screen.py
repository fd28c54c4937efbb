"""A quick look at the words of an article: whether any of some phrases can be in it; it spares most articles the automaton."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from streams.core.document import split

SHORT = 3
"""Words of so many letters are too common to look a phrase up by, if it has a longer one."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Phrases by their rarest words."""

    words: frozenset[str]
    """The rarest word of each phrase."""
    others: dict[str, tuple[frozenset[str], ...]]
    """By rarest word, the other words of its phrases; none of these sets holds another."""


def build(phrases: Iterable[str]) -> Screen:
    """The screen for lower-case phrases."""
    sets = {frozenset(split(phrase)) for phrase in phrases}
    frequency = Counter(word for words in sets for word in words)
    by_rarest: dict[str, set[frozenset[str]]] = {}
    for words in sets:
        rarest = min(words, key=lambda word: (len(word) <= SHORT, frequency[word], word))
        by_rarest.setdefault(rarest, set()).add(words - {rarest})
    others = {
        word: tuple(sorted((own for own in rest if not any(other < own for other in rest)), key=sorted))
        for word, rest in by_rarest.items()
    }
    return Screen(frozenset(others), others)


def may_hold(words: frozenset[str], screen: Screen) -> bool:
    """Whether all words of some phrase are among an article's."""
    for word in screen.words & words:
        for others in screen.others[word]:
            if others <= words:
                return True
    return False
