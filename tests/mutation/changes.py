"""Small changes of Python code that good tests notice: another comparison, condition, number, text or result."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
UNTOUCHED = frozenset({"annotation", "returns", "decorator_list", "bases"})
"""Parts of a definition that do nothing when it is called."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a module."""

    line: int
    before: str
    after: str
    tree: ast.Module
    """The module with it."""


def changes(source: str) -> Iterator[Change]:
    """Every change of a module, in the order of its lines."""
    tree = ast.parse(source)
    for number, (parent, field, place) in enumerate(_places(tree)):
        node = _child(parent, field, place)
        for variant, other in enumerate(_others(node)):
            altered = copy.deepcopy(tree)
            own_parent, own_field, own_place = list(_places(altered))[number]
            replacement = list(_others(_child(own_parent, own_field, own_place)))[variant]
            if own_place is None:
                setattr(own_parent, own_field, replacement)
            else:
                getattr(own_parent, own_field)[own_place] = replacement
            line = getattr(node, "lineno", getattr(parent, "lineno", 0))
            yield Change(line, _shown(parent, node), _shown(own_parent, other), ast.fix_missing_locations(altered))


def _places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None]]:
    """Where something stands that may change: parent, field, index in a list."""
    for field, value in ast.iter_fields(node):
        if field in UNTOUCHED or (isinstance(node, ast.Expr) and isinstance(value, ast.Constant)):
            continue
        for place, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST) and not _is_type(child):
                if next(_others(child), None) is not None:
                    yield node, field, place
                yield from _places(child)


def _is_type(node: ast.AST) -> bool:
    """Whether it lists the values of a type."""
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"


def _child(parent: ast.AST, field: str, place: int | None) -> ast.AST:
    value = getattr(parent, field)
    found: ast.AST = value if place is None else value[place]
    return found


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may be replaced with."""
    if type(node) in SWAPS:
        yield SWAPS[type(node)]()
    match node:
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Constant(value=str(value)):
            yield ast.Constant(f"XX{value}")
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test=test, body=first, orelse=second):
            yield ast.IfExp(test, second, first)
        case ast.comprehension(ifs=[_, *_]):
            yield ast.comprehension(node.target, node.iter, [], node.is_async)
        case _:
            pass


def _shown(parent: ast.AST, node: ast.AST) -> str:
    """The code around a change on one line."""
    shown = parent if isinstance(node, ast.cmpop | ast.boolop | ast.operator) else node
    return " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(shown))).split())[:90]
