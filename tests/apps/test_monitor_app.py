"""The Monitor app for real: another process imports a file, and the open page moves on without reload."""

from __future__ import annotations

import os
import subprocess
import sys

import live
import pytest
from monitored import filled, report
from playwright.sync_api import expect

import workbench as wb

pytestmark = pytest.mark.browser


def bring(store, file, **about):
    """`workbench import` in a process of its own."""
    file.write_text(report(**about), encoding="utf-8")
    root = str(wb.settings.__file__).rsplit("/workbench/", 1)[0]
    subprocess.run(
        [sys.executable, "-m", "workbench", "import", str(file), "-w", str(store.path)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": root},
    )


def part(page) -> float:
    """The first bar in parts of its plan."""
    place = "it => parseFloat(it.style.width || it.style.left)"
    ends = [page.locator(f".wb-pace-{name}").first.evaluate(place) for name in ("done", "plan")]
    return ends[0] / ends[1]


def test_an_import_elsewhere_moves_the_open_page(guarded_page, tmp_path, private_home):
    store = filled(tmp_path)
    version = store.version
    with live.running_app("-w", str(store.path)) as app:
        watched = guarded_page()
        page = watched.page
        page.goto(app.link("monitor", lang="en"))
        news = page.locator("[data-region=news]")
        expect(news).to_contain_text(f"Data version {version - 1} → {version}")
        expect(news).to_have_attribute("aria-live", "polite")
        before = part(page)
        page.evaluate("window.kept = document.querySelector('.wb-pace-done')")
        bring(store, tmp_path / "more.csv", factor=1.2)
        expect(news).to_contain_text(f"Data version {version} → {version + 1}: 1 file, 45 rows.")
        expect(news).to_contain_text("cost +20.0%")
        assert part(page) == pytest.approx(1.2 * before, rel=0.02)
        assert page.evaluate("kept === document.querySelector('.wb-pace-done')")  # in place, no reload
        page.get_by_role("button", name="Keep these numbers").focus()
        page.keyboard.press("Enter")
        expect(news).to_contain_text("newer data changes nothing here")
        bring(store, tmp_path / "again.csv", factor=1.0)
        expect(news).to_contain_text(f"Version {version + 2} is there")
        assert part(page) == pytest.approx(1.2 * before, rel=0.02)
        page.keyboard.press("Enter")
        expect(news).to_contain_text(f"Data version {version + 1} → {version + 2}")
        assert part(page) == pytest.approx(before, rel=0.02)
        watched.assert_clean()
