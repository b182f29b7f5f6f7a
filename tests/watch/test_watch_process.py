"""The real command: files that land while it runs, and every way to end it, also within an import."""

from __future__ import annotations

import os
import signal
import time

import pytest
from landing import Command, clicks, report, until

import workbench as wb

BIG = {"days": 60, "campaigns": 500}
"""A report that takes a while to import."""
CLICKS = 60 * 500 * 10


def whole(store):
    """Facts, roll-up and ledger agree, and no file lies about that no version names."""
    store.refresh()
    told = [
        store.query(f"SELECT account, sum(clicks) AS n, count(*) AS days FROM {table} GROUP BY 1 ORDER BY 1")
        for table in ("performance", "performance_hourly")
        if table in store.tables
    ]
    assert not told or told[0].equals(told[1])
    named = {file.name for pinned in store._version.tables.values() for file in pinned.files}
    return named == {file.name for file in store.path.glob("*/*/*.parquet")}


def test_files_are_imported_as_they_land_until_it_is_told_to_stop(store, land, inbox, command):
    land("before.csv", account="before")
    watching = command()
    watching.said("PASS   before.csv: 3 rows are in")
    assert wb.data.watched(store)["state"].tolist() == ["watching"]
    part = land("after.csv.part", account="after")
    part.rename(inbox / "after.csv")
    land("bad.csv", content="a,b\n1,2\n")
    watching.said("PASS   after.csv")
    watching.said("FAIL   bad.csv")
    assert watching.process.poll() is None
    assert watching.stop(signal.SIGINT) == 0
    assert watching.said("Stopped.").count("\n") == 6
    assert wb.data.watched(store)[["state", "passed", "failed"]].values.tolist() == [["stopped", 2, 1]]
    assert clicks(store) == {"before": 30, "after": 30}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_lets_the_file_under_way_be_finished_and_takes_no_other(store, land, command, number):
    land("big.csv", account="big", at=1_700_000_000, **BIG)
    land("small.csv", account="small")
    watching = command()
    until(lambda: wb.data.watched(store)["state"].tolist() == ["importing"])
    assert watching.stop(number) == 0
    assert watching.said("Stopped.").splitlines()[1:] == [
        "Stopping once the file under way is in; again to give it up.",
        "PASS   big.csv: 30,000 rows are in, 0 set aside.",
        "Stopped.",
    ]
    assert clicks(store) == {"big": CLICKS}
    assert whole(store)
    assert wb.data.watched(store)["state"].tolist() == ["stopped"]
    again = command("--once")
    assert again.process.wait(120) == 0
    assert clicks(store) == {"small": 30, "big": CLICKS}


def test_a_second_stop_gives_the_file_up_and_nothing_of_it_is_in(store, land, command):
    land("big.csv", account="big", **BIG)
    watching = command()
    until(lambda: wb.data.watched(store)["state"].tolist() == ["importing"])
    watching.process.send_signal(signal.SIGTERM)
    watching.said("Stopping")
    assert watching.stop(signal.SIGTERM) == 130
    assert clicks(store) == {}
    again = command("--once")
    assert again.process.wait(120) == 0
    assert clicks(store) == {"big": CLICKS}


def test_after_kill_9_the_next_one_catches_up(store, land, command):
    land("small.csv", account="small", at=1_700_000_000)
    land("big.csv", account="big", **BIG)
    watching = command()
    watching.said("PASS   small.csv")
    until(lambda: wb.data.watched(store)["state"].tolist() == ["importing"])
    time.sleep(0.3)
    os.kill(watching.process.pid, signal.SIGKILL)
    watching.process.wait(60)
    assert wb.data.watched(store)["state"].tolist() == ["gone"]
    land("late.csv", account="late")
    again = command("--once")
    assert again.process.wait(120) == 0
    assert clicks(store) == {"small": 30, "big": CLICKS, "late": 30}
    wb.data.vacuum(store, keep_days=0, keep_versions=1, grace_hours=0)
    assert whole(store)


def test_a_workspace_that_another_program_writes_to_is_waited_for(store, land, command):

    with store.writing():
        land("a.csv")
        watching = command()
        until(lambda: wb.data.watched(store)["state"].tolist() == ["importing"])
    watching.said("PASS   a.csv")
    assert watching.stop() == 0


def test_two_watchers_of_two_folders_share_a_workspace(store, land, inbox, command, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.csv").write_text(report("b"))
    land("a.csv", account="a")
    one = command()
    two = Command(tmp_path / "other", store.path)
    one.said("PASS   a.csv")
    one.said("PASS   b.csv")
    assert (one.stop(), two.stop()) == (0, 0)
    assert clicks(store) == {"a": 30, "b": 30}
    assert sorted(wb.data.watched(store)["state"]) == ["stopped", "stopped"]
