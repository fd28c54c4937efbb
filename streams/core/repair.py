"""Repairs characters: entities, leftover tags, mojibake, invisible and odd characters, Unicode NFC."""

# ruff: noqa: RUF001 - characters that look alike are what this module is about

import html
import json
import re
import unicodedata

import ftfy

PASSES = 8
"""Most rounds of repair: one kind of damage may hide another, real text needs two rounds."""

# "&amp;amp;lt;" is "<" escaped three times: all layers are taken off at once, so that no depth costs a round.
_ESCAPED_AMPERSANDS = re.compile(r"&(?:(?:amp|AMP|#0{0,5}38|#[xX]0{0,4}26);)+")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|&#[0-9]{2,5}(?![0-9;])")
# Feeds that dropped the ampersand leave " #39;s" and " quot;": the space before an apostrophe came with the damage.
_BARE = {" #39;": "'", "#39;": "'", " #8217;": "’", "#8217;": "’", "quot;": '"', "nbsp;": " "} | {
    f"{name};": html.unescape(f"&{name};") for name in ("apos", "hellip", "ldquo", "rdquo", "lsquo", "rsquo", "mdash", "ndash")
}
_BARE_NUMBER = re.compile(r"#[0-9]{2,5};")
_BARE_NAMES = tuple(name.rstrip(";") for name in _BARE if "#" not in name)
_TAG = re.compile(
    r"<(?:!--[^<>]*--"
    r"|/?(?P<block>p|div|br|li|ul|ol|h[1-6]|tr|table|blockquote|section|article|aside|figure|figcaption|footer|header)\b[^<>]*"
    r"|/?(?:a|abbr|b|cite|code|em|font|i|img|mark|q|s|small|span|strike|strong|sub|sup|time|u)\b[^<>]*)>",
    re.IGNORECASE,
)
# UTF-8 read as Latin-1 or Windows-1252: a lead byte's character, then a continuation byte's. Clean text holds such pairs
# too (`CAFÉ…`), so a hit only asks ftfy, which weighs the whole line.
_CONTINUATION = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_MOJIBAKE = re.compile(f"[\xc2-\xf4][{_CONTINUATION}]")
NEAR = 10
"""Characters before and after a pair that tell damage from odd text."""
_ASCII = "".join(map(chr, range(128)))
_LOST_BYTE = re.compile(f"â€(?![{_CONTINUATION}])")
"""A closing quote whose last byte, 9D, Windows-1252 does not know: software drops it."""
_NEWLINES = frozenset("\r\n\x0b\x0c\x85\u2028\u2029")
_SPACE_CHARACTERS = frozenset("\t\xa0\u1680\u202f\u205f\u3000") | {chr(code) for code in range(0x2000, 0x200B)}
_JOINERS = frozenset("\u200c\u200d")
_JOINING = re.compile("[\u0600-\u0dff]")
"""Arabic and Indic letters, which joiners shape; between others a joiner is debris."""
_ODD = re.compile(
    "\r\n?|[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    "\ufeff\ufff9-\ufffc\ufffe\uffff\ud800-\udfff]"
)
_SPACES = re.compile(" {2,}")
SPELLED_OUT = 2
"""Fewer line ends that are spelled out may be the text's own, as `C:\\news`."""
_ESCAPES = re.compile(r'(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))++')
_JSON_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"')
_PLAIN_ASCII = bytes(code for code in range(0x20, 0x7F) if code not in b"&#;<") + b"\n"
"""What nothing is ever wrong with, whatever it stands by, but for spaces in a row."""


_COMPOSED = "".join(map(chr, range(0x20, 0x300))) + "–—‘’“”„…•€™"
"""Characters that stand in every text of Unicode NFC as they are, whatever stands beside them (Unicode, NFC_Quick_Check)."""


