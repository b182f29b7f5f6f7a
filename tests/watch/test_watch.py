"""A watched folder: each file once, whole, in the order it came; nothing ends the watch but a stop."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from landing import HEAD, clicks, report

import workbench as wb
from workbench.cli import main
from workbench.errors import InputError, QuestionError, StoreError
from workbench.sources import save_mapping
from workbench.watch import folder as folders
from workbench.watch.folder import Settling


def test_what_landed_is_imported_once(store, land, once):
    land("a.csv", account="a", clicks=1)
    land("deep/er/b.csv", account="b", clicks=2)
    assert once() == [("a.csv", "PASS"), ("deep/er/b.csv", "PASS")]
    assert clicks(store) == {"a": 3, "b": 6}
    assert once() == []
    version = store.version
    (Path(store.path) / "watch").rename(store.path / "watch.lost")
    landed = list(wb.data.watch(store, land().parent, once=True, settle=0.05))
    known = {item.file: item.unchanged for item in landed}
    assert known == {"a.csv": False, "deep/er/b.csv": True}, "the ledger makes repeats no change"
    assert store.version == version + 1


def test_what_was_undone_stays_undone(store, land, once):
    land()
    once()
    wb.data.undo(store, store.query("SELECT import_id FROM imports")["import_id"][0].as_py())
    assert once() == []
    assert clicks(store) == {}
    land(clicks=11)
    assert once() == [("a.csv", "PASS")]


def test_restated_exports_are_imported_in_the_order_they_came(store, land, once):
    land("a.csv", clicks=3, at=1_700_000_300)
    land("b.csv", clicks=1, at=1_700_000_100)
    land("c.csv", clicks=2, at=1_700_000_200)
    assert [name for name, _ in once()] == ["b.csv", "c.csv", "a.csv"]
    assert clicks(store) == {"acct": 9}


@pytest.mark.parametrize(
    "name",
    [".a.csv", "~$a.xlsx", "a.csv.part", "a.csv.crdownload", "a.tmp", "a.csv~", ".hidden/a.csv", "notes.md"],
)
def test_hidden_temporary_and_other_files_are_left_out(land, once, name):
    land(name)
    assert once() == []


def test_empty_files_and_folders_named_like_exports_are_left_out(land, once, inbox):
    land("a.csv", content="")
    (inbox / "b.csv").mkdir()
    assert once() == []
    land("a.csv")
    assert once() == [("a.csv", "PASS")]


def test_a_file_is_taken_when_it_has_stayed_the_same(inbox, land):
    land("a.csv")
    settling = Settling(2.0)

    def ripe(now, stamp):
        return settling.ripe(inbox, {"a.csv": stamp}, now)

    assert ripe(0.0, (10, 1)) == []
    assert ripe(1.9, (10, 1)) == []
    assert ripe(2.0, (20, 2)) == [], "it grew at the last moment"
    assert ripe(3.9, (20, 2)) == []
    assert ripe(4.0, (20, 2)) == ["a.csv"]
    settling.ripe(inbox, {}, 5.0)
    assert ripe(6.0, (20, 2)) == [], "it was away in between"


def test_a_file_that_ends_in_the_middle_of_a_line_gets_more_time(inbox, land):
    land("a.csv", content=report()[:-9])
    settling = Settling(2.0)
    assert [settling.ripe(inbox, {"a.csv": (10, 1)}, now) for now in (0.0, 2.0, 9.9)] == [[], [], []]
    assert settling.ripe(inbox, {"a.csv": (10, 1)}, 2.0 * folders.PATIENCE) == ["a.csv"]


def test_whole_files_are_told_by_their_ends(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"a": [1]})
    frame.to_excel(tmp_path / "a.xlsx")
    frame.to_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "b.csv").write_text("a\r\n1\r\n", encoding="utf-16")
    for name in ("a.xlsx", "a.parquet", "a.csv", "b.csv"):
        file = tmp_path / name
        assert folders.is_whole(file), name
        file.write_bytes(file.read_bytes()[:-5])
        assert not folders.is_whole(file), name
    assert not folders.is_whole(tmp_path / "none.csv")


def test_a_file_that_grows_meanwhile_is_left_and_taken_later(store, land, once, inbox):
    file = land("a.csv", content=report(days=2))
    stop, rows = threading.Event(), report(days=400).splitlines(keepends=True)[3:]

    def grow():
        with file.open("a") as stream:
            for row in rows:
                stream.write(row)
                stream.flush()
                if stop.wait(0.05):
                    return

    writer = threading.Thread(target=grow)
    writer.start()
    assert once(settle=0.2) == []
    (told,) = wb.data.watched(store).to_dict("records")
    assert (told["waiting"], told["state"]) == (1, "stopped")
    stop.set()
    writer.join()
    assert once() == [("a.csv", "PASS")]
    assert clicks(store) == {"acct": 10 * (len(file.read_text().splitlines()) - 1)}


def test_a_bad_file_is_one_line_and_the_others_go_on(store, land, once, inbox, monkeypatch):
    from workbench.crm import front

    land("a.csv", content="a,b\n1,2\n", at=1_700_000_001)
    land("b.csv", content=b"\x00\xff\n" * 50, at=1_700_000_002)
    land("c.xlsx", content=b"no workbook", at=1_700_000_003)
    land("d.csv", account="d", at=1_700_000_004)
    land(
        "e.csv",
        content=HEAD + "2026-01-01,e,Brand,1,USD,1000,x,1.00,1,5.00\n" + report("e").split("\n", 1)[1],
    )
    real = front._Ask.report_of

    def breaks(self, store, path):
        if path.name == "d.csv":
            raise ZeroDivisionError("of the\ntest")
        return real(self, store, path)

    monkeypatch.setattr(front._Ask, "report_of", breaks)
    found = list(wb.data.watch(store, inbox, once=True, settle=0.05))
    landed = sorted(found, key=lambda item: item.file)
    assert [(item.file, item.status) for item in landed] == [
        ("a.csv", "FAIL"),
        ("b.csv", "FAIL"),
        ("c.xlsx", "FAIL"),
        ("d.csv", "FAIL"),
        ("e.csv", "REVIEW"),
    ]
    for item in landed:
        assert item.line().startswith(f"{item.status:6} {item.file}: ")
        assert "\n" not in item.line() + item.line("zh")
        assert item.told()[1], "there is something to do"
    assert "Unexpected ZeroDivisionError: of the test" in landed[3].line()
    assert "workbench review" in landed[4].line()


def test_failed_files_wait_until_what_they_are_read_with_changes(store, land, once):
    other = "Tag;Kampagne;Views;Klicks\n2026-03-13;A;100;5\n2026-03-14;B;200;8\n"
    file = land("other.csv", content=other)
    assert once() == [("other.csv", "FAIL")]
    assert once() == []
    assert once(again=True) == [("other.csv", "FAIL")]
    mapping = {"local_date": "Tag", "campaign": "Kampagne", "impressions": "Views", "clicks": "Klicks"}
    save_mapping(store, "other", file, mapping)
    assert once() == [("other.csv", "PASS")]
    land("other.csv", content=other + "2026-03-15;B;200;1\n")
    assert once() == [("other.csv", "PASS")]


def test_a_folder_keeps_how_it_is_read(store, inbox, land):
    other = "Tag;Kampagne;Views;Klicks;Kosten\n2026-03-13;A;100;5;1,50\n2026-03-14;B;200;8;2,50\n"
    mapping = {
        "local_date": "Tag",
        "campaign": "Kampagne",
        "impressions": "Views",
        "clicks": "Klicks",
        "cost": "Kosten",
    }
    land("partner/one.csv", content=other)
    reading = {"mapping": mapping, "currency": "EUR", "account": "p"}
    first = list(wb.data.watch(store, inbox / "partner", once=True, settle=0.05, remember=True, **reading))
    assert [item.status for item in first] == ["PASS"]
    (kept,) = (store.path / "mappings" / "folders").glob("*.toml")
    assert 'currency = "EUR"' in kept.read_text()
    land("partner/two.csv", content=other.replace("2026-03", "2026-04"))
    land("plain.csv", account="q")
    landed = {item.file: item.status for item in wb.data.watch(store, inbox, once=True, settle=0.05)}
    assert landed == {"partner/one.csv": "PASS", "partner/two.csv": "PASS", "plain.csv": "PASS"}
    currencies = store.query(
        "SELECT account, min(currency) AS c FROM performance GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert currencies == [{"account": "p", "c": "EUR"}, {"account": "q", "c": "USD"}]


def test_a_busy_workspace_is_tried_again(store, land, inbox, monkeypatch):
    from workbench.crm import front

    land("a.csv")
    real, tries = front._Ask.report_of, []

    def busy(self, store, path):
        tries.append(path)
        if len(tries) < 3:
            raise StoreError("Another program is writing.", "Wait.")
        return real(self, store, path)

    monkeypatch.setattr(front._Ask, "report_of", busy)
    watch = wb.data.watch(store, inbox, settle=0.05, every=0.2, poll=True)
    landed = [next(watch), next(watch)]
    watch.close()
    assert [(item.status, item.again) for item in landed] == [("FAIL", True), ("PASS", False)]
    assert landed[0].line().endswith("It is tried again by itself.")
    assert len(tries) == 3, "told of once, tried three times"
    assert wb.data.watched(store)[["state", "passed", "failed"]].values.tolist() == [["stopped", 1, 0]]


@pytest.mark.parametrize("poll", [False, True])
def test_files_that_land_later_are_imported(store, land, inbox, poll):
    stop = threading.Event()
    watch = wb.data.watch(store, inbox, settle=0.1, every=0.3 if poll else 30.0, poll=poll, stop=stop)
    land("a.csv", account="a")
    assert next(watch).file == "a.csv"
    threading.Timer(0.3, land, ["new/b.csv"], {"account": "b"}).start()
    assert next(watch).file == "new/b.csv"
    half = land("c.csv.part", account="c")
    threading.Timer(0.3, half.rename, [inbox / "c.csv"]).start()
    assert next(watch).file == "c.csv"
    stop.set()
    assert list(watch) == []
    assert set(clicks(store)) == {"a", "b", "c"}


def test_where_the_file_system_tells_nothing_the_clock_does(store, land, inbox, monkeypatch):
    import watchfiles

    def fails(*_, **__):
        raise OSError("OS file watch limit reached")
        yield

    monkeypatch.setattr(watchfiles, "watch", fails)
    watch = wb.data.watch(store, inbox, settle=0.05, every=0.2)
    threading.Timer(0.4, land, ["a.csv"]).start()
    assert next(watch).file == "a.csv"
    watch.close()


def test_a_folder_that_is_away_is_told_once_and_looked_for_again(store, land, inbox):
    away = inbox.with_name("away")
    watch = wb.data.watch(store, inbox, settle=0.05, every=0.1, poll=True)
    inbox.rename(away)
    first = next(watch)
    assert (first.status, first.file, first.again) == ("FAIL", "", True)
    assert "cannot be read: No such file or directory" in first.line()
    away.rename(inbox)
    land("a.csv")
    assert next(watch).file == "a.csv"
    watch.close()


def test_the_workspace_in_the_folder_is_left_out(tmp_path, land, inbox):
    land("a.csv")
    store = wb.data.open(inbox / "workspace")
    assert [item.file for item in wb.data.watch(store, inbox, once=True, settle=0.05)] == ["a.csv"]
    assert list(wb.data.watch(store, inbox, once=True, settle=0.05)) == []


def test_what_cannot_be_watched_is_refused_at_once(store, inbox, tmp_path):
    for folder, options, error in (
        (tmp_path / "none", {}, InputError),
        (store.path / "views", {}, InputError),
        (inbox, {"curency": "EUR"}, InputError),
        (inbox, {"currency": "EURO"}, InputError),
        (inbox, {"timezone": "Mars"}, InputError),
        (inbox, {"source": "gogle_ads"}, InputError),
        (inbox, {"every": 0}, QuestionError),
    ):
        with pytest.raises(error):
            wb.data.watch(store, folder, **options)
    assert not (store.path / "watch").exists()


def test_a_second_watcher_of_the_folder_is_kept_out(store, land, inbox):
    land("a.csv")
    first = wb.data.watch(store, inbox, settle=0.05, every=0.1)
    next(first)
    assert wb.data.watched(store)["state"].tolist() == ["watching"]
    with pytest.raises(StoreError, match="Another process watches this folder"):
        next(wb.data.watch(store, inbox, once=True))
    first.close()
    assert wb.data.watched(store)["state"].tolist() == ["stopped"]


def test_a_damaged_register_only_means_a_second_look(store, land, once):
    land("a.csv")
    once()
    for file in (store.path / "watch").glob("*.json"):
        file.write_text("{")
    assert wb.data.watched(store).empty
    assert once() == [("a.csv", "PASS")]
    assert store.version == 1


def test_the_status_is_there_for_a_monitor(store, land, once):
    assert wb.data.watched(store).empty
    land("a.csv", at=1_700_000_000)
    land("b.csv", content="a,b\n1,2\n")
    once()
    (told,) = wb.data.watched(store).to_dict("records")
    assert (told["file"], told["file_status"], told["passed"], told["failed"]) == ("b.csv", "FAIL", 1, 1)
    assert told["error"].startswith("Nothing is in. b.csv has no known column")
    assert told["looked_at"] >= told["started_at"]
    once()
    assert wb.data.watched(store)["file"].tolist() == ["b.csv"], "it stays known what came last"
    (status,) = (file for file in (store.path / "watch").glob("*.json") if "seen" not in file.name)
    assert json.loads(status.read_text())["last_file"]["import_id"] == ""


def test_a_crm_file_that_lands_is_imported(store, land, once):
    orders = "order_id,customer_id,order_time,amount,currency\n" + "".join(
        f"O{number},C{number % 3},2026-03-01T10:0{number}:00Z,10.50,EUR\n" for number in range(8)
    )
    land("orders.csv", content=orders)
    assert once(table="transactions")[0][1] in ("PASS", "REVIEW")
    store.refresh()
    assert store.query("SELECT count(*) AS n FROM transactions")["n"].to_pylist() == [8]


def run(store, *arguments):
    result = CliRunner().invoke(main, ["watch", *arguments, "-w", str(store.path)])
    assert "Traceback" not in result.output
    return result.exit_code, result.output


def test_the_command_catches_up_and_says_so(store, land, inbox):
    assert run(store)[1].startswith("No folder is watched")
    land("a.csv", at=1_700_000_000)
    land(
        "b.csv",
        content=HEAD + "2026-01-01,b,Brand,1,USD,1000,x,1.00,1,5.00\n" + report("b").split("\n", 1)[1],
    )
    code, said = run(store, str(inbox), "--once", "--settle", "0.05")
    lines = said.splitlines()
    assert (code, [line.split()[:2] for line in lines]) == (
        0,
        [["PASS", "a.csv:"], ["REVIEW", "b.csv:"], ["2", "files"]],
    )
    land("b.csv", content="a,b\n1,2\n")
    assert run(store, str(inbox), "--once", "--settle", "0.05")[0] == 1
    land("b.csv", clicks=2)
    code, said = run(store, str(inbox), "--once", "--settle", "0.05", "--lang", "zh", "--strict")
    assert (code, "已导入 3 行" in said) == (0, True)
    assert "stopped" in run(store)[1]
    assert run(store, str(inbox / "none"))[0] == 1


def test_settings_that_do_not_fit_end_nothing(store, land, once, inbox):
    land("a.csv")
    (store.path / "mappings" / "bad.toml").write_text("<<<")
    landed = list(wb.data.watch(store, inbox, once=True, settle=0.05))
    assert [(item.status, item.again) for item in landed] == [("FAIL", True)]
    assert "bad.toml" in landed[0].line()
    (store.path / "mappings" / "bad.toml").unlink()
    assert once() == [("a.csv", "PASS")]
