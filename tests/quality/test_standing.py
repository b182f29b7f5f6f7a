"""How the data stands, what a newer version brought, whether anything happened: counted by hand."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import workbench as wb
from workbench import quality
from workbench.errors import QuestionError, StoreError

FIRST = dt.date(2026, 3, 1)
HEAD = "Day,Customer ID,Campaign,Campaign ID,Currency code,Impr.,Clicks,Cost,Conversions,Conv. value\n"


def report(days=40, account="acct", cost=100.0, start=FIRST, bad=0):
    """A Google Ads report; the last `bad` rows have a cost that is none."""
    rows = [
        f"{start + dt.timedelta(day)},{account},Brand,1,USD,1000,50,"
        f"{'soon' if day >= days - bad else f'{cost + day:.2f}'},4,{20 + day}.00\n"
        for day in range(days)
    ]
    return HEAD + "".join(rows)


@pytest.fixture
def store(tmp_path):
    return wb.open(tmp_path / "workspace")


@pytest.fixture
def bring(store, tmp_path):
    """Import a text as a file."""

    def load(text, name="a.csv", **given):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return wb.data.load(store, file, **given)

    return load


def test_platforms_are_late_on_time_or_ended(store, bring):
    bring(report(40))
    bring(report(36, "late"), "late.csv")
    bring(report(5, "old"), "old.csv")
    last = FIRST + dt.timedelta(39)
    found = quality.standing(store, last)
    row = found.platforms.iloc[0]
    assert (row["source"], row["accounts"], row["late"], row["status"]) == ("google_ads", 3, 1, "late")
    assert (row["last_day"], row["behind"]) == (last, 4)  # the account that ended 35 days ago is not missed
    assert (found.late, found.behind) == (False, 0)
    assert "late platforms: 1 of 1" in found.sentence("en")
    assert quality.standing(store, last + dt.timedelta(2)).late is False
    behind = quality.standing(store, last + dt.timedelta(3))
    assert behind.late
    assert "3 days ago" in behind.sentence("en")
    assert list(behind.platforms["status"]) == ["late"]
    assert (behind.platforms["late"][0], behind.platforms["behind"][0]) == (2, 7)  # of what has not ended
    bring(report(40, "late"), "late again.csv")
    well = quality.standing(store, last)
    assert list(well.platforms["status"]) == ["on_time"]
    assert "every platform is on time" in well.sentence("en")
    assert well.to_dict()["written_at"] == store.written_at.isoformat()
    assert pd.DataFrame(well.to_dict()["tables"]).set_index("table").loc["performance", "rows"] == 85


def test_what_landed_last_has_its_verdict(store, bring):
    bring(report(40), "one.csv")
    bring(report(30, "b", bad=1), "two.csv")
    undone = bring(report(10, "c"), "three.csv")
    wb.data.undo(store, undone.import_id)
    landed = quality.standing(store).landed.set_index("file")
    assert dict(landed["verdict"]) == {"three.csv": "undone", "two.csv": "aside", "one.csv": "published"}
    assert (landed.loc["two.csv", "rows"], landed.loc["two.csv", "aside"]) == (29, 1)


def test_news_counts_files_and_rows_and_tells_how_far_known_days_moved(store, bring):
    bring(report(40), "a.csv")
    first = store.version
    bring(report(42, cost=90.0), "b.csv")
    bring(report(5, "other", start=FIRST + dt.timedelta(38)), "c.csv")
    found = quality.news(store, first)
    assert (found.before, found.now, found.rows, len(found.files)) == (first, store.version, 47, 2)
    assert found.days_new == 3
    before = sum(100 + day for day in range(12, 40))
    after = sum(90 + day for day in range(12, 40))
    row = found.restated.set_index("metric").loc["cost"]
    assert (row["days"], row["before"], row["after"]) == (28, pytest.approx(before), pytest.approx(after))
    assert row["change"] == pytest.approx(after / before - 1)
    assert (row["added"], row["accounts"]) == (pytest.approx((100 + 101) / before), 1)
    assert (row["first"], row["last"]) == (FIRST + dt.timedelta(12), FIRST + dt.timedelta(39))
    said = found.sentence("en")
    assert said.startswith(
        f"Data version {first} → {store.version}: 2 files, 47 rows. 3 days more, to 12 Apr 2026."
    )
    assert "28 days restated (13 Mar 2026 to 9 Apr 2026): cost −8.0%." in said
    assert "have 1 account more: cost +5.7%, conversions +7.1%" in said
    assert "28 天有修正" in found.sentence("zh")
    assert quality.news(store).before == store.version - 1


def test_news_without_changed_numbers_says_so(store, bring):
    assert quality.news(store).sentence("en").startswith("Data version 0: there is no earlier one")
    bring(report(40), "a.csv")
    version = store.version
    bring(report(3, "new", start=FIRST + dt.timedelta(40)), "b.csv")
    found = quality.news(store, version)
    assert found.restated.empty
    assert "the same numbers as before" in found.sentence("en")
    wb.data.load_targets(store, pd.DataFrame({"channel": ["search"], "month": ["2026-04"], "cost": [10.0]}))
    said = quality.news(store).sentence("en")
    assert said == f"Data version {store.version - 1} → {store.version}. Targets changed."


def test_news_of_an_import_that_is_taken_back_and_of_versions_that_are_gone(store, bring):
    bring(report(40), "a.csv")
    kept = bring(report(40, cost=50.0), "b.csv")
    version = store.version
    wb.data.undo(store, kept.import_id)
    found = quality.news(store, version)
    assert (found.undone, len(found.files)) == (1, 0)
    assert "1 import was taken back" in found.sentence("en")
    assert len(found.restated) == 1
    (store.path / "versions" / f"{version}.json").unlink()
    gone = quality.news(store, version)
    assert not gone.compared
    assert "no longer kept" in gone.sentence("en")
    for wrong in (store.version + 1, -1):
        with pytest.raises(StoreError, match="is not before version"):
            quality.news(store, wrong)
    with pytest.raises(QuestionError, match="wrong kind"):
        quality.news(store, "yesterday")


def test_the_pulse_beats_for_versions_and_folders_only(store, bring, tmp_path):
    bring(report(40), "a.csv")
    (tmp_path / "in").mkdir()
    list(wb.data.watch(store, tmp_path / "in", once=True, settle=0.0))
    before = quality.pulse(store)
    assert before.version == store.version
    list(wb.data.watch(store, tmp_path / "in", once=True, settle=0.0))
    looked = quality.pulse(store)
    assert [row[0] for row in looked.folders] == [str(tmp_path / "in")]
    other = wb.open(store.path)
    (tmp_path / "in" / "b.csv").write_text(report(3, "b"), encoding="utf-8")
    list(wb.data.watch(other, tmp_path / "in", once=True, settle=0.0))
    now = quality.pulse(store)
    assert now.version == other.version == store.version + 1
    assert "b.csv" in now.folders[0]
    assert quality.pulse(store.at(store.version)).version == store.version
