"""Finds which blocks of an HTML page are its main text."""

from typing import NamedTuple

from streams.core.html_tree import LAYOUT, Block, Element, Tree
from streams.core.lines_wrap import paragraphs

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
CELLS = frozenset(("td", "th"))
TEXTS = HEADINGS | {"p", "li", "blockquote", "dd", "dt", "pre"}
"""Elements that hold a text and no article."""
TEXT_TAGS = TEXTS | CELLS
"""Elements whose short texts may belong to an article; a short text of a `div` is a button, a date, a label."""
SENTENCE_END = frozenset(".!?\u2026:\"'\u201d\u2019\u00bb)\u3002\uff01\uff1f")

# RECALL_WEIGHT was tried at 0.3 to 0.8, PARAGRAPH at 100 to 400 and BODY_BONUS at 1 to 1.3, on article-extraction-benchmark and on
# invented pages; the others by judgement on half the hosts of that and of trafilatura's evaluation set.
LONG = 80
"""A text of so many characters is prose however it ends."""
SHORT = 25
"""A text of so many characters is prose when it ends like a sentence."""
PARAGRAPH = 200
"""A text of so many unlinked characters is a paragraph; shorter ones, as most teasers are, say less of where the article is."""
LINKED_BOX = 0.3
LINKED_PARAGRAPH = 0.75
LINKED_OTHER = 0.5
"""Largest share of link text in the prose of a `div`, in the prose of a paragraph or list item, and in other text."""
MENU_BARS, BAR_EVERY = 2, 200
"""With so many vertical bars, and one in so many characters or fewer, a text is a menu."""
RECALL_WEIGHT = 0.6
"""What finding all paragraphs of a page weighs against finding nothing but prose when the main element is chosen."""
BODY_BONUS = 1.3
"""How much more an element counts that is named the article's body."""
PAGE_SHARE = 0.25
"""A box with headline or body and this share of the page's prose is no side box, whatever it is called."""
LAYOUT_SHARE = 0.7
"""Where the boxes named after one layout have this share of the page's paragraphs, the page was built from such boxes."""
STANDFIRST = 0.2
"""Largest share of the prose that may stand before the headline."""
LEAST_PROSE = 200
"""With fewer characters of prose left, and most prose in side boxes, the boxes are misnamed: nothing is left out."""


class Measure(NamedTuple):
    """Characters of each element of a tree, with all it holds, by the element's index."""

    text: list[int]
    prose: list[int]
    unlinked: list[int]
    """Of the prose what is no link."""
    paragraphs: list[float]
    """Of that again, texts shorter than a paragraph counting less, by the square of their length."""
    own: list[bool]
    """Whether the element's own text, without that of blocks in it, is prose."""


def measure(tree: Tree, blocks: list[Block]) -> Measure:
    """Measure what the elements of `tree` hold of `blocks`."""
    size = len(tree.elements)
    text, linked, bars, prose = [0] * size, [0] * size, [0] * size, [0] * size
    last = [""] * size
    for block in blocks:
        text[block.owner] += len(block.text)
        linked[block.owner] += block.linked
        bars[block.owner] += block.text.count("|")
        last[block.owner] = block.text[-1]
    for index, element in enumerate(tree.elements):
        count = text[index]
        if count >= SHORT and (count >= LONG or (last[index] in SENTENCE_END and element.tag not in HEADINGS)):
            limit = LINKED_PARAGRAPH if element.tag in {"p", "li"} else LINKED_BOX
            menu = bars[index] >= max(MENU_BARS, count / BAR_EVERY)
            prose[index] = count if linked[index] < limit * count and not menu else 0
    own = [count > 0 for count in prose]
    unlinked = [count - link if count else 0 for count, link in zip(prose, linked, strict=True)]
    run = [0] * size
    for element, count in zip(tree.elements, unlinked, strict=True):
        run[element.parent] += count if element.tag == "p" else 0
    paragraphs = [
        count * min(1.0, (run[element.parent] if element.tag == "p" else count) / PARAGRAPH) ** 2
        for element, count in zip(tree.elements, unlinked, strict=True)
    ]
    for index in range(size - 1, 0, -1):
        parent = tree.elements[index].parent
        text[parent] += text[index]
        prose[parent] += prose[index]
        unlinked[parent] += unlinked[index]
        paragraphs[parent] += paragraphs[index]
    return Measure(text, prose, unlinked, paragraphs, own)


def beside(elements: list[Element], measured: Measure) -> list[bool]:
    """Which elements are not the article: hidden, named as side boxes, small articles within it, or those that follow it."""
    prose, layouts = measured.prose, page_layouts(elements, measured.paragraphs)
    titled = [element.tag == "h1" for element in elements]
    holds = [element.body or element.tag == "h1" for element in elements]
    for index in range(len(elements) - 1, 0, -1):
        titled[elements[index].parent] |= titled[index]
        holds[elements[index].parent] |= holds[index]
    out = [False] * len(elements)
    article = [0] * len(elements)
    read = False
    for index, element in enumerate(elements):
        outer = article[element.parent]
        article[index] = index if element.tag == "article" else outer
        misnamed = element.beside in layouts or (holds[index] and prose[index] > PAGE_SHARE * prose[0])
        teaser = element.tag == "article" and outer > 0 and 2 * prose[index] < prose[outer]
        whole = element.tag == "article" and outer == 0 and titled[index]
        out[index] = out[element.parent] or element.hidden or teaser or (whole and read) or (element.beside != "" and not misnamed)
        read = read or (whole and prose[index] >= LEAST_PROSE)
    return out


