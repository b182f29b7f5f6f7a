"""Uploads: names are labels, sizes are kept, pieces land where they belong, nothing is left behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.sources import staging
from workbench.sources.staging import MEGABYTE, MOST, Staging, safe_name


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A staging for files up to 1 MB, in a temporary folder of its own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = Staging(1, lambda name: f"{name} is too large.")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("report.csv", "report.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\消耗 报表.xlsx", "消耗 报表.xlsx"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        (".csv", "csv"),
        ("a\x00b\n\u202e.csv", "ab.csv"),
        ("<img src=x>.csv", "img src=x.csv"),
        ("con?*|.csv", "con.csv"),
    ],
)
def test_a_name_is_a_label_and_never_a_path(name, kept):
    assert safe_name(name) == kept


@given(st.text(max_size=400))
def test_any_name_gives_one_that_a_disk_takes(name):
    kept = safe_name(name)
    assert kept not in ("", ".", "..")
    assert not set("/\\\0") & set(kept)
    assert len(kept.encode()) <= 120
    assert Path("folder", kept).parent == Path("folder")


def test_a_huge_name_keeps_its_ending():
    assert safe_name("很长" * 500 + ".xlsx").endswith(".xlsx")


def test_pieces_may_come_in_any_order(stage):
    upload = stage.begin("a.csv", 10)
    stage.add(upload.number, 5, b"56789")
    assert not upload.whole
    stage.add(upload.number, 0, b"01234")
    assert upload.whole
    assert upload.path.read_bytes() == b"0123456789"


def test_a_file_and_its_folder_belong_to_this_user_only(stage):
    upload = stage.begin("a.csv", 1)
    assert stat.S_IMODE(upload.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(upload.path.parent.parent.stat().st_mode) == 0o700


def test_an_empty_file_is_whole_at_once(stage):
    assert stage.begin("empty.xlsx", 0).whole


@pytest.mark.parametrize("size", [-1, MEGABYTE + 1, 10**30])
def test_a_file_beyond_the_limit_is_refused_in_words(stage, size):
    with pytest.raises(InputError, match=r"big\.csv is too large"):
        stage.begin("big.csv", size)


@pytest.mark.parametrize(("offset", "piece"), [(-1, b"x"), (0, b"01234567890"), (10, b"x"), (9, b"xy")])
def test_a_piece_outside_of_its_file_is_refused(stage, offset, piece):
    upload = stage.begin("a.csv", 10)
    with pytest.raises(InputError, match="belongs to no file"):
        stage.add(upload.number, offset, piece)
    assert upload.path.read_bytes() == b""


def test_pieces_of_unknown_and_whole_files_are_refused(stage):
    upload = stage.begin("a.csv", 1)
    stage.add(upload.number, 0, b"x")
    for number in (upload.number, 99):
        with pytest.raises(InputError):
            stage.add(number, 0, b"x")


def test_only_so_many_files_at_once(stage):
    for _ in range(MOST):
        stage.begin("a.csv", 1)
    with pytest.raises(InputError, match="open already"):
        stage.begin("a.csv", 1)
    stage.drop(1)
    stage.begin("a.csv", 1)


def test_dropped_and_closed_files_are_gone(stage, tmp_path):
    first, second = stage.begin("a.csv", 1), stage.begin("a.csv", 1)
    stage.drop(first.number)
    stage.drop(first.number)
    assert not first.path.exists()
    assert second.path.exists()
    stage.close()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_and_the_file_dropped(stage):
    upload = stage.begin("a.csv", 1)
    upload.path.unlink()  # writing fails as it does on a full disk
    with pytest.raises(InputError, match=r"a\.csv could not be kept"):
        stage.add(upload.number, 0, b"x")
    with pytest.raises(InputError, match="belongs to no file"):
        stage.add(upload.number, 0, b"x")


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(stage, tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left, mine = (tmp_path / f"wb-upload-{process}-x" for process in (ended.pid, os.getpid()))
    strange = tmp_path / "wb-upload-strange"
    for folder in (left, mine, strange):
        folder.mkdir()
    staging.sweep()
    assert not left.exists()
    assert mine.exists()
    assert strange.exists()
