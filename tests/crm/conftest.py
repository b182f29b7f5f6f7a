"""A fresh workspace with keys of its own, and files written into a folder of their own."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.privacy.pseudonyms import of
from workbench.privacy.ring import ring


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """An empty workspace; its key lies in a home of its own."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    return wb.open(tmp_path / "workspace")


@pytest.fixture
def export(tmp_path):
    """Write a file of text (or bytes) and return its path."""

    def write(content, name="export.csv", encoding="utf-8"):
        file = tmp_path / "exports" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return write


@pytest.fixture
def rows(workspace):
    """Rows of a table as dictionaries, in the order of their lines."""

    def read(table, columns="*"):
        workspace.refresh()
        return workspace.query(f"SELECT {columns} FROM {table} ORDER BY line").to_pylist()

    return read


@pytest.fixture
def pseudonym(workspace):
    """The pseudonym of a customer id."""
    return lambda text: of(ring(workspace.path), text)
