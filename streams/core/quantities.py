"""Amounts with units, as news writes them: tonnes, prices, shares, power, area."""

import re

from streams.core.records import Quantity

MOST = 30
"""Most amounts taken from one article."""
BEFORE = 16
"""Longest currency sign with what may stand between it and a number: a space, or the first number of a range (`US$ 1,250.5-`)."""

SCALES = {
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "mln": 1e6,
    "mn": 1e6,
    "m": 1e6,
    "M": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "b": 1e9,
    "B": 1e9,
    "trillion": 1e12,
    "trn": 1e12,
    "tn": 1e12,
    "lakh": 1e5,
    "crore": 1e7,
}
SIGNS = {
    "$": "USD",
    "US$": "USD",
    "A$": "AUD",
    "AU$": "AUD",
    "C$": "CAD",
    "CA$": "CAD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "S$": "SGD",
    "NT$": "TWD",
    "R$": "BRL",
    **{f"{code}$": code for code in ("USD", "AUD", "CAD", "NZD", "HKD")},
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₩": "KRW",
    **{code: code for code in ("USD", "EUR", "GBP", "CNY", "AUD", "CAD", "JPY", "INR", "ZAR", "CHF", "KRW", "IDR")},
    "RMB": "CNY",
    "Rs": "INR",
}
UNITS: dict[str, tuple[str, float]] = {
    spelling: (unit, factor)
    for unit, factor, spellings in (
        ("t", 1.0, "tonne tonnes ton tons t|metric tonne|metric tonnes|metric ton|metric tons"),
        ("t", 1e3, "kt"),
        ("t", 1e6, "Mt"),
        ("t/y", 1.0, "tpa"),
        ("t/y", 1e3, "ktpa"),
        ("t/y", 1e6, "mtpa Mtpa"),
        ("wmt", 1.0, "wmt|wet tonnes|wet tons|wet metric tonnes|wet metric tons"),
        ("dmt", 1.0, "dmt|dry tonnes|dry tons|dry metric tonnes|dry metric tons"),
        ("kg", 1.0, "kg kilogram kilograms kilo kilos"),
        ("lb", 1.0, "lb lbs pound pounds"),
        ("oz", 1.0, "oz ounce ounces|troy ounce|troy ounces"),
        ("oz", 1e3, "koz"),
        ("oz", 1e6, "Moz"),
        ("ct", 1.0, "carat carats"),
        ("g/t", 1.0, "g/t|grams per tonne|grammes per tonne"),
        ("ppm", 1.0, "ppm"),
        ("%", 1.0, "% pc pct percent|per cent|percentage point|percentage points"),
        ("MW", 1.0, "MW megawatt megawatts"),
        ("MW", 1e3, "GW gigawatt gigawatts"),
        ("GWh", 1.0, "GWh"),
        ("bbl", 1.0, "barrel barrels"),
        ("l", 1.0, "litre litres liter liters"),
        ("ha", 1.0, "ha hectare hectares"),
        ("acre", 1.0, "acre acres"),
        ("km", 1.0, "km kilometre kilometres kilometer kilometers"),
        ("m", 1.0, "metre metres meter meters"),
        ("USD", 1.0, "dollar dollars|US dollar|US dollars"),
        ("EUR", 1.0, "euro euros"),
        ("CNY", 1.0, "yuan renminbi"),
        ("JPY", 1.0, "yen"),
        ("KRW", 1.0, "won"),
        ("INR", 1.0, "rupee rupees"),
        ("ZAR", 1.0, "rand"),
        ("IDR", 1.0, "rupiah"),
        ("NOK", 1.0, "kroner"),
        ("SEK", 1.0, "kronor"),
    )
    for group in [spellings.split("|")]
    for spelling in [*group[0].split(), *group[1:]]
}
"""Normalised unit and factor by spelling; `M` and `k` of `Mt` and `kt` are multiplied out."""
MONEY = frozenset(SIGNS.values()) | {"NOK", "SEK"}
RATES = {
    **dict.fromkeys(("year", "annum", "yr", "y", "annually", "yearly"), "y"),
    **dict.fromkeys(("month", "monthly"), "mo"),
    **dict.fromkeys(("day", "daily", "d"), "d"),
    **dict.fromkeys(("tonne", "metric tonne", "ton", "metric ton", "t"), "t"),
    **dict.fromkeys(("pound", "lb"), "lb"),
    **dict.fromkeys(("ounce", "oz"), "oz"),
    **dict.fromkeys(("kilogram", "kilo", "kg"), "kg"),
    "share": "share",
}


