"""Every app opens cleanly: on a phone at every run, in every language, theme and width in `make soak`."""

from __future__ import annotations

import runpy

import pytest
import source

from workbench.reports import notebooks

PICTURES = runpy.run_path(str(source.ROOT / "docs" / "take_pictures.py"))


@pytest.mark.browser
def test_every_app_opens_cleanly_on_a_phone(tmp_path_factory, demo_store):
    apps = {item.name for item in notebooks.packaged().values() if item.is_app}
    assert apps == set(PICTURES["GUIDE"])
    wanted = dict.fromkeys(sorted(apps), (("zh", "dark", 390),))
    files = PICTURES["take"](tmp_path_factory.mktemp("pictures"), wanted)
    assert len({file.read_bytes() for file in files}) == len(apps)


@pytest.mark.soak
@pytest.mark.browser
def test_every_language_theme_and_width_opens_cleanly(tmp_path_factory, demo_store):
    wanted = dict.fromkeys(PICTURES["GUIDE"], PICTURES["MATRIX"])
    files = PICTURES["take"](tmp_path_factory.mktemp("pictures"), wanted)
    assert len({file.read_bytes() for file in files}) == len(wanted) * len(PICTURES["MATRIX"])
