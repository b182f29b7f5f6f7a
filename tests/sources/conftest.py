"""A fresh workspace, and files written into a folder of their own."""

from __future__ import annotations

import pytest

import workbench as wb


@pytest.fixture
def workspace(tmp_path):
    """An empty workspace."""
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
def facts():
    """Rows of a fact table as dictionaries, by line."""

    def rows(store, table="performance"):
        return store.query(
            f"SELECT * FROM {table} ORDER BY line, goal"
            if table == "conversions"
            else f"SELECT * FROM {table} ORDER BY line"
        ).to_pylist()

    return rows
