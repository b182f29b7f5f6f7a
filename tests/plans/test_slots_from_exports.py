"""Hourly exports of Snapchat and TikTok, as they are published, go from file to schedule."""

from __future__ import annotations

import csv
import datetime as dt

import numpy as np
import pytest

import workbench as wb
from workbench import plans

FILES = {
    "snapchat_ad": ("snapchat_ad_hourly_report_data.csv", "social", 70),
    "snapchat_ad_squad": ("snapchat_ad_squad_hourly_report_data.csv", "social", 10),
    "snapchat_campaign": ("snapchat_campaign_hourly_report_data.csv", "social", 10),
    "tiktok_ad": ("tiktok_ad_report_hourly_data.csv", "short_video", 1),
    "tiktok_adgroup": ("tiktok_adgroup_report_hourly_data.csv", "short_video", 3),
    "tiktok_campaign": ("tiktok_campaign_report_hourly_data.csv", "short_video", 4),
}
"""Export → its file, the channel it lands in, and hours of the week that it knows."""
WEEKS, PEAK = 8, 21


def exported(shared_data, name):
    """The published file; the test is skipped where it is not there."""
    file = shared_data / "platform_exports" / FILES[name][0]
    if not file.is_file():
        pytest.skip(f"{file.name} is not among the public data on this machine")
    return file


@pytest.mark.parametrize("name", FILES)
def test_a_published_export_goes_from_file_to_schedule(tmp_path, shared_data, name):
    store = wb.data.open(tmp_path / "w")
    review = wb.data.load(store, exported(shared_data, name), timezone="America/New_York", currency="USD")
    assert review.status == "PASS"
    found = plans.propose_slots(store, windows=3, draws=True)
    _, channel, hours = FILES[name]
    assert found.groups == (channel,)
    assert len(found.table) == hours
    seen = set(found.table["hour_of_week"])
    windows = found.schedule.to_frame()
    assert len(windows)
    assert (windows.groupby("weekday").size() <= 3).all()
    spent = {hour for hour in range(168) if found.schedule.hours[0, hour] > 0}
    assert spent <= seen
    assert found.spend == pytest.approx(found.today, rel=0.01)
    assert found.response >= found.before * 0.999
    assert "slot_part_week" in {note.code for note in found.model.notes}
    assert plans.half_hours(found)["half_hours"].str.contains("1").any()
    panel = wb.widgets.TimeSlots(store, windows=3)
    assert "wb-broken" not in panel.to_html()


@pytest.mark.parametrize("name", ["snapchat_campaign", "tiktok_campaign"])
def test_eight_weeks_in_the_columns_of_an_export_find_its_best_hours(tmp_path, shared_data, name):
    """The published files hold some hours only; the same columns over eight weeks, with a planted evening."""
    with exported(shared_data, name).open(encoding="utf-8-sig", newline="") as published:
        rows = list(csv.DictReader(published))
    file = tmp_path / f"{name}.csv"
    _write(file, rows[0], name.partition("_")[0])
    store = wb.data.open(tmp_path / "w")
    assert wb.data.load(store, file, timezone="America/New_York", currency="USD").status in ("PASS", "REVIEW")
    found = plans.propose_slots(store, windows=4)
    assert "slot_part_week" not in {note.code for note in found.model.notes}
    best = set(found.model.best(14)["hour_of_week"] % 24)
    assert best <= {(PEAK + away) % 24 for away in range(-3, 4)}
    week = found.week()
    evening = week["hour_of_week"].mod(24).between(PEAK - 2, PEAK + 2)
    assert week.loc[evening, "change"].sum() > 0.2 * found.today
    assert found.relative > 0.1


def _write(file, row, platform):
    """Hours of eight weeks in the columns of an export, most conversions around the peak."""
    names = {key.lower(): key for key in row}
    rng, start = np.random.default_rng(4), dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    columns = {
        "snapchat": ("date", "spend", "conversion_purchases"),
        "tiktok": ("stat_time_hour", "spend", "conversion"),
    }
    time, spend, brought = columns[platform]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(row))
        writer.writeheader()
        for at in range(WEEKS * 168):
            moment = start + dt.timedelta(hours=at)
            cost = float(rng.gamma(9, 2))
            rate = 0.1 * np.exp(1.5 * np.cos(2 * np.pi * (moment.hour - PEAK) / 24))
            money = f"{round(cost * 1e6)}" if platform == "snapchat" else f"{cost:.2f}"
            own = {names[time]: f"{moment:%Y-%m-%d %H:%M:%S}", names[spend]: money,
                   names[brought]: str(rng.poisson(rate * cost))}  # fmt: skip
            writer.writerow(row | own)
