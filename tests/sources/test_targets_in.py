"""Planners' targets: a table in and out, days planned anew, one wrong cell and nothing is loaded."""

from __future__ import annotations

import datetime as dt
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.cli import main
from workbench.errors import InputError
from workbench.sources.targets import FACTS, _cut


@pytest.fixture
def store(demo_store, tmp_path):
    shutil.copytree(demo_store.path, tmp_path / "own")
    return wb.open(tmp_path / "own")


def planned(store, period="2026-10", metric="cost"):
    table = wb.metrics.kpis(store, ["channel"], [metric], period, "target").table
    return table.set_index("channel")[f"{metric}_before"]


def test_a_planners_chinese_file_is_what_the_figures_are_compared_with(store, tmp_path):
    before = planned(store)
    file = tmp_path / "plan.csv"
    file.write_text('渠道,月份,预算,转化\n搜索,2026-10,"120,000",900\n', encoding="utf-8-sig")
    loaded = wb.data.load_targets(store, file)
    assert (loaded.status, loaded.targets, loaded.replaced) == ("PASS", 1, 1)
    after = planned(store)
    assert after["search"] == pytest.approx(120_000)
    assert planned(store, metric="conversions")["search"] == pytest.approx(900)
    others = [name for name in before.index if name != "search"]
    pd.testing.assert_series_equal(after[others], before[others])


def test_a_week_planned_anew_leaves_the_rest_of_its_month_as_it_was(store):
    before = planned(store, "2026-10-01..2026-10-14")["search"]
    week = {"start_date": ["2026-10-20"], "end_date": ["2026-10-26"]}
    wb.data.load_targets(store, pd.DataFrame({"channel": ["search"], **week, "cost": [700.0]}))
    assert planned(store, "2026-10-20..2026-10-26")["search"] == pytest.approx(700)
    assert planned(store, "2026-10-01..2026-10-14")["search"] == pytest.approx(before)


def test_what_comes_out_goes_in_again_and_changes_nothing(store, tmp_path):
    known = wb.data.targets(store)
    loaded = wb.data.load_targets(store, known)
    assert loaded.targets == len(known) == loaded.replaced
    pd.testing.assert_frame_equal(wb.data.targets(store), known)


def test_a_channel_without_delivery_is_asked_about(store):
    row = pd.DataFrame({"channel": ["searhc"], "month": ["2026-11"], "cost": [5.0]})
    loaded = wb.data.load_targets(store, row)
    assert loaded.status == "REVIEW"
    assert "search" in loaded.doubts("en")[0]
    assert "search" in loaded.doubts("zh")[0]


BAD = {
    "channel,month,cost\nsearch,2026-13,5\n": "line 2.*2026-13",
    "channel,month,cost\nsearch,2026-11,abc\n": "line 2.*abc",
    "channel,month,cost\nsearch,2026-11,-4\n": "line 2.*-4",
    "channel,month,cost\nsearch,2026-11,5\nsearch,2026-11,6\n": "Lines 2 and 3",
    "channel,cost\nsearch,6\n": "which days",
    "month,cost\n2026-11,6\n": "channel",
    "channel,month,cost\n,2026-11,4\n": "line 2",
    "channel,month\nsearch,2026-11\n": "No column holds a target",
    "channel,month,cost\nsearch,2026-11,\n": "not one target",
    "channel,start,end,cost\nsearch,2026-11-05,2026-11-01,4\n": "before the first day",
    "channel,month,cost,currency\nsearch,2026-11,4,euros?\n": "currency",
}


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_one_wrong_cell_and_nothing_is_loaded(demo_store, tmp_path, text):
    file = tmp_path / "bad.csv"
    file.write_text(text)
    version = demo_store.version
    with pytest.raises(InputError, match=BAD[text]):
        wb.data.load_targets(demo_store, file)
    assert demo_store.version == version


DAY = dt.date(2026, 1, 1)
SPAN = st.tuples(st.integers(0, 60), st.integers(0, 40))


def row(span, amount):
    start = DAY + dt.timedelta(days=span[0])
    empty = dict.fromkeys(FACTS.values())
    days = {"start_date": start, "end_date": start + dt.timedelta(days=span[1])}
    return {"channel": "a", "currency": "CNY", **days, **empty, "conversions": amount}


def by_day(rows):
    """Naive: each day of the year with what is planned on it."""
    found = dict.fromkeys((DAY + dt.timedelta(days=number) for number in range(120)), 0.0)
    for item in rows:
        days = (item["end_date"] - item["start_date"]).days + 1
        for number in range(days):
            found[item["start_date"] + dt.timedelta(days=number)] += item["conversions"] / days
    return found


@given(st.lists(st.tuples(SPAN, st.floats(1, 1000)), max_size=4), SPAN)
@settings(max_examples=60, deadline=None)
def test_days_that_are_not_planned_anew_keep_what_was_planned(earlier, span):
    rows, new = [row(*item) for item in earlier], row(span, 1.0)
    kept, _ = _cut(rows, [new])
    before, after = by_day(rows), by_day(kept)
    for day, value in before.items():
        anew = new["start_date"] <= day <= new["end_date"]
        assert after[day] == pytest.approx(0.0 if anew else value)


def test_the_command_writes_a_table_and_loads_it_again(store, tmp_path):
    file = tmp_path / "plan.csv"
    run = CliRunner().invoke
    asked = ["targets", "-w", str(store.path)]
    out = run(main, [*asked, "--to", str(file)])
    assert out.exit_code == 0, out.output
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    back = run(main, [*asked, str(file), "--lang", "zh"])
    assert back.exit_code == 0, back.output
    assert "条目标" in back.output
    assert run(main, asked).exit_code == 1