def page_layouts(elements: list[Element], paragraphs: list[float]) -> set[str]:
    """The words of layout that name most of the page's text, and so say nothing of it."""
    share = dict.fromkeys(LAYOUT, 0.0)
    outer = [""] * len(elements)
    for index, element in enumerate(elements):
        outer[index] = outer[element.parent]
        if element.beside in LAYOUT and not outer[index]:
            outer[index] = element.beside
            share[element.beside] += paragraphs[index]
    return {word for word, count in share.items() if count > LAYOUT_SHARE * paragraphs[0]}


def main_element(elements: list[Element], measured: Measure) -> int:
    """Index of the innermost element that holds most paragraphs and little else: the best weighted mean of both shares."""
    best, top = 0, 0.0
    for index, element in enumerate(elements):
        if measured.prose[index] and element.tag not in TEXTS:
            precision = measured.unlinked[index] / measured.text[index]
            recall = measured.paragraphs[index] / measured.paragraphs[0]
            score = precision * recall / (RECALL_WEIGHT * precision + (1 - RECALL_WEIGHT) * recall)
            score *= BODY_BONUS if element.body else 1
            if score >= top:
                best, top = index, score
    return best


class Line(NamedTuple):
    """A block that may be a line of the main text."""

    tag: str
    owner: int
    row: int
    """Index of the table row that it is a cell of, or 0."""
    text: str
    prose: bool


def candidates(tree: Tree, blocks: list[Block], measured: Measure) -> list[Line]:
    """The blocks in the main element that are text: not links, not labels. Without any prose all text may be a line."""
    main = main_element(tree.elements, measured)
    inside = [False] * len(tree.elements)
    for index, element in enumerate(tree.elements):
        inside[index] = index == main or inside[element.parent]
    for owner in standfirst(tree, blocks, measured, inside):
        inside[owner] = True
    lines = []
    for block in blocks:
        element = tree.elements[block.owner]
        cell = element if element.tag in CELLS else tree.elements[element.parent]
        row = cell.parent if cell.tag in CELLS else 0
        prose = measured.own[block.owner] or (not measured.prose[0] and element.tag not in HEADINGS)
        limit = LINKED_PARAGRAPH if prose and block.text[-1] in SENTENCE_END else LINKED_OTHER
        text = prose or row or element.tag in TEXT_TAGS
        if inside[block.owner] and text and block.linked <= limit * len(block.text):
            lines.append(Line(element.tag, block.owner, row, block.text, prose))
    return lines


def standfirst(tree: Tree, blocks: list[Block], measured: Measure, inside: list[bool]) -> set[int]:
    """The headline before the main element and the paragraphs between the two, if these are no more than a standfirst."""
    start = end = None
    for number, block in enumerate(blocks):
        is_headline = tree.elements[block.owner].tag == "h1"
        if inside[block.owner]:
            end = number if end is None else end
            if is_headline:
                return set()
        elif is_headline and end is None:
            start = number
    if start is None:
        return set()
    paragraphs = [
        block
        for block in blocks[start + 1 : end]
        if tree.elements[block.owner].tag == "p" and measured.own[block.owner] and not block.linked
    ]
    total = sum(len(block.text) for block in blocks if inside[block.owner] and measured.own[block.owner])
    short = sum(len(block.text) for block in paragraphs) <= STANDFIRST * total
    return {blocks[start].owner, *(block.owner for block in paragraphs)} if short else set()


def between(lines: list[Line]) -> tuple[str | None, list[Line]]:
    """The headline and the lines after it, from the first prose to the last prose, paragraph or list item.

    The headline is an `h1` with no more than a standfirst before it: of those without prose between them the last. Else it is
    the heading that comes before the first prose.
    """
    total = rest = sum(len(line.text) for line in lines if line.prose)
    start, headline, first = 0, None, total
    for index, line in enumerate(lines):
        if line.tag == "h1" and total - rest <= STANDFIRST * total and (headline is None or rest == first):
            start, headline, first = index + 1, line.text, rest
        rest -= len(line.text) if line.prose else 0
    while start < len(lines) and not lines[start].prose:
        headline = headline or (lines[start].text if lines[start].tag in HEADINGS else None)
        start += 1
    end = len(lines)
    while end > start and not lines[end - 1].prose and lines[end - 1].tag not in {"p", "li", "blockquote"}:
        end -= 1
    return headline, lines[start:end]


def main_text(tree: Tree) -> tuple[str | None, tuple[str, ...]]:
    """The headline above the main text, if there is one, and the lines of the main text, none when the page has no text.

    Short cells of a table row share a line; long ones are the columns of an old page. Text in `pre` has lines of its own.
    """
    blocks, measured = tree.blocks, measure(tree, tree.blocks)
    out = beside(tree.elements, measured)
    kept = [block for block in blocks if not out[block.owner]]
    left = measure(tree, kept)
    if left.prose[0] >= LEAST_PROSE or 2 * left.prose[0] >= measured.prose[0]:
        blocks, measured = kept, left
    headline, lines = between(candidates(tree, blocks, measured))
    return headline, tuple(join_cells(lines))


def join_cells(lines: list[Line]) -> list[str]:
    """The texts of lines, those of short neighbouring cells of a table row as one, those of `pre` as its paragraphs."""
    texts: list[str] = []
    last: Line | None = None
    for line in lines:
        if last and last.owner != line.owner and 0 < last.row == line.row and max(len(last.text), len(line.text)) < LONG:
            texts[-1] += f" | {line.text}"
        elif line.tag == "pre":
            texts.extend(preformatted(line.text))
        else:
            texts.append(line.text)
        last = line
    return texts


def preformatted(text: str) -> list[str]:
    """The paragraphs that blank lines and indents of a text show; without one that is long it may be a program, and is one line."""
    collapsed = [" ".join(each.split()) for each in paragraphs(text)]
    return collapsed if max(map(len, collapsed), default=0) >= PARAGRAPH else [" ".join(text.split())]
