"""Saved things: whose they are, what others may do, conflicts, trash, hostile names, old files."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench import saved
from workbench.errors import InputError, StoreError, WorkbenchError

OLD = '# mine\npanel = "campaigns"\nname = "Old one"\n\n[state]\nmetric = "roas" # the boss asked\n'


def names(root, who, **options):
    return [entry.name for entry in saved.items(root, "view", who, **options)]


def test_a_saved_thing_is_a_small_readable_file(root, save):
    entry = save("双十一 / 复盘", metric="roas", by=("channel", "region"))
    file = root / "views" / "双十一-复盘.toml"
    assert entry.address == "views/双十一-复盘"
    written = file.read_text(encoding="utf-8")
    assert written.splitlines()[:5] == [
        'name = "双十一 / 复盘"',
        'panel = "campaigns"',
        "",
        "[state]",
        'metric = "roas"',
    ]
    about = tomllib.loads(written)["saved"]
    assert list(about) == ["owner", "visibility", "created", "changed", "changed_by", "revision"]
    assert (about["owner"], about["visibility"], about["revision"]) == ("mia", "private", 1)
    assert about["created"].utcoffset() == dt.timedelta(0)
    assert abs(dt.datetime.now(dt.UTC) - about["created"]) < dt.timedelta(minutes=5)
    assert not [*root.rglob("*.part")]


def test_everybody_sees_shared_things_and_ones_own(root, save):
    save("Mine", "mia")
    save("Ours", "mia", shared=True)
    save("Mine", "bo")
    assert names(root, "mia") == ["Mine", "Ours"]
    assert names(root, "bo") == ["Mine", "Ours"]
    assert names(root, "") == ["Ours"]
    assert {entry.id for entry in saved.items(root, "view", "bo")} == {"mine-2", "ours"}


def test_a_private_thing_cannot_be_read_or_changed_by_another(root, save):
    entry = save()
    for act in (
        lambda: saved.read(root, "view", entry.id, "bo"),
        lambda: saved.find(root, entry.address, "bo"),
        lambda: saved.update(root, entry, {"panel": "campaigns"}, "bo"),
        lambda: saved.rename(root, entry, "His", "bo"),
        lambda: saved.trash(root, entry, "bo"),
    ):
        with pytest.raises(saved.Refused, match="There is no saved"):
            act()
    assert saved.read(root, "view", entry.id, "Mia") == entry


def test_others_change_a_shared_thing_and_its_owner_alone_disposes_of_it(root, save):
    entry = save(shared=True, metric="roas")
    now = saved.update(root, entry, {"panel": "campaigns", "state": {"metric": "cpa"}}, "bo")
    assert (now.owner, now.changed_by, now.revision) == ("mia", "bo", 2)
    for act in (
        lambda: saved.rename(root, now, "His", "bo"),
        lambda: saved.share(root, now, False, "bo"),
        lambda: saved.give(root, now, "bo", "bo"),
        lambda: saved.trash(root, now, "bo"),
    ):
        with pytest.raises(saved.Refused, match="belongs to mia"):
            act()
    assert saved.share(root, now, False, "mia").shared is False
    assert names(root, "bo") == []


def test_a_change_that_stands_on_an_old_revision_says_who_changed_it_and_when(root, save):
    entry = save(shared=True, metric="roas")
    saved.update(root, entry, {"panel": "campaigns", "state": {"metric": "cpa"}}, "bo")
    with pytest.raises(saved.Conflict) as caught:
        saved.update(root, entry, {"panel": "campaigns", "state": {"metric": "ctr"}}, "mia")
    now = saved.read(root, "view", entry.id, "mia")
    assert now.content["state"] == {"metric": "cpa"}
    assert str(caught.value) == (
        f"bo changed 'Weekly' on {now.changed:%Y-%m-%d %H:%M} UTC (revision 2), after you opened it; your "
        "change was not saved. Open it again to see that change, or save yours as a copy under another name."
    )
    assert "bo 于" in caught.value.told("zh")
    saved.update(root, now, {"panel": "campaigns", "state": {"metric": "ctr"}}, "mia")


def test_an_edit_by_hand_is_a_conflict_too(root, save):
    entry = save(metric="roas")
    file = root / f"{entry.address}.toml"
    file.write_text(file.read_text().replace("roas", "cpa"))
    with pytest.raises(saved.Conflict, match="edited by hand on"):
        saved.update(root, entry, {"panel": "campaigns", "state": {}}, "mia")
    assert "cpa" in file.read_text()


def test_of_many_who_save_at_once_one_wins_and_the_others_are_told(root, save):
    entry, told, done = save(shared=True), [], []

    def change(number):
        try:
            done.append(saved.update(root, entry, {"panel": "campaigns", "state": {"n": number}}, "bo"))
        except saved.Conflict as error:
            told.append(error)

    threads = [threading.Thread(target=change, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(done), len(told)) == (1, 7)
    assert saved.read(root, "view", entry.id, "mia") == done[0]


def test_many_processes_save_the_same_name_and_nothing_is_lost(root):
    code = (
        "import sys, pathlib\nfrom workbench import saved\n"
        "for n in range(5): saved.create(pathlib.Path(sys.argv[1]), 'plan', 'Same', {'n': n}, "
        "sys.argv[2] + str(n))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(root), who]) for who in ("a", "b", "c")]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    kept = [entry for who in "abc" for n in range(5) for entry in saved.items(root, "plan", f"{who}{n}")]
    assert len({entry.id for entry in kept}) == 15
    assert {entry.name for entry in kept} == {"Same"}


def test_the_same_again_writes_nothing(root, save):
    entry = save(metric="roas", by=("a", "b"))
    file = root / f"{entry.address}.toml"
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert (
        saved.update(
            root, entry, {"state": {"by": ["a", "b"], "metric": "roas"}, "panel": "campaigns"}, "mia"
        )
        == entry
    )
    assert saved.rename(root, entry, " Weekly ", "mia") == entry
    assert saved.share(root, entry, False, "mia") == entry
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_change_leaves_comments_and_order_alone(root):
    file = root / "views" / "old.toml"
    file.write_text(OLD)
    entry = saved.read(root, "view", "old", "mia")
    saved.update(root, entry, {"panel": "campaigns", "state": {"metric": "roas", "share": "bar"}}, "mia")
    now = file.read_text()
    assert now.startswith(OLD)
    assert 'share = "bar"' in now
    assert "the boss asked" in now


def test_an_old_file_is_everybodys_until_somebody_gets_it(root):
    (root / "views" / "old.toml").write_text(OLD)
    entry = saved.read(root, "view", "old", "")
    assert (entry.name, entry.owner, entry.shared, entry.revision) == ("Old one", "", True, 0)
    assert entry.content == {"panel": "campaigns", "state": {"metric": "roas"}}
    assert names(root, "bo") == names(root, "") == ["Old one"]
    with pytest.raises(saved.Refused, match="no owner who could keep it private"):
        saved.share(root, entry, False, "mia")
    renamed = saved.rename(root, entry, "New one", "bo")
    assert (renamed.owner, renamed.revision, renamed.id) == ("", 1, "old")
    with pytest.raises(saved.Conflict, match="bo changed 'New one'"):
        saved.update(root, entry, {"panel": "x"}, "mia")
    given = saved.give(root, renamed, "mia", "bo")
    with pytest.raises(saved.Refused, match="belongs to mia"):
        saved.trash(root, given, "bo")


def test_a_name_is_used_once_by_one_owner_and_panel(root, save):
    save("One", "mia", shared=True)
    with pytest.raises(saved.Refused, match="exists already"):
        save(" ONE ", "mia")
    save("One", "bo")
    other = saved.create(root, "view", "One", {"panel": "budget"}, "mia")
    with pytest.raises(saved.Refused, match="exists already"):
        saved.rename(root, save("Two", "mia"), "one", "mia")
    assert other.id == "one-3"


def test_trash_and_back(root, save):
    entry = save(metric="roas")
    gone = saved.trash(root, entry, "mia")
    assert not (root / "views" / "weekly.toml").exists()
    assert (root / "trash" / "views" / "weekly.toml").is_file()
    assert gone.trashed_by == "mia"
    assert names(root, "mia") == []
    assert names(root, "mia", trashed=True) == ["Weekly"]
    assert names(root, "bo", trashed=True) == []
    with pytest.raises(saved.Refused):
        saved.restore(root, gone, "bo")
    again = save("Weekly", "mia")
    assert again.id == "weekly-2", "an id in the trash is not used again"
    back = saved.restore(root, gone, "mia")
    assert (back.name, back.trashed, back.content) == ("Weekly (2)", None, entry.content)
    assert "trashed" not in (root / "views" / "weekly.toml").read_text()
    assert names(root, "mia") == ["Weekly", "Weekly (2)"]


def test_the_trash_is_emptied_of_what_has_been_there_long_enough(root, save):
    old, young = (saved.trash(root, save(name), "mia") for name in ("Old", "Young"))
    file = root / "trash" / f"{old.address}.toml"
    year = old.trashed.year
    file.write_text(file.read_text().replace(f"trashed = {year}", f"trashed = {year - 1}"))
    assert saved.empty(root, 30, dry_run=True) == ("views/old",)
    assert file.exists()
    assert saved.empty(root, 30) == ("views/old",)
    assert names(root, "mia", trashed=True) == ["Young"]
    assert saved.empty(root, 0) == (young.address,)
    with pytest.raises(WorkbenchError, match="no number of days"):
        saved.empty(root, -1)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("..\\..\\x", "x"),
        (".hidden", "hidden"),
        ("C:\\x", "c-x"),
        ("CON", "view-con"),
        ("nul.txt", "nul-txt"),
        ("LPT1", "view-lpt1"),
        ("🚀", "view"),
        ("👩‍👩‍👧 family", "family"),
        ("~$x", "x"),
        ("字" * 60, "字" * 40),
        ("ﬁve", "five"),
        ("a\tb", "a-b"),
        ("x.toml", "x-toml"),
    ],
)
def test_hostile_names_become_plain_files_of_the_folder(root, save, name, file):
    entry = save(name)
    assert entry.id == file
    assert saved.read(root, "view", file, "mia").name == " ".join(name.split())
    assert [path.name for path in (root / "views").iterdir()] == [f"{file}.toml"]


@pytest.mark.parametrize(
    "name", ["", "  ", "..", "/", "x" * 61, "a\0b", "a\u202eb", "\u200b", "\ud800", "a\x1bb"]
)
def test_a_name_that_cannot_be_shown_is_refused(root, save, name):
    with pytest.raises(saved.Refused, match="is no name"):
        save(name)
    with pytest.raises(saved.Refused, match="is no name of a person"):
        saved.person(name)
    assert not [*(root / "views").iterdir()]


@settings(max_examples=60, deadline=None)
@given(name=st.text(max_size=80))
def test_any_name_is_saved_as_it_is_or_refused(tmp_path_factory, name):
    root = wb.data.open(tmp_path_factory.mktemp("any")).path
    try:
        entry = saved.create(root, "view", name, {"panel": "campaigns"}, "mia")
    except saved.Refused:
        return
    file = root / f"{entry.address}.toml"
    assert file.resolve().parent == root / "views"
    assert len(file.name.encode()) < 140
    assert saved.items(root, "view", "mia") == (entry,)


@pytest.mark.parametrize("id", ["../x", "a/b", "", ".x", "con", "x.", "x" * 81, "a\0"])
def test_a_given_id_stays_in_its_folder(root, id):
    with pytest.raises(InputError, match="is no name for a file"):
        saved.put(root, "mapping", id, {"headers": ["a"]}, "mia")


@pytest.mark.parametrize("id", ["../views/weekly", "..", "/etc/passwd", "weekly.toml", ""])
def test_nothing_outside_of_the_folder_is_read(root, save, id):
    save()
    with pytest.raises(saved.Refused):
        saved.read(root, "view", id, "mia")


def test_content_that_no_file_can_hold_is_refused_and_what_is_none_is_left_out(root):
    with pytest.raises(InputError, match="cannot be saved"):
        saved.create(root, "plan", "P", {"x": object()}, "mia")
    assert not [*(root / "plans").iterdir()]
    entry = saved.create(root, "plan", "P", {"x": None, "y": (1, 2), "z": {"a": None}}, "mia")
    assert saved.read(root, "plan", entry.id, "mia").content == {"y": [1, 2], "z": {}}


DAMAGED = [
    "panel = [",
    "<<<<<<< mine\n",
    "name = 5\n",
    "saved = 1\n",
    '[saved]\nvisibility = "x"\n',
    "[saved]\nowner = 5\n",
]


@pytest.mark.parametrize("content", [*DAMAGED, b"\xff\xfe\x00"])
def test_a_damaged_file_is_named_and_left_out(root, save, content):
    save()
    (root / "views" / "bad.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert names(root, "mia") == ["Weekly"]
    (sentence,) = saved.damaged(root)
    assert "bad.toml" in sentence
    with pytest.raises(InputError):
        saved.read(root, "view", "bad", "mia")


def test_a_folder_that_cannot_be_written_is_one_sentence(root, save, monkeypatch):
    from workbench.saved import changes

    def full(_path):
        raise OSError(28, "No space left on device")

    entry = save(metric="roas")
    monkeypatch.setattr(changes.pointer, "sync", full)
    with pytest.raises(
        StoreError, match=r"could not be saved: No space left on device\. Nothing was changed"
    ):
        saved.update(root, entry, {"panel": "campaigns"}, "mia")
    assert saved.read(root, "view", entry.id, "mia") == entry
    assert not [*root.rglob("*.part")]


def test_a_thing_is_meant_by_its_address_id_or_name(root, save):
    entry = save("Search 复盘")
    for words in ("views/search-复盘", "search-复盘", "search 复盘"):
        assert saved.find(root, words, "mia") == entry
    saved.create(root, "plan", "Search 复盘", {}, "mia")
    with pytest.raises(saved.Refused, match=r"plans/search-复盘, views/search-复盘"):
        saved.find(root, "Search 复盘", "mia")


def test_a_guest_saves_for_everybody_only(root, save, monkeypatch):
    monkeypatch.setenv(saved.VISITOR, "")
    assert (saved.me(), saved.is_visitor()) == ("", True)
    with pytest.raises(saved.Refused, match="Say your name first"):
        save(who=None)
    assert save(who=None, shared=True).owner == ""
    monkeypatch.setenv(saved.VISITOR, "Mia")
    assert save(who=None).owner == "Mia"


def test_who_one_is_at_home(monkeypatch):
    from workbench.privacy import audit

    monkeypatch.setenv("WORKBENCH_USER", "agency")
    assert saved.me() == audit.me() == "agency"
    monkeypatch.setenv(saved.VISITOR, "Mallory")
    assert audit.me() == "agency", "the audit log takes no claim for who acts"


def test_backups_hold_saved_things_and_the_trash(root, save, tmp_path):
    kept, gone = save("Kept"), saved.trash(root, save("Gone"), "mia")
    made = wb.data.backup(wb.data.open(root), tmp_path / "b.tar.gz")
    again = wb.data.restore(made.path, tmp_path / "again")
    assert saved.items(again, "view", "mia") == (kept,)
    assert saved.items(again, "view", "mia", trashed=True) == (gone,)
    assert not (again / ".saved").exists()
    assert saved.restore(again, gone, "mia").name == "Gone"


def test_under_version_control_a_change_is_the_lines_that_changed(root, save):
    def git(*words):
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout

    entry = save("Weekly", metric="roas", share="bar")
    git("init", "-q")
    git("add", "views")
    git("commit", "-qm", "one")
    saved.update(root, entry, {"panel": "campaigns", "state": {"metric": "cpa", "share": "bar"}}, "mia")
    changed = [
        line
        for line in git("diff", "-U0").splitlines()
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert {line[1:].split(" =")[0] for line in changed} <= {"metric", "changed", "revision"}
    assert '+metric = "cpa"' in changed


def test_an_erasure_reaches_saved_things_and_the_trash(root, save):
    from workbench.privacy import leftovers

    entry = save("Weekly", note="ann@example.com")
    saved.trash(root, save("Other", note="ann@example.com"), "mia")
    done = leftovers.each_text(root, lambda text: text.replace("ann@example.com", "[erased]"))
    assert done == 2
    assert saved.read(root, "view", entry.id, "mia").content["state"]["note"] == "[erased]"
    assert not [file for file in root.rglob("*.toml") if b"ann@" in Path(file).read_bytes()]
