"""The stems of words, by which tellings are compared and events are known."""

from types import MappingProxyType

MONTHS = MappingProxyType(
    {
        name[:length]: month
        for month, name in enumerate(
            (
                *("january", "february", "march", "april", "may", "june"),
                *("july", "august", "september", "october", "november", "december"),
            ),
            start=1,
        )
        for length in (3, 4, len(name))
    }
)


def stem(word: str) -> str:
    """Cut an inflection and what follows the sixth letter, so that `exporters` and `exported` agree.

    Empty for what is no word of its own here: numbers, months, single letters.
    """
    if len(word) == 1 or word[0].isdecimal() or word in MONTHS:
        return ""
    for suffix in ("ing", "ies", "ed", "s"):
        if word.endswith(suffix) and len(word) >= len(suffix) + 3:
            word = word.removesuffix(suffix)
            break
    return word.rstrip("ey")[:6]


class Stems(dict[str, str]):
    """The stems of words seen before, forgotten when they become too many: twice as fast as `lru_cache`."""

    MOST = 65_536

    def __missing__(self, word: str) -> str:
        """Find and keep the stem of a new word."""
        if len(self) >= self.MOST:
            self.clear()
        self[word] = stem(word)
        return self[word]


STEMS = Stems()
