"""Amounts with units as news writes them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.quantities import MOST, stated


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("694 million tonnes", 694e6, "t"),
        ("694-million tonne", 694e6, "t"),
        ("10,000 t/y", 10_000, "t/y"),
        ("33,000 tonnes a year", 33_000, "t/y"),
        ("10mn t/yr", 10e6, "t/y"),
        ("5 Mt", 5e6, "t"),
        ("12 kt", 12_000, "t"),
        ("260 million wet metric tons", 260e6, "wmt"),
        ("US$1.2bn", 1.2e9, "USD"),
        ("$5.8 billion", 5.8e9, "USD"),
        ("A$7.17", 7.17, "AUD"),
        ("US$5.85 per share", 5.85, "USD/share"),
        ("$32,640 a tonne", 32_640, "USD/t"),
        ("$70 per pound", 70, "USD/lb"),
        ("$5m", 5e6, "USD"),
        ("EUR 20 million", 20e6, "EUR"),
        ("£34", 34, "GBP"),
        ("¥3,600", 3_600, "JPY"),
        ("2.3 trillion won", 2.3e12, "KRW"),
        ("27 per cent", 27, "%"),
        ("10pc", 10, "%"),
        ("75%", 75, "%"),
        ("1.5 percentage points", 1.5, "%"),
        ("3 tonnes a month", 3, "t/mo"),
        ("7 g/t", 7, "g/t"),
        ("300 000 t/y", 300_000, "t/y"),
        ("1\u202f200 tonnes", 1_200, "t"),
        ("1'200'000 t", 1_200_000, "t"),
        ("5m tonnes", 5e6, "t"),
        ("200k oz", 200_000, "oz"),
        ("$5-6bn", 6e9, "USD"),
        ("A$1.3 to 1.5 billion", 1.5e9, "AUD"),
        ("$3,200-3,400 a tonne", 3_400, "USD/t"),
        ("$71\u201374 million", 74e6, "USD"),
        ("₹1,500 crore", 15e9, "INR"),
        ("Rs 2.5 lakh", 250_000, "INR"),
        ("1,50,000 tonnes", 150_000, "t"),
        ("CAD$40 million", 40e6, "CAD"),
    ],
)
def test_an_amount_is_read_with_its_value_and_unit(text: str, value: float, unit: str) -> None:
    """The text is kept as written, scale words and sign included, whatever stands around it."""
    (quantity,) = stated(f"They said {text}, no more.")
    assert (quantity.text, quantity.unit) == (text, unit)
    assert quantity.value == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    ["in 2017", "on 7.10.2024 t", "version 1.2.3 t", "12,34 t", "R2D2", "x9 t", "5 b", "1,234,56 t", "a 5G phone", "3 of 12"],
)
def test_a_number_without_a_unit_or_out_of_shape_is_none(text: str) -> None:
    """Years, dates, versions and names are no amounts."""
    assert stated(text) == ()


def test_a_year_before_an_amount_is_no_part_of_it() -> None:
    """Digits are grouped by threes."""
    assert [(each.text, each.value) for each in stated("in 2025 200 tonnes left")] == [("200 tonnes", 200)]


def test_of_a_range_the_end_with_the_unit_is_taken() -> None:
    """The first number of a range has no unit of its own, or no scale."""
    assert [(quantity.text, quantity.value) for quantity in stated("for $5 to $6 billion")] == [("$6 billion", 6e9)]
    assert [(quantity.text, quantity.value) for quantity in stated("from $5 to 200 tonnes")] == [("$5", 5), ("200 tonnes", 200)]
    assert [(quantity.text, quantity.value) for quantity in stated("between 250-260 million tons")] == [("260 million tons", 260e6)]


@pytest.mark.parametrize(
    ("text", "unit"),
    [("$5 a year", "USD"), ("5 tonnes a pound", "t"), ("5% a year", "%"), ("7 g/t a year", "g/t"), ("5 tpa a year", "t/y")],
)
def test_a_rate_that_news_does_not_state_is_left_out(text: str, unit: str) -> None:
    """Money is by weight, weight by time; a percentage and what is a rate already take none."""
    assert [quantity.unit for quantity in stated(text)] == [unit]


def test_amounts_come_in_order_and_not_without_end() -> None:
    """The first ones are kept."""
    quantities = stated(" ".join(f"{number} t" for number in range(1, 100)))
    assert [quantity.value for quantity in quantities] == list(range(1, MOST + 1))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.,$€ tonesayprMkUSDb%/-\n\ud800İ"))
def test_no_text_makes_it_raise_and_every_amount_is_quoted(text: str) -> None:
    """What is found stands in the text, with a finite value."""
    for quantity in stated(text):
        assert quantity.text in text
        assert 0 <= quantity.value < float("inf")
        assert quantity.unit
