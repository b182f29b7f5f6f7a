"""Compaction and vacuum: what a kept version needs stays, all else goes, readers notice nothing."""

from __future__ import annotations

import os
import time
from itertools import pairwise

import pytest
from deltalake import DeltaTable
from import_process import check

import workbench as wb
from workbench.errors import StoreError
from workbench.store import parquet, upkeep


def rows(store):
    """All rows of the tables that answer."""
    names = ("performance", "conversions", "performance_hourly", "imports")
    return {name: store.query(f"SELECT * FROM {name} ORDER BY ALL").to_pylist() for name in names}


def on_disk(store):
    return {file.name for file in store.path.glob("*/*/*.parquet")}


def needed(*stores):
    return {
        file.name for store in stores for pinned in store._version.tables.values() for file in pinned.files
    }


def test_old_versions_go_and_kept_ones_stay_readable(store, load):
    for clicks in range(1, 7):
        load(clicks=clicks)
    reader, before = store.at(3), rows(store.at(3))
    done = wb.data.vacuum(store, keep_days=0, keep_versions=2, keep=[3, 99], grace_hours=0)
    assert (done.kept, done.removed) == ((3, 5, 6), (1, 2, 4))
    assert done.files > 0
    assert done.bytes > 0
    assert rows(reader) == rows(store.at(3)) == before
    assert on_disk(store) == needed(store, store.at(3), store.at(5))
    assert wb.data.vacuum(store, keep_days=0, keep_versions=2, keep=[3], grace_hours=0).files == 0
    assert load(clicks=7).version == 7
    assert check(store) == {"acct": 7}


def test_a_dry_run_removes_nothing(store, load):
    for clicks in (1, 2, 3):
        load(clicks=clicks)
    there = on_disk(store)
    told = wb.data.vacuum(store, 0, 1, grace_hours=0, dry_run=True)
    assert on_disk(store) == there
    assert store.versions()["version"].tolist() == [3, 2, 1]
    assert wb.data.vacuum(store, 0, 1, grace_hours=0) == told


def test_what_was_current_lately_stays(store, load):
    for clicks in (1, 2, 3):
        load(clicks=clicks)
    assert wb.data.vacuum(store, keep_days=0, keep_versions=1).removed == ()
    assert wb.data.vacuum(store, keep_days=1, keep_versions=1, grace_hours=0).removed == ()


def test_garbage_of_a_killed_writer_goes_once_it_is_old(store, load):
    load()
    folder = store.path / "tables" / "performance"
    old, new, half = (
        folder / "part-old.parquet",
        folder / "part-new.parquet",
        store.path / "pointer.json.part",
    )
    never = store.path / "tables" / "never" / "part.parquet"
    never.parent.mkdir()
    for file in (old, new, half, never):
        file.write_bytes(b"half a file")
    for file in (old, half, never):
        os.utime(file, (time.time() - 7200,) * 2)
    os.utime(never.parent, (time.time() - 7200,) * 2)
    done = wb.data.vacuum(store)
    assert [file.exists() for file in (old, new, half, never)] == [False, True, False, False]
    assert done.files == 3
    assert check(store) == {"acct": 10}


def test_the_delta_log_ends_with_what_is_current_and_stays_short(store, load):
    """A writer was killed between its Delta commit and the pointer: its rows never surface."""
    for clicks in (1, 2, 3, 4):
        load(clicks=clicks)
    folder = store.path / "tables" / "performance"
    DeltaTable(str(folder)).delete()
    wb.data.vacuum(store, keep_days=0, keep_versions=1, grace_hours=0)
    told = DeltaTable(str(folder))
    assert sum(told.to_pyarrow_table()["clicks"].to_pylist()) == 24
    logs = sorted(file.name for file in (folder / "_delta_log").glob("*.json"))
    pinned = store._version.tables["performance"].version
    assert logs[0] == f"{pinned:020}.json"
    assert load(clicks=5).version == 5
    assert check(store) == {"acct": 5}
    assert sum(DeltaTable(str(folder)).to_pyarrow_table()["clicks"].to_pylist()) == 30


def test_small_files_are_joined_and_no_number_changes(store, load):
    for number in range(6):
        load(f"a{number}", clicks=number + 1)
    before, past = rows(store), store.at(4)
    told = rows(past)
    done = wb.data.compact(store)
    assert done.version == store.version == 7
    assert done.files[0] > done.files[1] == 4
    assert done.joined["performance"] == 6
    assert rows(store) == before
    assert rows(past) == told
    assert wb.data.compact(store).joined == {}
    assert store.version == 7
    for name, pinned in store._version.tables.items():
        place = {"performance_hourly": "rollups/performance_hourly", "imports": "imports/ledger"}
        table = DeltaTable(str(store.path / place.get(name, f"tables/{name}")))
        assert table.version() == pinned.version
        assert table.count() == pinned.rows
    wb.data.undo(store, store.query("SELECT import_id FROM imports LIMIT 1")["import_id"][0].as_py())
    assert len(check(store)) == 5


def test_large_files_stay_as_they_are(store, load, monkeypatch):
    for number in range(3):
        load(f"a{number}")
    monkeypatch.setattr(parquet, "FILE_BYTES", 1)
    assert wb.data.compact(store).joined == {}


def test_own_tables_are_joined_too(store):
    import pyarrow as pa

    for number in range(3):
        store.commit([wb.data.Change("notes", pa.table({"n": [number], "what": ["x"]}))])
    assert wb.data.compact(store).joined == {"notes": 3}
    assert store.query("SELECT n FROM notes ORDER BY n")["n"].to_pylist() == [0, 1, 2]


@pytest.mark.parametrize("rule", [{"keep_versions": 0}, {"keep_days": -1}, {"grace_hours": -0.1}])
def test_a_rule_that_keeps_nothing_is_refused(store, rule):
    with pytest.raises(StoreError, match="keeps at least the current version"):
        wb.data.vacuum(store, **rule)


def test_one_upkeep_at_a_time(store, load, tmp_path):
    load()
    with upkeep.alone(store.path):
        for job in (wb.data.compact, wb.data.vacuum, lambda s: wb.data.backup(s, tmp_path / "b.tar")):
            with pytest.raises(StoreError, match="is under way"):
                job(store)
    assert wb.data.vacuum(store).removed == ()


def test_vacuum_and_compaction_amid_imports_and_readers(store, load, processes, finished):
    """Upkeep at any moment: no reader of a kept version and no importer is disturbed."""
    for _ in range(3):
        processes.start("reader")
    importer = processes.start("steady 6")
    past = None
    for _ in range(4):
        store.refresh()
        wb.data.compact(store)
        wb.data.vacuum(store, keep_days=0, keep_versions=3, grace_hours=0.001)
        if past is None and store.version:
            past = store.at(store.version)
            told = rows(past)
        time.sleep(0.2)
    finished(importer)
    processes.close()
    assert not processes.torn()
    store.refresh()
    assert check(store) == {"steady": 6}
    assert all(after < before for before, after in pairwise(store.versions()["version"]))
    assert past is None or past.version not in set(store.versions()["version"]) or rows(past) == told
