"""What the fuzz tests feed to the stages, and how."""

import json
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from streams import topics
from streams.assets import Assets
from streams.core.stories import StoryIndex
from streams.topology import STAGES, Context, Message, Origin, Stage, process

NEWS = "The miner said on Monday that it will ban all exports of lithium and antimony from China to Chile. "

# Made to be slow somewhere: what one part or another of the stages looks for, looks around, or takes apart, over and over.
UNITS: Sequence[str] = (
    *"a0 \n\t\0\r;<>&(\".,:-'|/\\#@[{=%$*",
    *"éßİ中ا…™€Ã",
    *("\x85", "\xad", "\u0301", "\u200d", "\u202e", "\u3000", "\U0001faa8", "\ud800", "\u1100\u1161", "a\u0300\u0316"),
    *("\r\n", " \n", "…\n", "- a\n", "1 a\n", "A.\n", "a | b\n", "a b\nC d\n", "Read more: a\n", "Photo: A B\n", "Advertisement\n"),
    *("a" * 79 + ".\n", "a" * 41 + "\nb", "Word " * 20 + ".\n", "\u202e<", "= ", "| a ", "a. ", "Mr. A. ", "u.s. ", "THE "),
    *("&amp;", "&amp", "amp;", "&#38;", "&lt;p&gt;", "quot;", "#39;", "â€™", "Ã©", "a@b.c ", "http://a.com/ "),
    *("1,", "1.", "1/", "5,000 ", "$1 million ", "5 tonnes per year ", "1-1-1 ", "12:30 ", "US$ "),
    *("lithium ", "Lithium ", "lithium mine ", "lithium silver medal ", "not ban lithium ", "rare earths and cobalt, "),
    *("China ", "Congo, Chile, ", "ban lithium mine china ", "Export ban lithium China. "),
    *("A Ltd ", " Resources", "A Resources Minerals Metals ", "Ministry of A and A ", "Ministry ", NEWS, NEWS + "\n"),
)

PAGE_UNITS: Sequence[str] = (
    *("<", "<a ", "<!--", "<!", "<?", "</", "</p>x", "<p>x", "<p/", "<b>x", "<b x>x", "<i><p>x</i></p>", "<a><p>x</a>", "<div>x"),
    *("<rp>x", "<rt>x", "<optgroup>x", "<option>x", "<td>x", "<tr>x", "<li>x", "<dd>x", "<hr>x", "<br>x"),
    *("<table><tr><td>x</table>", "<svg><p>x", "<svg><td>x", "<select>x", "<button>x", "<template>x", "<title>x", "<nav>x</nav>"),
    *("<p><b><!--</b>-->x", "<footer><nav>x</nav></footer>", "<script>x</script>"),
    *('<p class="', "<p a='>'>x", "<p a=>x", "<p>x|", '<p class="a b-c">x', "<p style='display:none'>x", "<h1>x</h1><p>y.</p>"),
    *("a", " ", "\n", "|", "\0", "é", "a. ", "&amp;", "&lt;p&gt;", "Ã©", "5,000 ", "Ministry of A and A ", NEWS),
    *('<script type="application/ld+json">{"articleBody":"x"}</script>', "&nbsp", "&#0;", "&lt;b", "<textarea>x", "<style>x"),
)


def numbered(form: str, size: int) -> str:
    """A form repeated with another number each time, up to a number of characters."""
    pieces, length = list[str](), 0
    while length < size:
        pieces.append(form.format(len(pieces)))
        length += len(pieces[-1])
    return "".join(pieces)


NUMBERED: Sequence[str] = (
    *("<p {0:x}>x", "<p><b {0:x}>x", "<p><b {0:x}><!--</b>-->x", "<p><STRONG\n{0:x} a='</strong>'>x", "<a {0:x}><p>x"),
    *("<x{0:x}>x</x{0:x}>", "&{0:x};", "&#{0};", "<p id=a{0:x}>They said so on Monday, all {0} of them.</p>"),
)

BOUNDED: Sequence[str] = (
    *("<body {0:x}></body>", "<HTML a{0:x} b{0:x}></HTML>", "<x-y></x-z>x", "<div><!--</div>-->x", "<div a='</div>'>x"),
    *(" a{0:x}", "/a{0:x}", " a{0:x}='>'", '/a{0:x} =\n\n">"', " <{0:x}", " a{0:x}=''", " a{0:x}=<p>"),
)
"""The parser's time grows with the square of these, up to the bounds of `html_parse`."""


def bodies(size: int) -> Iterator[tuple[str, str, str]]:
    """Name, content type and body of each family, of a number of characters."""
    for unit in UNITS:
        flood = unit * (size // len(unit))
        yield f"plain {unit!r}", "text/plain", flood
        yield f"news {unit!r}", "text/plain", f"{NEWS}\n{flood}"
    for unit in PAGE_UNITS:
        yield f"tags {unit!r}", "text/html", f"<p>{NEWS}</p><div>{unit * (size // len(unit))}"
    for form in NUMBERED:
        yield f"numbered {form!r}", "text/html", f"<p>{NEWS}</p><div>{numbered(form, size)}"


def bounded(form: str, size: int) -> str:
    """A page of one of the `BOUNDED` forms, which fills one tag where it begins with what separates attributes."""
    flood = numbered(form, size)
    return f"<p>{NEWS}</p><div {flood}>" if form[0] in " /" else f"<p>{NEWS}</p>{flood}"


def event(body: str, content_type: str | None = None, **fields: object) -> bytes:
    """A raw event; what is no JSON, as half a surrogate, is escaped."""
    return json.dumps({"body": body, "content_type": content_type, **fields}).encode()


def context(loaded: Assets) -> Context:
    """A partition without stories."""
    return Context(loaded, StoryIndex(loaded.lexicon, loaded.desk.stories), None)


def run(value: bytes | None, loaded: Assets, chain: Sequence[Stage] = STAGES) -> list[Message]:
    """What the stages make of a record, in a partition without stories."""
    return process(chain, Origin(topics.RAW, 0, 0, None, value, (), None), context(loaded))


def refusals(messages: Sequence[Message]) -> list[str]:
    """Reason and error of the dead letters."""
    letters = [dict(message.headers) for message in messages if message.topic == topics.DEAD_LETTER]
    return [f"{letter['dl_stage']!r}: {letter['dl_reason'].decode()}: {letter['dl_error'].decode()}" for letter in letters]


def faults(messages: Sequence[Message]) -> list[str]:
    """Refusals that are no article's doing: a stage raised, or took too long."""
    return [refusal for refusal in refusals(messages) if ": stage_" in refusal]


PIECES = st.one_of(
    st.sampled_from([*UNITS, *PAGE_UNITS]),
    st.text(max_size=8),
    st.sampled_from(NEWS.split()).map(lambda word: word + " "),
    st.integers(0, 10**7).map(lambda number: f"{number:,} "),
    st.sampled_from(["tonnes", "per year", "million", "%", "Inc", "plc", "</b>", "</div>", "-->", "'", '"', "/>", "<h1>", "\n\n"]),
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)
FIELDS = st.one_of(st.none(), st.text(max_size=20), PIECES, st.sampled_from(["2026-01-01", "2026-01-01T00:00:00Z", "text/html"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