def unescaped(body: str) -> str:
    """A body as it was before it was encoded as JSON twice: it has line ends spelled out and none of its own."""
    if "\n" in body or body.count("\\n") < SPELLED_OUT or '="' in body:
        return body
    text = body[1:-1] if _JSON_STRING.fullmatch(body) else body
    return _ESCAPES.sub(lambda match: str(json.loads(f'"{match[0]}"')), text)


def repair(text: str) -> str:
    """The text as its writer meant it: Unicode NFC, line feeds between lines, single plain spaces, nothing invisible.

    Repairing what is repaired changes nothing. Damage nested deeper than `PASSES` is no accident: there the signs that
    begin an entity or a tag are taken out.
    """
    for _ in range(PASSES):
        repaired = text if _is_sound(text) else _one_round(text)
        if repaired == text:
            return text
        text = repaired
    return _plain(_unmangle(_plain(re.sub("[&#<;]", "", text))))


def _is_sound(text: str) -> bool:
    """Whether a glance at the signs of a text tells that there is nothing to repair."""
    utf8 = text.encode("utf-8", "surrogatepass")
    signs = utf8.translate(None, _PLAIN_ASCII).decode("utf-8", "surrogatepass")
    if "&" in signs and "&#" in text:
        return False
    if "<" in signs or b"  " in utf8 or not signs.isprintable():
        return False
    if ";" in signs and ("&" in signs or "#" in signs or any(part.endswith(_BARE_NAMES) for part in text.split(";"))):
        return False
    if text.isascii():
        return True
    # What stands between signs is left out of them: a pair of characters there need not be one in the text.
    mangled = any(map(text.__contains__, _MOJIBAKE.findall(signs)))
    return not mangled and _is_normal(text, signs)


def _is_normal(text: str, signs: str) -> bool:
    """Whether a text is in Unicode NFC, which its signs tell when all of them are common ones."""
    return not signs.strip(_COMPOSED) or unicodedata.is_normalized("NFC", text)


def _one_round(text: str) -> str:
    unescaped = _ENTITY.sub(lambda match: html.unescape(match[0]), _ESCAPED_AMPERSANDS.sub("&", text)) if "&" in text else text
    if unescaped != text:
        text = unescaped
    elif ";" in text:
        for bare, character in _BARE.items():
            text = text.replace(bare, character)
        text = _BARE_NUMBER.sub(lambda match: html.unescape(f"&{match[0]}"), text)
    if "<" in text:
        text = _TAG.sub(_without_tag, text)
    return _plain(_unmangle(text))


def _without_tag(match: re.Match[str]) -> str:
    return "\n" if match["block"] else ""


def _unmangle(text: str) -> str:
    """Undo UTF-8 that was read in another encoding, line by line: often only some lines of a page are damaged."""
    if text.isascii() or not _MOJIBAKE.search(text):
        return text
    return "\n".join([_unmangled_line(line) if _MOJIBAKE.search(line) else line for line in text.split("\n")])


def _unmangled_line(line: str) -> str:
    """Only the part of a line that isn't ASCII, with what stands by it, is weighed: it takes long."""
    start = max(len(line) - len(line.lstrip(_ASCII)) - NEAR, 0)
    end = len(line.rstrip(_ASCII)) + NEAR
    return line[:start] + ftfy.fix_encoding(_LOST_BYTE.sub("”", line[start:end])) + line[end:]


def _plain(text: str) -> str:
    """Unicode NFC without invisible characters, with one kind of line end and of space."""
    if not text.replace("\n", "").isprintable():
        text = _ODD.sub(_plain_character, text)
    if "  " in text:
        text = _SPACES.sub(" ", text)
    return text if text.isascii() or unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _plain_character(match: re.Match[str]) -> str:
    character = match[0][0]
    if character in _NEWLINES:
        return "\n"
    if character in _SPACE_CHARACTERS:
        return " "
    if character in _JOINERS:
        around = match.string[max(match.start() - 1, 0) : match.start()], match.string[match.end() : match.end() + 1]
        return character if all(_JOINING.match(neighbour) for neighbour in around) else ""
    return ""
