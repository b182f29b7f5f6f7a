"""Backup and restore: whole at one moment while writers run, checked, or nothing."""

from __future__ import annotations

import io
import json
import os
import tarfile
import threading

import pytest
from import_process import check

import workbench as wb
from workbench.errors import StoreError

KINDS = ["b.tar.zst", "b.tar.gz", "b.tgz", "b.tar", "folder"]


def content(store):
    """All rows of a store."""
    tables = {name: store.query(f"SELECT * FROM {name} ORDER BY ALL") for name in store.tables}
    return {name: rows.to_pylist() for name, rows in tables.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_workspace_is_the_same_with_its_past(store, load, tmp_path, kind):
    for clicks in (1, 2, 3):
        load(clicks=clicks)
    (store.path / "views" / "mine.toml").write_text("period = 'all'\n")
    (store.path / "notebooks" / "leftover.part").write_text("half")
    made = wb.data.backup(store, tmp_path / kind)
    assert (made.version, made.versions) == (3, (1, 2, 3))
    again = wb.data.open(wb.data.restore(made.path, tmp_path / "again"))
    assert content(again) == content(store)
    assert content(again.at(1)) == content(store.at(1))
    assert again.versions().equals(store.versions())
    assert (again.path / "views" / "mine.toml").read_text() == "period = 'all'\n"
    assert not [*again.path.rglob("*.part")]
    assert load(clicks=4, into=again).version == 4
    assert check(again) == {"acct": 4}
    assert store.refresh() == 3
    last = again.query("SELECT import_id FROM imports WHERE active")["import_id"][0].as_py()
    wb.data.undo(again, last)
    assert check(again) == {"acct": 3}


def test_the_newest_alone_is_smaller(store, load, tmp_path):
    for clicks in (1, 2, 3):
        load(clicks=clicks)
    whole, small = wb.data.backup(store, tmp_path / "a.tar"), wb.data.backup(store, tmp_path / "b.tar", True)
    assert small.files < whole.files
    again = wb.data.open(wb.data.restore(small.path, tmp_path / "again"))
    assert content(again) == content(store)
    with pytest.raises(StoreError, match="Version 1 is no longer kept"):
        again.at(1)


def test_an_empty_workspace_can_be_backed_up(store, tmp_path):
    made = wb.data.backup(store, tmp_path / "b.tar.gz")
    assert wb.data.open(wb.data.restore(made.path, tmp_path / "again")).version == 0


def test_a_backup_under_fire_is_one_moment(store, load, tmp_path):
    """Imports, compaction's refusal and readers go on while backups are made."""
    load(clicks=1)
    stop = threading.Event()

    def keep_on():
        own = wb.data.open(store.path)
        for clicks in range(2, 1000):
            if stop.is_set():
                return
            load(clicks=clicks, into=own)

    writer = threading.Thread(target=keep_on)
    writer.start()
    made = [wb.data.backup(store, tmp_path / f"b{number}.tar.zst") for number in range(4)]
    stop.set()
    writer.join()
    for one in made:
        again = wb.data.open(wb.data.restore(one.path, tmp_path / f"r{one.path.name}"))
        assert again.version == one.version
        assert check(again) == {"acct": one.version}
        assert one.versions == tuple(range(1, one.version + 1))


def test_the_delta_tables_of_a_backup_end_where_it_does(store, load, tmp_path):
    from deltalake import DeltaTable

    for clicks in (1, 2):
        load(clicks=clicks)
    again = wb.data.open(wb.data.restore(wb.data.backup(store, tmp_path / "b").path, tmp_path / "again"))
    table = DeltaTable(str(again.path / "tables" / "performance"))
    assert table.version() == again._version.tables["performance"].version
    assert sum(table.to_pyarrow_table()["clicks"].to_pylist()) == 12


@pytest.mark.parametrize("cut", [0, 1, 600, 0.5, -1])
@pytest.mark.parametrize("kind", ["b.tar.zst", "b.tar.gz", "b.tar"])
def test_a_cut_archive_is_refused_and_leaves_nothing(store, load, tmp_path, kind, cut):
    load()
    made = wb.data.backup(store, tmp_path / kind).path
    whole = made.read_bytes()
    made.write_bytes(
        whole[: int(len(whole) * cut) if isinstance(cut, float) else cut if cut >= 0 else -20_000]
    )
    with pytest.raises(StoreError, match=r"cut short|never finished"):
        wb.data.restore(made, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not [*tmp_path.glob(".again*")]


def test_a_damaged_file_is_named(store, load, tmp_path):
    load()
    made = wb.data.backup(store, tmp_path / "folder").path
    victim = next((made / "tables" / "performance").glob("*.parquet"))
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    with pytest.raises(StoreError, match=rf"damaged or foreign file 'tables/performance/{victim.name}'"):
        wb.data.restore(made, tmp_path / "again")
    victim.unlink()
    with pytest.raises(StoreError, match="lacks the file"):
        wb.data.restore(made, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/tmp/outside.txt", "a/../../outside.txt", "C:\\x", "a\\b"]
)
def test_a_name_that_leads_out_is_refused(tmp_path, name):
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        member = tarfile.TarInfo(name)
        member.size = 3
        archive.addfile(member, io.BytesIO(b"bad"))
    with pytest.raises(StoreError, match="outside of the workspace"):
        wb.data.restore(tmp_path / "b.tar", tmp_path / "again")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["b.tar"]


def test_a_link_in_an_archive_is_refused(tmp_path):
    with tarfile.open(tmp_path / "b.tar", "w") as archive:
        member = tarfile.TarInfo("pointer.json")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(member)
    with pytest.raises(StoreError, match="no plain file"):
        wb.data.restore(tmp_path / "b.tar", tmp_path / "again")


def test_places_that_hold_something_are_refused(store, load, tmp_path):
    load()
    (tmp_path / "there.tar.gz").write_text("mine")
    with pytest.raises(StoreError, match="something at this place already"):
        wb.data.backup(store, tmp_path / "there.tar.gz")
    with pytest.raises(StoreError, match="inside of the workspace"):
        wb.data.backup(store, store.path / "views" / "b.tar.gz")
    with pytest.raises(StoreError, match=r"Unknown kind of archive '.zip'"):
        wb.data.backup(store, tmp_path / "b.zip")
    made = wb.data.backup(store, tmp_path / "b.tar.gz").path
    with pytest.raises(StoreError, match="only restored to a new or an empty folder"):
        wb.data.restore(made, store.path)
    with pytest.raises(StoreError, match="no backup at this place"):
        wb.data.restore(tmp_path / "none.tar.gz", tmp_path / "again")
    for other in (tmp_path / "there.tar.gz", store.path, tmp_path / "files"):
        with pytest.raises(StoreError):
            wb.data.restore(other, tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_backup_of_a_newer_workbench_is_refused(store, load, tmp_path):
    load()
    made = wb.data.backup(store, tmp_path / "folder").path
    manifest = made / "backup.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"schema_version": 99}))
    with pytest.raises(StoreError, match="schema version 99"):
        wb.data.restore(made, tmp_path / "again")


def test_a_missing_data_file_stops_a_backup(store, load, tmp_path):
    load()
    os.unlink(next((store.path / "tables" / "performance").glob("*.parquet")))
    with pytest.raises(StoreError, match="A data file is missing"):
        wb.data.backup(store, tmp_path / "b.tar.gz")
    assert not [*tmp_path.glob("b.tar*")]
