"""Every sentence that the package raises, read from its source: `{}` stands for a value."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "workbench"
BASE = "WorkbenchError"
SPEAKS_ITSELF = {"Refused", "MissingExtraError"}
"""Errors that are made from texts in both languages, or whose own class holds the sentence."""


def kinds() -> set[str]:
    """Names of all error classes that take a sentence."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in _trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {BASE}
    while more := {name for name, above in bases.items() if above & found} - found - SPEAKS_ITSELF:
        found |= more
    return found


def raised(*rooms: str) -> dict[str, set[str]]:
    """Template → where it is raised, in these rooms (folders or files of the package); none: in all."""
    known, found = kinds(), {}
    for file, tree in _trees().items():
        if rooms and file.relative_to(PACKAGE).parts[0] not in rooms:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in known:
                parts = [
                    *node.args[:2],
                    *(word.value for word in node.keywords if word.arg in ("what", "fix")),
                ]
                for template in (each for part in parts for each in templates(part)):
                    if any(mark.isalpha() for mark in template.replace("{}", "")):
                        found.setdefault(template, set()).add(str(file.relative_to(PACKAGE)))
    return found


def unknowns() -> set[str]:
    """What kinds of names `errors.unknown` is asked to refuse."""
    return {
        template
        for tree in _trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) == "unknown" and node.args
        for template in templates(node.args[0])
    }


def templates(node: ast.expr) -> Iterator[str]:
    """The sentences that an expression can be; what is no text at all gives none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values).replace(
            "{}{}", "{}"
        )
    elif isinstance(node, ast.IfExp):
        yield from templates(node.body)
        yield from templates(node.orelse)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (list(templates(side)) or ["{}"] for side in (node.left, node.right))
        yield from (f"{one}{two}".replace("{}{}", "{}") for one in left for two in right)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


@cache
def _trees() -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.rglob("*.py"))}
