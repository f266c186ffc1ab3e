"""The closed arithmetic of derived measures: names, numbers, + - * /, comparisons, least greatest coalesce abs band. Nothing else parses."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from functools import lru_cache

FUNCTIONS = {"least": 1, "greatest": 1, "coalesce": 1, "abs": 1, "band": 3}  # name -> fewest arguments
LONGEST = 2000
DEEPEST = 50
SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "=", ast.NotEq: "<>",
}  # fmt: skip


class BadFormula(ValueError):
    """Not in the grammar; the message says what is not."""


@lru_cache(maxsize=512)
def parse(text: str) -> ast.expr:
    """The tree of a formula, every node of it allowed. Raises BadFormula."""
    if len(text) > LONGEST:
        raise BadFormula(f"longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BadFormula(str(error)) from None
    _refuse_others(tree)
    return tree


def _refuse_others(node: ast.expr, depth: int = 0) -> None:
    if depth > DEEPEST:
        raise BadFormula(f"nested deeper than {DEEPEST}")
    match node:
        case ast.Constant() if isinstance(node.value, (int, float)) and not isinstance(node.value, bool) and math.isfinite(node.value):
            return
        case ast.Name():
            return
        case ast.UnaryOp(op=ast.USub()):
            inner: list[ast.expr] = [node.operand]
        case ast.BinOp() if type(node.op) in SIGNS or isinstance(node.op, ast.Div):
            inner = [node.left, node.right]
        case ast.Compare(ops=[sign]) if type(sign) in SIGNS:
            inner = [node.left, node.comparators[0]]
        case ast.BoolOp():
            inner = node.values
        case ast.Call(func=ast.Name(id=name), keywords=[]) if len(node.args) >= FUNCTIONS.get(name, len(node.args) + 1):
            if name == "abs" and len(node.args) != 1 or name == "band" and len(node.args) % 2 == 0:
                raise BadFormula(f"{name} with {len(node.args)} arguments")
            inner = node.args
        case _:
            raise BadFormula(f"not allowed in a formula: {ast.unparse(node)[:60]}")
    for part in inner:
        _refuse_others(part, depth + 1)


@lru_cache(maxsize=512)
def parts(text: str) -> tuple[str, ...]:
    """The names a formula uses, in order."""
    nodes = list(ast.walk(parse(text)))
    called = {id(n.func) for n in nodes if isinstance(n, ast.Call)}
    found = [n for n in nodes if isinstance(n, ast.Name) and id(n) not in called]
    return tuple(dict.fromkeys(n.id for n in sorted(found, key=lambda n: (n.lineno, n.col_offset))))


def to_sql(text: str, column: Callable[[str], str]) -> str:
    """The formula as SQL; `column` gives the SQL of a name. x / 0 and x / NULL are NULL."""

    def go(node: ast.expr) -> str:
        match node:
            case ast.Constant():
                return f"{node.value!r}::numeric"
            case ast.Name():
                return column(node.id)
            case ast.UnaryOp():
                return f"(-{go(node.operand)})"
            case ast.BinOp(op=ast.Div()):
                return f"({go(node.left)} / NULLIF({go(node.right)}, 0))"
            case ast.BinOp():
                return f"({go(node.left)} {SIGNS[type(node.op)]} {go(node.right)})"
            case ast.Compare():
                return f"({go(node.left)} {SIGNS[type(node.ops[0])]} {go(node.comparators[0])})"
            case ast.BoolOp():
                return "(" + (" AND " if isinstance(node.op, ast.And) else " OR ").join(map(go, node.values)) + ")"
            case ast.Call(func=ast.Name(id="band")):
                what, *limits = map(go, node.args)
                steps = [f"WHEN {what} >= {limits[i]} THEN {limits[i + 1]}" for i in range(len(limits) - 2, -1, -2)]
                return f"(CASE {' '.join(steps)} END)"
            case ast.Call(func=ast.Name(id=name)):
                return f"{name}({', '.join(map(go, node.args))})"
        raise BadFormula(ast.dump(node)[:60])

    return go(parse(text))


def is_condition(text: str) -> bool:
    """Whether a formula says yes or no."""
    return isinstance(parse(text), (ast.Compare, ast.BoolOp))
