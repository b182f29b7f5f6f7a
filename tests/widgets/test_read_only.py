"""Platform facts are read-only in apps: no act of a page reaches them, and no panel has a tool that could."""

from __future__ import annotations

import ast
import hashlib

import pytest
import source
from hostile_names import EVIL

import workbench as wb
from workbench.widgets.panel import Panel
from workbench.widgets.session import Session

OPEN = ("views", "trash", "audit", "decisions")
"""Folders that acts of a page write to: saved views, decisions, their trash, and the log of what left."""

FORBIDDEN = (
    *("store.writer", "store.transaction", "store.changes", "store.delta", "store.rewrite", "store.undo"),
    *(
        "store.vacuum",
        "store.migrations",
        "store.restore",
        "store.upkeep",
        "sources.write",
        "privacy.erasure",
    ),
)
WRITING = ("commit", "writing", "forget", "vacuum", "compact", "upgrade", "restore_backup")


def panels():
    """Every panel of the package."""
    kinds = [getattr(wb.widgets, name) for name in wb.widgets.__all__]
    return [
        kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Panel) and kind is not Panel
    ]


def facts(root):
    """Digest of every file of a workspace that no act of a page may change."""
    return {
        file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(root.rglob("*"))
        if file.is_file() and file.relative_to(root).parts[0] not in (*OPEN, ".saved")
    }


KEYS = ("", "metric", "campaign", "performance", "../tables", "weekly")
VALUES = ("", EVIL, "search", "shared", 0, "0 OR 1=1; DROP TABLE performance", "last_7_days")


def _turned(things, by):
    return things[by % len(things) :] + things[: by % len(things)]


@pytest.mark.parametrize("each", [2, pytest.param(7, marks=pytest.mark.soak)], ids=["some", "all"])
@pytest.mark.parametrize("kind", panels(), ids=lambda kind: kind.__name__)
def test_no_act_of_a_page_changes_the_facts(hostile_store, kind, each, monkeypatch):
    """Every act with `each` of the keys and of the values; which ones of them differs from act to act."""
    monkeypatch.setenv("WORKBENCH_USER", "mia")
    session = Session(kind(hostile_store))
    session.page()
    before, version = facts(hostile_store.path), hostile_store.version
    assert "pointer.json" in before
    assert [name for name in before if name.startswith("tables/")]
    acts = [*session._acts, "download", "vega", "commit", "import", "load", "undo_import", "sql", "__class__"]
    for number, act in enumerate(acts):
        for key in _turned(KEYS, number)[:each]:
            session.receive({"act": act, "key": key, "value": VALUES[len(act + key) % len(VALUES)], "seq": 1})
        for value in _turned(VALUES, number)[:each]:
            session.receive({"act": act, "key": "", "value": value, "seq": 1})
    assert facts(hostile_store.path) == before
    assert hostile_store.refresh() == version


def test_every_panel_is_among_them():
    assert wb.widgets.Campaigns in panels()


def tools(tree: ast.Module, package: str) -> list[str]:
    """Where a panel's code reaches for what writes to the tables."""
    found = [
        f"line {item.line}: {item.module}"
        for item in source.imports(tree, package)
        if any(item.module.startswith(f"workbench.{room}") for room in FORBIDDEN)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITING:
            found.append(f"line {node.lineno}: {ast.unparse(node.func)}")
    return found


WIDGETS = sorted((source.PACKAGE / "widgets").rglob("*.py"))


@pytest.mark.parametrize("file", WIDGETS, ids=source.name)
def test_a_panel_holds_no_tool_that_writes_to_the_tables(file):
    package = ".".join(file.relative_to(source.ROOT).parent.parts)
    assert not tools(source.tree(file), package)


@pytest.mark.parametrize(
    "code",
    [
        "self.store.commit([])",
        "with store.writing(): pass",
        "from workbench.store.transaction import begin",
        "from workbench.store import writer",
        "privacy.forget(store, ['x'])",
    ],
)
def test_such_a_tool_is_found(code):
    assert tools(ast.parse(code), "workbench.widgets")
