"""Time travel: last month's report again, to the digit; what is not kept is said."""

from __future__ import annotations

import datetime as dt
import json
import re

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import metrics
from workbench.errors import StoreError
from workbench.i18n.errors import told
from workbench.store import pointer


def monthly(store):
    """The numbers of a monthly report."""
    answer = metrics.kpis(store, by=["campaign"], period="2026-01", compare="previous_period")
    return answer.to_frame()


def test_last_months_report_comes_out_again_to_the_digit(store, load):
    load(clicks=10)
    load("other", clicks=3)
    reported, version = monthly(store), store.version
    for clicks in (11, 12, 40):  # the platform restates
        load(clicks=clicks)
    assert monthly(store)["clicks"].sum() != reported["clicks"].sum()
    pd.testing.assert_frame_equal(monthly(store.at(version)), reported, check_exact=True)
    moment = wb.data.open(store.path, version=version).written_at
    pd.testing.assert_frame_equal(monthly(store.at(moment)), reported, check_exact=True)
    assert metrics.kpis(store.at(version), period="2026-01").data_version == version


def backdate(store, days):
    """Write the kept versions' times anew: version n was written on the n-th of these instants."""
    for number, moment in enumerate(days, 1):
        file = pointer.history_file(store.path, number)
        content = json.loads(file.read_text()) | {"written_at": moment}
        file.write_text(json.dumps(content))


@pytest.fixture
def three(store, load):
    """Versions 1 to 3 of 1 March, 2 March and 1 April 2026."""
    for clicks in (1, 2, 3):
        load(clicks=clicks)
    backdate(store, ["2026-03-01T10:00:00+00:00", "2026-03-02T23:30:00+00:00", "2026-04-01T08:00:00+00:00"])
    return store


@pytest.mark.parametrize(
    ("when", "version"),
    [
        (1, 1),
        ("2", 2),
        ("2026-03-01", 1),
        ("2026-03-02", 2),
        (dt.date(2026, 3, 31), 2),
        ("20260331", 2),
        (np.int64(2), 2),
        ("2026-03-01T10:00:00Z", 1),
        ("2026-03-03T07:29:59+08:00", 1),
        ("2026-03-03 07:30+08:00", 2),
        (dt.datetime(2026, 4, 1, 8, tzinfo=dt.UTC), 3),
        (dt.datetime(2026, 4, 1, 7, 59), 2),  # noqa: DTZ001  a time without a zone, in UTC here
        ("2030-01-01", 3),
    ],
)
def test_a_version_is_found_by_number_day_or_moment(three, when, version):
    past = three.at(when)
    assert (past.version, past.is_past) == (version, True)
    assert past.query("SELECT max(clicks) AS n FROM performance")["n"].to_pylist() == [version]


def test_days_are_days_of_the_workspaces_clock(three):
    (three.path / "workbench.toml").write_text('schema_version = 2\ntimezone = "Asia/Shanghai"\n')
    assert wb.data.open(three.path, version="2026-03-02").version == 1
    assert wb.data.open(three.path, version="2026-03-03").version == 2


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (4, "There is no version 4 yet. Kept are versions 1 to 3, written 2026-03-01T10:00 to"),
        (0, "Version 0 holds no data"),
        (-1, "no longer kept"),
        (
            "2026-02-28",
            "The data of 2026-02-28 is no longer kept, or there was none yet. Kept are versions 1",
        ),
        ("last week", "'last week' is no version and no time"),
        ("2026-13-01", "is no version and no time"),
        (True, "True is no version and no time"),
        (1.5, "1.5 is no version and no time"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(three, when, words):
    with pytest.raises(StoreError) as caught:
        three.at(when)
    assert words in str(caught.value)


def test_a_version_that_went_is_said_with_the_kept_ones(three):
    wb.data.vacuum(three, keep_days=0, keep_versions=1, keep=[1], grace_hours=0)
    with pytest.raises(
        StoreError, match=r"Version 2 is no longer kept. Kept are versions 1 to 3, 2 of them"
    ) as gone:
        three.at(2)
    assert three.at(1).version == 1
    zh = told(gone.value, "zh")
    assert "版本 2 已不再保留。现存版本 1 至 3（共 2 个），写入于 2026-03-01T10:00 至" in zh


def test_what_is_not_there_is_said_in_chinese_alone(three):
    for when in (4, 0, -1, "2026-02-28", "last week"):
        with pytest.raises(StoreError) as caught:
            wb.open(three.path, version=when)
        words = (
            told(caught.value, "zh").replace(str(three.path), "").replace("last week", "").replace("UTC", "")
        )
        assert not re.search("[A-Za-z]{2}", words), words


def test_a_past_store_never_moves_and_never_writes(three, load):
    past = three.at(1)
    assert past.refresh() == 1
    with pytest.raises(StoreError, match="pinned to the past version 1, which nobody can change"):
        load(clicks=9, into=past)
    with pytest.raises(StoreError, match="pinned to the past"):
        past.commit([])
    with pytest.raises(StoreError, match="pinned to the past"):
        wb.data.undo(past, "a")
    assert "(past)" in repr(past)
    assert three.refresh() == 3


def test_the_versions_are_listed_newest_first(store, load):
    assert store.versions().empty
    first = load(clicks=1).import_id
    second = load(clicks=2).import_id
    wb.data.undo(store, second)
    told = store.versions()
    assert told["version"].tolist() == [3, 2, 1]
    assert told["act"].tolist() == ["undo", "import", "import"]
    assert told["imports"].tolist() == [second, second, first]
    assert set(told["tables"][0].split(", ")) == {
        "conversions",
        "imports",
        "performance",
        "performance_hourly",
    }
    assert told["current"].tolist() == [True, False, False]
    assert str(told["written_at"].dt.tz) == "UTC"


def test_what_a_killed_writer_left_beyond_is_no_version(store, load):
    load(clicks=1)
    beyond = json.loads(pointer.history_file(store.path, 1).read_text()) | {"version": 2}
    pointer.history_file(store.path, 2).write_text(json.dumps(beyond))
    assert store.versions()["version"].tolist() == [1]
    with pytest.raises(StoreError, match="There is no version 2 yet"):
        store.at(2)
    assert load(clicks=2).version == 2
    assert store.at(2).query("SELECT max(clicks) AS n FROM performance")["n"].to_pylist() == [2]


def test_a_clock_that_goes_back_does_not_turn_the_order(store, load):
    """The first version was written under a clock far ahead; the second under the right one."""
    load(clicks=1)
    ahead = "2031-05-05T05:05:05.000+00:00"
    for file in (pointer.history_file(store.path, 1), store.path / "pointer.json"):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"written_at": ahead}))
    assert load(clicks=2).version == 2
    assert load(clicks=3).version == 3
    assert store.versions()["written_at"].is_monotonic_decreasing
    assert store.versions()["written_at"].is_unique
    assert store.at(ahead).version == 1
    assert store.at("2031-05-06").version == 3
    assert wb.data.vacuum(store, keep_days=1, keep_versions=1, grace_hours=0).kept == (1, 2, 3)


def test_the_variable_pins_the_workspace_it_is_meant_for(three, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(three.path))
    monkeypatch.setenv("WORKBENCH_VERSION", "2")
    assert wb.open().version == wb.open(three.path).version == 2
    assert wb.open(three.path, version=1).version == 1
    assert wb.open(tmp_path / "another").version == 0
    monkeypatch.delenv("WORKBENCH_VERSION")
    assert wb.open().version == 3