def _either(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}")
"""By thousands, or as in India by hundreds of thousands."""
NUMBER = re.compile(r"[1-9][0-9]{0,2}(?:[ \u00a0\u202f\u2009'\u2019][0-9]{3})+(?![0-9.,])|[0-9][0-9.,]{0,20}")
SPACED = re.compile(r"[ \u00a0\u202f\u2009'\u2019]")
SIGN = re.compile(
    rf"(?:(?<![A-Za-z])({_either([sign for sign in SIGNS if sign[0].isalpha()])})|([$€£¥₹₩]))\s?"
    r"([0-9][0-9.,]{0,8}([-\u2013]| to ))?$"
)
SCALE = re.compile(rf"[ -]?({_either(list(SCALES))})(?![A-Za-z])")
RANGE = re.compile(
    rf"[-\u2013][^\s\d]{{0,3}}[0-9]| to [^\s\d]{{0,3}}[0-9][0-9.,]{{0,8}}[ -]?(?:{_either(list(SCALES))})(?![A-Za-z])"
)
"""After the first number of a range whose end has scale and rate for both: `-6bn`, `-3,400 a tonne`, ` to $6 million`."""
UNIT = re.compile(rf"[ -]?({_either(list(UNITS))})(?![A-Za-z0-9])")
RATE = re.compile(rf"(?:\s?/\s?| an? | per | each | )({_either(list(RATES))})(?![A-Za-z])")


def stated(full: str) -> tuple[Quantity, ...]:
    """The amounts of a text in order of appearance, at most `MOST`; a bare number is none."""
    found = []
    for number in NUMBER.finditer(full):
        quantity = _quantity(full, number)
        if quantity is not None:
            found.append(quantity)
            if len(found) == MOST:
                break
    return tuple(found)


def _quantity(full: str, number: re.Match[str]) -> Quantity | None:
    """The amount whose number starts here, or None when it has no unit."""
    digits = number.group().rstrip(".,")
    value = _value(SPACED.sub("", digits))
    start, end = number.start(), number.start() + len(digits)
    if value is None or (start and (full[start - 1].isalnum() or full[start - 1] in ".,")):
        return None
    sign = SIGN.search(full, max(0, start - BEFORE), start)
    scale = SCALE.match(full, end)
    if sign and not scale and (sign[4] == " to " or RANGE.match(full, end)):
        sign = None  # `$5` of `$5-6bn` is no amount, nor `$5 to 200` of `from $5 to 200 people`
    money = SIGNS[sign[1] or sign[2]] if sign else None
    # Without a currency, single letters are units or nothing, `5 m` a length and `5 b` no amount, but for `5m tonnes`.
    if scale and (len(scale[1]) > 1 or money or (scale.start(1) == end and UNIT.match(full, scale.end()))):
        value *= SCALES[scale[1]]
        end = scale.end()
    if money is None:
        match = UNIT.match(full, end)
        if match is None:
            return None
        unit, factor = UNITS[match[1]]
        value *= factor
        end = match.end()
    else:
        unit = money
    unit, end = _per(full, unit, end)
    return Quantity(text=full[sign.start() if sign else start : end], value=value, unit=unit)


def _per(full: str, unit: str, end: int) -> tuple[str, int]:
    """The unit with what it is divided by, as in `USD/t` or `t/y`, and where it ends."""
    rate = RATE.match(full, end)
    if rate is None:
        return unit, end
    by = RATES[rate[1]]
    # `tonnes a pound` and `dollars daily` are no rates that news states; `5 t t` is none at all.
    if (unit in MONEY) == (by in ("y", "mo", "d")) or "/" in unit or unit == "%":
        return unit, end
    return f"{unit}/{by}", rate.end()


def _value(digits: str) -> float | None:
    """The number written with English separators; None for dates, versions and other runs of digits and points."""
    whole, _, decimals = digits.partition(".")
    if "." in digits and not decimals.isdigit():
        return None
    if "," in whole and not GROUPED.fullmatch(whole):
        return None
    return float(digits.replace(",", ""))
