"""Landlock as kernels use it: what is named stays open, all else is shut for the process and its children."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from walled import TRIED, needs_landlock

from workbench.forks import walls
from workbench.forks.walls import Walls

TRIES = (
    TRIED
    + """
import json, os, sys
from workbench.forks import walls
other, own, shown, entered = sys.argv[1], sys.argv[2], sys.argv[3], walls.enter()
print(json.dumps({
    "entered": entered, "left": walls.VARIABLE in os.environ,
    "other": tried(lambda: open(f"{other}/kernel.json").read()),
    "listed": tried(lambda: os.listdir(other)),
    "own": tried(lambda: open(f"{own}/kernel.json", "w").close()),
    "moved": tried(lambda: os.rename(f"{own}/kernel.json", f"{own}/sub/moved")),
    "read": tried(lambda: open(f"{shown}/table").read()),
    "written": tried(lambda: open(f"{shown}/table", "a").close()),
    "cut": tried(lambda: os.truncate(f"{shown}/table", 0)),
    "removed": tried(lambda: os.unlink(f"{shown}/table")),
    "made": tried(lambda: os.mkdir(f"{shown}/new")),
}))
"""
)


def within(tmp_path, asked: Walls | None) -> dict[str, object]:
    """What a process finds open."""
    folders = [tmp_path / name for name in ("other", "own", "shown")]
    for folder in (*folders, tmp_path / "own" / "sub"):
        folder.mkdir()
    (tmp_path / "other" / "kernel.json").write_text("key", encoding="utf-8")
    (tmp_path / "shown" / "table").write_text("rows", encoding="utf-8")
    environ = {**os.environ, **({walls.VARIABLE: asked.order()} if asked else {})}
    command = [sys.executable, "-c", TRIES, *map(str, folders)]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


@needs_landlock
def test_what_is_not_named_is_shut(tmp_path):
    run = walls.existing((sys.prefix, sys.base_prefix, "/usr", "/lib", "/lib64", tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") not in run
    write = (str(tmp_path / "own"), str(tmp_path / "nowhere"))
    seen = within(tmp_path, Walls(run, (str(tmp_path / "shown"),), write))
    assert (seen["entered"], seen["left"]) == (True, False)
    assert [seen[name] for name in ("own", "moved", "read")] == ["done"] * 3
    shut = ["other", "listed", "written", "removed", "made", *(["cut"] if walls.level() >= 3 else [])]
    assert {seen[name] for name in shut} == {"PermissionError"}, seen


def test_without_an_order_nothing_changes(tmp_path):
    seen = within(tmp_path, None)
    assert not seen.pop("entered")
    assert not seen.pop("left")
    assert set(seen.values()) == {"done"}


def test_a_system_without_it_goes_on_open(monkeypatch):
    monkeypatch.setattr(walls, "level", lambda: 0)
    environ = {walls.VARIABLE: Walls().order(), "KEPT": "yes"}
    assert not walls.enter(environ)
    assert environ == {"KEPT": "yes"}
