"""The project's own files, for tests that read them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "workbench"


@cache
def modules() -> tuple[Path, ...]:
    """Every Python file of the package."""
    return tuple(sorted(PACKAGE.rglob("*.py")))


@cache
def tree(file: Path) -> ast.Module:
    """Its syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def name(file: Path) -> str:
    """Path from the project's folder, as shown in messages."""
    return str(file.relative_to(ROOT))


@dataclass(frozen=True)
class Import:
    """One import: the module's dotted name, its line and whether it runs when the file is loaded."""

    module: str
    line: int
    at_load: bool


def imports(module: ast.Module, package: str = "") -> list[Import]:
    """All imports of a syntax tree; those for type checkers only and in functions do not run at load."""
    found: list[Import] = []
    _walk(module, package, True, found)
    return found


def _walk(node: ast.AST, package: str, at_load: bool, found: list[Import]) -> None:
    if isinstance(node, ast.Import):
        found += [Import(alias.name, node.lineno, at_load) for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
        start = ".".join(part for part in (base, node.module) if part)
        found += [Import(f"{start}.{alias.name}", node.lineno, at_load) for alias in node.names]
    inside = at_load and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        inside = False
    for child in ast.iter_child_nodes(node):
        _walk(child, package, inside, found)
