"""Long: the app in every language, theme and width; `make soak` keeps the pictures to look at."""

from __future__ import annotations

import runpy

import pytest
import source

PICTURES = runpy.run_path(str(source.ROOT / "docs" / "take_pictures.py"))


@pytest.mark.soak
@pytest.mark.browser
def test_every_language_theme_and_width_opens_cleanly(tmp_path_factory, demo_store):
    wanted = dict.fromkeys(PICTURES["GUIDE"], PICTURES["MATRIX"])
    files = PICTURES["take"](tmp_path_factory.mktemp("pictures"), wanted)
    assert len({file.read_bytes() for file in files}) == len(wanted) * len(PICTURES["MATRIX"])
