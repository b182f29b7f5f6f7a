"""What tests of walls share: where they can be had, and a program's word on what it was let do."""

from __future__ import annotations

import pytest

from workbench.forks import walls

needs_landlock = pytest.mark.skipif(not walls.level(), reason="this system has no Landlock")
TRIED = """
def tried(act):
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "done"
"""
