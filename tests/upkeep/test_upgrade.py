"""Upgrade: an earlier layout becomes this one after a backup, in order, or stays as it was."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from filelock import FileLock

import workbench as wb
from workbench.errors import StoreError
from workbench.schema import SCHEMA_VERSION
from workbench.store import migrations, pointer, workspace
from workbench.store.migrations import Migration


def as_of_layout_1(folder):
    """Turn a workspace into what the first release wrote: no acts in the history, layout 1."""
    for file in (*(folder / "versions").glob("*.json"), folder / "pointer.json"):
        content = json.loads(file.read_text()) | {"schema_version": 1}
        file.write_text(
            json.dumps({k: v for k, v in content.items() if k not in ("act", "imports", "changed")})
        )
    settings = folder / "workbench.toml"
    settings.write_text('# mine\nname = "w"   # our name\nschema_version = 1\n')


@pytest.fixture
def old(store, load):
    """A workspace of layout 1 with two imports and a change."""
    for clicks in (1, 2):
        load(clicks=clicks)
    store.commit([wb.data.Change("notes", pa.table({"n": [1]}))])
    as_of_layout_1(store.path)
    return store.path


def test_the_first_layout_can_be_read_and_written_as_it_is(old, load):
    store = wb.data.open(old)
    assert store.versions()["act"].tolist() == ["", "", ""]
    assert load(clicks=3, into=store).version == 4
    assert json.loads((old / "pointer.json").read_text())["schema_version"] == 1


def test_an_upgrade_tells_what_made_each_version(old, store):
    told = store.query("SELECT * FROM performance_hourly ORDER BY ALL")
    ids = [
        row["import_id"]
        for row in store.query("SELECT import_id FROM imports ORDER BY imported_at").to_pylist()
    ]
    done = wb.data.upgrade(old)
    assert (done.before, done.after, len(done.done)) == (1, SCHEMA_VERSION, SCHEMA_VERSION - 1)
    again = wb.data.open(old)
    assert again.version == 3
    assert again.versions()["act"].tolist() == ["commit", "import", "import"]
    assert again.versions()["imports"].tolist() == ["", ids[1], ids[0]]
    assert again.versions()["tables"][0] == "notes"
    assert again.query("SELECT * FROM performance_hourly ORDER BY ALL").equals(told)
    text = (old / "workbench.toml").read_text()
    assert text == f'# mine\nname = "w"   # our name\nschema_version = {SCHEMA_VERSION}\n'
    assert wb.data.upgrade(old) == migrations.Upgraded(SCHEMA_VERSION, SCHEMA_VERSION)


def test_the_backup_made_first_is_the_workspace_before(old, tmp_path):
    done = wb.data.upgrade(old)
    assert done.backup.parent == old / "backups"
    before = wb.data.open(wb.data.restore(done.backup, tmp_path / "before"))
    assert before.settings.schema_version == 1
    assert before.version == 3
    own = tmp_path / "mine.tar.zst"
    as_of_layout_1(old)
    assert wb.data.upgrade(old, own).backup == own
    assert wb.data.open(wb.data.restore(own, tmp_path / "again")).version == 3


def test_a_new_workspace_has_nothing_to_upgrade(store):
    assert wb.data.upgrade(store.path).done == ()
    assert not (store.path / "backups").exists()


def steps(*runs):
    """Migrations to the layouts after this one."""
    return [Migration(SCHEMA_VERSION + n, f"Step {n}.", run) for n, run in enumerate(runs, 1)]


def add_note(work):
    work.rows("notes", pa.table({"n": [work.layout]}), None)


def fail(_work):
    raise OSError(28, "No space left on device")


@pytest.fixture
def newer(monkeypatch, store):
    """A workbench of two layouts later."""
    for room in (pointer, workspace):
        monkeypatch.setattr(room, "SCHEMA_VERSION", SCHEMA_VERSION + 2)


@pytest.mark.usefixtures("newer")
def test_steps_run_in_order_and_make_one_version_each(store, load):
    load()
    done = wb.data.upgrade(store.path, steps=steps(add_note, add_note))
    assert done.done == ("Step 1.", "Step 2.")
    again = wb.data.open(store.path)
    assert again.query("SELECT n FROM notes ORDER BY n")["n"].to_pylist() == [
        SCHEMA_VERSION + 1,
        SCHEMA_VERSION + 2,
    ]
    assert again.versions()["act"].tolist() == ["upgrade", "upgrade", "import"]
    assert again.settings.schema_version == SCHEMA_VERSION + 2


@pytest.mark.usefixtures("newer")
def test_a_step_that_fails_leaves_the_layout_before_it(store, load):
    load()
    with pytest.raises(StoreError, match=r"No space left on device. Nothing was changed"):
        wb.data.upgrade(store.path, steps=steps(add_note, fail))
    again = wb.data.open(store.path)
    assert again.settings.schema_version == SCHEMA_VERSION + 1
    assert again.version == 2
    assert wb.data.upgrade(store.path, steps=steps(fail, add_note)).done == ("Step 2.",)


def test_nobody_may_write_meanwhile(old):
    with FileLock(old / workspace.LOCK), pytest.raises(StoreError, match="Another program has been writing"):
        wb.data.upgrade(old)
    assert wb.data.open(old).settings.schema_version == 1
    assert not (old / "backups").exists()


def test_a_layout_that_is_no_longer_read_says_what_to_run(old, monkeypatch):
    monkeypatch.setattr(workspace, "OLDEST_READABLE", 2)
    with pytest.raises(
        StoreError, match=r"schema version 1, which this workbench no longer reads. Run: workbench upgrade"
    ):
        wb.data.open(old)
    wb.data.upgrade(old)
    assert wb.data.open(old).version == 3


def test_a_folder_that_is_no_workspace_or_a_newer_one_is_refused(store, tmp_path):
    with pytest.raises(StoreError, match="no workspace"):
        wb.data.upgrade(tmp_path / "none")
    (store.path / "workbench.toml").write_text("schema_version = 99\n")
    with pytest.raises(StoreError, match="Install a newer workbench"):
        wb.data.upgrade(store.path)
    (store.path / "workbench.toml").write_text("schema_version = \n")
    with pytest.raises(StoreError, match="not valid TOML"):
        wb.data.upgrade(store.path)
