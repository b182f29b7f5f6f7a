"""Fixtures of the store's tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def workspace(tmp_path):
    """Folder of a workspace that is not made yet."""
    return tmp_path / "w"
