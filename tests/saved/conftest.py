"""A workspace, and who saves in it."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench import saved


@pytest.fixture
def root(tmp_path):
    """Folder of a fresh workspace."""
    return wb.data.open(tmp_path / "w").path


@pytest.fixture
def save(root):
    """Save a view of a panel; gives it as it was saved."""

    def save(name="Weekly", who="mia", shared=False, **state):
        return saved.create(root, "view", name, {"panel": "campaigns", "state": state}, who, shared)

    return save
