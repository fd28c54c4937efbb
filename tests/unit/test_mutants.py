"""The changes that `make mutants` makes: each alters one thing that a test could notice."""

import ast

import pytest

from tests.mutation.changes import changes


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", {"a <= b"}),
        ("a and not b", {"a or not b", "a and b"}),
        ("x = 2", {"x = 3"}),
        ("x = 'word'", {"x = 'XXword'"}),
        ("x = True", {"x = False"}),
        ("x = a + b", {"x = a - b"}),
        ("x = a if b else c", {"x = c if b else a"}),
        ("x = [a for a in b if a]", {"x = [a for a in b]"}),
        ("if a:\n    b()", {"if not a:\n    b()"}),
        ("def f():\n    return a", {"def f():\n    return None"}),
        ("def f():\n    return None", set()),
        ("for a in b:\n    break", {"for a in b:\n    continue"}),
    ],
)
def test_each_change_alters_one_thing(source: str, expected: set[str]) -> None:
    """And the code stays code."""
    assert {ast.unparse(change.tree) for change in changes(source)} == expected


def test_what_does_nothing_when_called_is_left_alone() -> None:
    """Documentation, annotations and decorators."""
    source = '"""Doc."""\n@cache(maxsize=2)\ndef f(a: Literal["x"]) -> Literal["y"]:\n    """Doc."""\n    g()\n'
    assert list(changes(source)) == []


def test_a_change_says_where_it_is_and_what_it_does() -> None:
    """For a person who looks for the missing test."""
    (change,) = changes("a = 0\nb = c in d".removeprefix("a = 0"))
    assert (change.line, change.before, change.after) == (2, "c in d", "c not in d")
