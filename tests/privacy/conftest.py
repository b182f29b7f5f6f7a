"""A workspace and a home of their own, so that no test touches this user's keys."""

from __future__ import annotations

import pytest
from privacy_helpers import fill

import workbench as wb


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Folder of this test's user: keys and audit heads."""
    folder = tmp_path / "home"
    monkeypatch.setenv("WORKBENCH_HOME", str(folder))
    monkeypatch.delenv("WORKBENCH_KEY_FILE", raising=False)
    monkeypatch.setenv("WORKBENCH_USER", "tester")
    return folder


@pytest.fixture
def store(tmp_path):
    """An empty workspace."""
    return wb.data.open(tmp_path / "w")


@pytest.fixture
def filled(store):
    """A workspace with 30 people."""
    return fill(store)
