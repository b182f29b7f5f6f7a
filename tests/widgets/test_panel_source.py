"""A panel holds no arithmetic: every number it shows comes out of an answer."""

from __future__ import annotations

import ast

import pytest
import source

TOOLS = ("assets.py", "bundle.py", "chart.py")
"""Files that carry scripts and charts to the page and see no number."""
FILES = sorted(file for file in (source.PACKAGE / "widgets").rglob("*.py") if file.name not in TOOLS)
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)
TEXT = (ast.JoinedStr, ast.List, ast.ListComp, ast.Tuple)
CALLS = frozenset(
    [
        "sum",
        "round",
        "abs",
        "pow",
        "divmod",
        "mean",
        "std",
        "var",
        "cumsum",
        "diff",
        "pct_change",
        "agg",
        "aggregate",
        "div",
        "mul",
        "truediv",
    ]
)
LIBRARIES = frozenset({"numpy", "pandas", "math", "statistics", "operator", "scipy"})


def computations(tree: ast.Module) -> list[str]:
    """Where code computes: operators on anything but text and lists, sums and the like, number libraries."""
    return [f"line {node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if _computes(node)]


def _computes(node: ast.AST) -> bool:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            return isinstance(op, OPERATORS) and not (_is_text(left) or _is_text(right))
        case ast.AugAssign(op=op, value=value):
            return isinstance(op, OPERATORS) and not _is_text(value)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in CALLS
        case ast.Import(names=names):
            return any(item.name.split(".")[0] in LIBRARIES for item in names)
        case ast.ImportFrom(module=str() as module):
            return module.split(".")[0] in LIBRARIES
    return False


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, TEXT) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("file", FILES, ids=source.name)
def test_a_panel_computes_nothing(file):
    assert not computations(source.tree(file))


@pytest.mark.parametrize(
    "code",
    [
        "cost / clicks",
        "x = answer.table['cost'] * 100",
        "total = sum(values)",
        "total += value",
        "share = frame['cost'].sum()",
        "n = len(rows) - 1",
        "import numpy as np",
        "from math import isnan",
        "label = f'{now - before:.1f}'",
        "cpa = round(value)",
    ],
)
def test_arithmetic_is_found(code):
    assert len(computations(ast.parse(code))) == 1


@pytest.mark.parametrize(
    "code", ["'a' + name", "rows += [1]", "path[:-1]", "int | None", "{**a} | b", "len(x) > 3", "f'{a}{b}'"]
)
def test_what_is_no_arithmetic_is_let_through(code):
    assert not computations(ast.parse(code))
