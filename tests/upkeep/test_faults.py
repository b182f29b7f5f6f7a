"""Full disk, folder that nobody may write to, damaged files: one sentence, and nothing is changed."""

from __future__ import annotations

import os
import random
import shutil
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from import_process import HEAD, check, report

import workbench as wb
from workbench.errors import StoreError, WorkbenchError


@contextmanager
def mounted(folder, *options):
    """A small disk of its own at `folder`; skips where this user may not mount one."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting needs rights that this user lacks: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def state(folder):
    """Every file of a workspace with its content, but for locks."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not file.name.startswith(".") and "audit" not in file.parts
    }


needs_mount = pytest.mark.skipif(shutil.which("mount") is None or os.name != "posix", reason="no mount here")


@needs_mount
def test_a_full_disk_changes_nothing_and_is_not_left_fuller(tmp_path):
    """The disk fills up at every possible moment of an import."""
    export = tmp_path / "big.csv"
    rows = "".join(
        f"2026-01-{1 + n % 28:02},acct,Campaign {n},{n},USD,{1000 + n},{n % 90},{n}.5,1,5.00\n"
        for n in range(6000)
    )
    export.write_text(HEAD + rows, encoding="utf-8")
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=3m", "tmpfs") as disk:
        store = wb.data.open(disk / "w")
        small = tmp_path / "acct2.csv"
        small.write_text(report("acct2", 3), encoding="utf-8")
        wb.data.load(store, small)
        before, told, failures = state(store.path), check(store), 0
        for free in (*range(0, 400_000, 40_000), 3_000_000):
            filler = disk / "filler"
            filler.write_bytes(b"")
            _fill(filler, free)
            try:
                review = wb.data.load(store, export)
            except StoreError as error:
                failures += 1
                told_of(error)
                assert store.version == store.refresh() == 1
                filler.unlink()
                new = set(state(store.path)) - set(before)
                assert not [name for name in new if name.endswith(".parquet") and "quarantine" not in name]
                assert {n: c for n, c in state(store.path).items() if n in before} == before
            else:
                assert review.version == 2
                filler.unlink()
                break
        assert failures >= 3
        if store.version == 1:
            assert wb.data.load(store, export).version == 2
        assert store.query("SELECT count(*) AS n FROM performance")["n"].to_pylist() == [6006]
        past = store.at(1)
        assert check(past) == told


def told_of(error):
    """The sentence for a full disk."""
    assert "could not be written" in error.what
    assert "Nothing was changed" in error.fix


def _fill(filler, free):
    """Leave about so many bytes free on the filler's disk."""
    disk = os.statvfs(filler.parent)
    wanted = max(0, disk.f_bavail * disk.f_frsize - free)
    with filler.open("wb") as stream:
        stream.write(b"\0" * wanted)


@needs_mount
def test_a_full_disk_stops_a_backup_without_a_trace(store, load, tmp_path):
    load()
    (store.path / "notebooks" / "noise.bin").write_bytes(random.Random(1).randbytes(100_000))
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=16k", "tmpfs") as disk:
        for name in ("b.tar.zst", "b.tar", "folder"):
            with pytest.raises(StoreError, match=r"No space left|could not be written"):
                wb.data.backup(store, disk / name)
            assert not [*disk.iterdir()]


@needs_mount
def test_a_read_only_folder_is_read_and_refused(store, load):
    load()
    with mounted(store.path, "--bind", str(store.path)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(store.path)], check=True)
        reader = wb.data.open(store.path)
        assert check(reader) == {"acct": 10}
        assert check(reader.at(1)) == {"acct": 10}
        for job in (
            lambda: load(clicks=2, into=reader),
            lambda: wb.data.vacuum(reader),
            lambda: wb.data.compact(reader),
        ):
            with pytest.raises(StoreError, match=r"[Rr]ead-only|cannot be written"):
                job()
    assert load(clicks=2).version == 2


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_read_and_refused(store, load):
    load()
    for place in (store.path, *store.path.rglob("*")):
        place.chmod(place.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    try:
        reader = wb.data.open(store.path)
        assert check(reader) == {"acct": 10}
        with pytest.raises(StoreError, match="cannot be written"):
            load(clicks=2, into=reader)
    finally:
        for place in (store.path, *store.path.rglob("*")):
            place.chmod(place.stat().st_mode | stat.S_IWUSR)


HARMS = {
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "turned": lambda data: data[:-8] + bytes(255 - byte for byte in data[-8:]),
}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("table", ["tables/performance", "rollups/performance_hourly", "imports/ledger"])
def test_a_damaged_data_file_is_a_sentence_that_names_the_way_out(store, load, table, harm):
    load()
    (victim,) = (store.path / table).glob("*.parquet")
    victim.write_bytes(HARMS[harm](victim.read_bytes()))
    before, version = state(store.path), store.version
    with pytest.raises(StoreError, match=r"cannot be read|could not be written"):
        wb.data.open(store.path).query(f"SELECT * FROM {victim.parent.name.replace('ledger', 'imports')}")
    with pytest.raises(WorkbenchError):
        load(clicks=2)
    after = state(store.path)
    assert {name: after[name] for name in before} == before
    assert wb.data.open(store.path).version == version
    if "ledger" not in table:  # the way out: undo the import whose file is damaged, and import it again
        wb.data.undo(store, _import(before))
        load()
        assert check(store) == {"acct": 10}


def _import(before):
    """The import's id, from the history of version 1."""
    import json

    return json.loads(before["versions/1.json"])["imports"][0]


@pytest.mark.parametrize("harm", [b"", b"{", b"[]", b"null", b'{"version": 1}', bytes(range(256))])
def test_a_damaged_pointer_is_a_sentence_and_nothing_is_written(store, load, harm):
    load()
    (store.path / "pointer.json").write_bytes(harm)
    before = state(store.path)
    for job in (
        lambda: wb.data.open(store.path),
        lambda: load(clicks=2),
        lambda: wb.data.vacuum(store, 0, 1),
    ):
        with pytest.raises(StoreError, match=r"pointer.json"):
            job()
    assert state(store.path) == before
    shutil.copy(store.path / "versions" / "1.json", store.path / "pointer.json")  # as the sentence says
    assert check(wb.data.open(store.path)) == {"acct": 10}


@pytest.mark.parametrize("harm", [b"", b"{}", b"\xff\xfe", b'{"version": 1, "tables": {"x": 3}}'])
def test_a_damaged_history_file_costs_that_version_only(store, load, harm):
    load(clicks=1)
    load(clicks=2)
    (store.path / "versions" / "1.json").write_bytes(harm)
    with pytest.raises(StoreError, match=r"Version 1 is no longer kept"):
        store.at(1)
    assert store.versions()["version"].tolist() == [2]
    assert check(wb.data.open(store.path)) == {"acct": 2}
    (active,) = store.query("SELECT import_id FROM imports WHERE active")["import_id"].to_pylist()
    with pytest.raises(StoreError, match=r"history of version 1 cannot be read"):
        wb.data.undo(store, active)
    assert load(clicks=3).version == 3
    assert Path(store.path / "versions" / "1.json").read_bytes() == harm
