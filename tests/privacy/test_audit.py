"""The audit log finds every change of itself, and loses no line to crashes or crowds."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.privacy import audit, heads

COUNT = 12


@pytest.fixture
def root(store):
    """A workspace with a log of 12 lines."""
    for number in range(COUNT):
        audit.append(store.path, "import", "ada", counts={"rows": number}, table="performance", empty="")
    return store.path


def lines(root):
    return (root / audit.LOG).read_bytes().splitlines(keepends=True)


def test_lines_say_who_did_what_and_chain(root):
    found = [json.loads(line) for line in lines(root)]
    assert [line["n"] for line in found] == list(range(1, COUNT + 1))
    assert found[0]["before"] == audit.FIRST
    assert all(one["hash"] == two["before"] for one, two in itertools.pairwise(found))
    assert found[3]["counts"] == {"rows": 3}
    assert "empty" not in found[3]
    assert audit.verify(root) == audit.Check(COUNT, (), True, False)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_change_removal_reordering_or_cut_is_found(root, data):
    good = lines(root)
    kind = data.draw(st.sampled_from(["flip", "remove", "swap", "cut", "repeat", "edit"]))
    at = data.draw(st.integers(0, COUNT - 1))
    bad = list(good)
    if kind == "flip":
        place = data.draw(st.integers(0, len(good[at]) - 1))
        changed = bytearray(good[at])
        changed[place] ^= data.draw(st.integers(1, 255))
        bad[at] = bytes(changed)
    elif kind == "remove":
        del bad[at]
    elif kind == "swap":
        other = data.draw(st.integers(0, COUNT - 1).filter(lambda found: found != at))
        bad[at], bad[other] = bad[other], bad[at]
    elif kind == "cut":
        bad = bad[:at]
    elif kind == "repeat":
        bad.insert(at, bad[at])
    else:
        told = json.loads(bad[at])
        told["counts"] = {"rows": 999}
        bad[at] = json.dumps(told).encode() + b"\n"
    (root / audit.LOG).write_bytes(b"".join(bad))
    found = audit.verify(root)
    (root / audit.LOG).write_bytes(b"".join(good))
    assert not found.is_whole
    assert audit.verify(root).is_whole


def test_a_log_written_anew_is_found_by_the_head_at_home(root, monkeypatch):
    (root / audit.LOG).unlink()
    with monkeypatch.context() as outside:  # somebody without access to this user's home
        outside.setattr(heads, "keep", lambda *_: None)
        for number in range(COUNT + 3):
            audit.append(root, "import", "eve", counts={"rows": number})
    assert "made anew" in audit.verify(root).problems[0]


def test_a_log_that_vanished_with_the_identity_is_found(root):
    shutil.rmtree(root / "audit")
    shutil.rmtree(root / "vault")
    assert "cut off" in audit.verify(root).problems[0]


def test_a_moved_workspace_keeps_its_head_and_a_copy_has_its_own(root, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    assert audit.verify(copy) == audit.Check(COUNT, (), False, False)
    audit.append(copy, "import")
    audit.append(root, "export")
    assert audit.verify(copy).is_whole
    assert audit.verify(root).is_whole
    moved = root.rename(tmp_path / "moved")
    assert audit.verify(moved) == audit.Check(COUNT + 1, (), True, False)


def test_a_line_that_a_crash_left_unfinished_never_counted(root):
    with (root / audit.LOG).open("ab") as stream:
        stream.write(b'{"n": 13, "who')
    assert audit.verify(root) == audit.Check(COUNT, (), True, True)
    audit.append(root, "import")
    assert audit.verify(root) == audit.Check(COUNT + 1, (), True, False)


def test_lines_longer_than_one_read_are_chained(root):
    audit.append(root, "personal_opened", subjects=[f"{number:032x}" for number in range(5_000)])
    audit.append(root, "import")
    assert audit.verify(root).is_whole


def test_a_damaged_end_refuses_more_lines(root):
    with (root / audit.LOG).open("ab") as stream:
        stream.write(b"nonsense\n")
    with pytest.raises(wb.WorkbenchError, match="damaged"):
        audit.append(root, "import")


def _crowd(root, number):
    for index in range(10):
        audit.append(root, "import", f"process {number}", counts={"rows": index})


def test_many_processes_lose_no_line(root):
    context = multiprocessing.get_context("spawn")
    crowd = [context.Process(target=_crowd, args=(root, number)) for number in range(3)]
    for process in crowd:
        process.start()
    for process in crowd:
        process.join()
    assert audit.verify(root) == audit.Check(COUNT + 30, (), True, False)
    assert (audit.frame(root)["who"].value_counts()[["process 0", "process 1", "process 2"]] == 10).all()


def test_an_act_that_fails_says_so(root):
    with pytest.raises(RuntimeError), audit.recorded(root, "import", import_id="x"):
        raise RuntimeError
    with pytest.raises(RuntimeError), audit.act(root, "erasure"):
        raise RuntimeError
    assert audit.frame(root)["what"].tolist()[:4] == [
        "erasure_failed",
        "erasure_begun",
        "import_failed",
        "import",
    ]


def test_imports_undos_backups_and_exports_leave_a_line(store, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("Date,Impressions,Clicks\n2026-03-01,10,1\n")
    found = wb.data.load(store, file, account="a", currency="USD")
    wb.data.undo(store, found.import_id[:6])
    wb.data.backup(store, tmp_path / "b.tar")
    log = audit.frame(store.path)
    assert log["what"].tolist() == ["backup", "undo", "import"]
    for line in log["about"].tolist()[1:]:
        assert line["import_id"] == found.import_id, "whole, also where a beginning of it was said"
    assert log["counts"].tolist()[2] == {"rows": 1, "set_aside": 0}
    assert "x.csv" not in (store.path / audit.LOG).read_text()
