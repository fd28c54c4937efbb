"""The words and phrases of the pages around articles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ahocorasick_rs import AhoCorasick, Implementation

SMALL = 3
"""Letters of words that headings may leave small."""
STEM = 5
"""Letters of a word that stand for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The words of the pages around articles, decoded from `streams/data/residue.json`, in lower case; compared by identity."""

    end: frozenset[str]
    """Lines that close an article: what follows is of other articles."""
    lines: Mapping[str, str]
    """Whole lines, to the reason why they go."""
    openings: Mapping[str, str]
    """First words of a line, four at most, to what they announce."""
    second_words: Mapping[str, tuple[str, ...]]
    """First words of `openings`, to the words that follow them there; "" after one that is an opening by itself."""
    closings: tuple[str, ...]
    """Last words of teasers and prompts."""
    last_words: frozenset[str]
    """The last words of `closings`."""
    inside: tuple[str, ...]
    """What makes boilerplate of a line that begins like it."""
    final: frozenset[str]
    """Headings of the end of a company's release: what follows is about the company, its lawyers and its telephone."""
    said: AhoCorasick
    """Finds what pages say to their readers, in the cases that headings have."""
    said_as: Sequence[str]
    """What such a phrase makes of its line: a reason for each pattern of `said`."""
    notices: Mapping[str, tuple[str, ...]]
    """What the pages say that come in an article's place, by what they are."""
    section: frozenset[str]
    """Names of sections and editions."""
    chrome: frozenset[str]
    """Words of buttons, prompts and legal lines."""
    menu: frozenset[str]
    """Both."""
    date: frozenset[str]
    """Words that may stand in a line that is a date."""
    calendar: frozenset[str]
    """Those of them that make it one."""
    role: frozenset[str]
    """Words for desks and staff."""
    function: frozenset[str]
    """The commonest words of English."""
    foreign: frozenset[str]
    """The commonest words of other languages that English does not have."""
    stop_stems: frozenset[str]
    """Stems of `function`."""


def read_phrases(residue: Mapping[str, Any]) -> Phrases:
    """The phrases of the decoded `residue.json`."""
    words = {name: frozenset(values) for name, values in residue["words"].items()}
    said = [(spelled, "paywall") for phrase in residue["paywall"] for spelled in sorted(_spellings(phrase))]
    said += [(spelled, "boilerplate") for phrase in residue["prompts"] for spelled in sorted(_spellings(phrase))]
    return Phrases(
        end=frozenset(residue["end"]),
        lines={line: reason for reason, lines in residue["lines"].items() for line in lines},
        openings={line: kind for kind, lines in residue["openings"].items() for line in lines},
        second_words=_second_words([opening for kind in residue["openings"].values() for opening in kind]),
        closings=tuple(residue["closings"]),
        inside=tuple(residue["inside"]),
        final=frozenset(residue["final"]),
        said=AhoCorasick([spelled for spelled, _ in said], implementation=Implementation.DFA),
        said_as=[reason for _, reason in said],
        notices={kind: tuple(phrases) for kind, phrases in residue["notices"].items()},
        last_words=frozenset(closing.rpartition(" ")[2] for closing in residue["closings"]),
        stop_stems=frozenset(word[:STEM] for word in words["function"]),
        menu=words["section"] | words["chrome"],
        **words,
    )


def _spellings(phrase: str) -> set[str]:
    """A phrase as it stands in a sentence, at its beginning, in a heading and in capitals."""
    words = phrase.split(" ")
    heading = [word if len(word) <= SMALL and place else word.capitalize() for place, word in enumerate(words)]
    return {phrase, phrase.capitalize(), " ".join(heading), " ".join(map(str.capitalize, words)), phrase.upper()}


def _second_words(openings: Sequence[str]) -> dict[str, tuple[str, ...]]:
    pairs = sorted({tuple(f"{opening} ".split(" ")[:2]) for opening in openings})
    return {first: tuple([second for _, second in group]) for first, group in groupby(pairs, lambda pair: pair[0])}
