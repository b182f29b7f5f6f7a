"""The foot of every page: when a report was made in its reader's zone, from which data, by which code."""

from __future__ import annotations

import datetime as dt

import pytest

from workbench.reports import export

MOMENT = dt.datetime(2026, 11, 29, 18, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("lang", "zone", "day", "clock"),
    [
        ("en", "", "29 Nov 2026", "18:30:00 UTC"),
        ("en", "Asia/Shanghai", "30 Nov 2026", "02:30:00 Asia/Shanghai"),
        ("zh", "Asia/Shanghai", "2026年11月30日", "02:30:00 Asia/Shanghai"),
        ("zh", "America/New_York", "2026年11月29日", "13:30:00 America/New_York"),
    ],
)
def test_the_moment_is_told_in_the_readers_zone(lang, zone, day, clock):
    said = export.made(MOMENT, 7, "0.1.0+abc", lang, zone)
    assert day in said
    assert clock in said
    assert "7" in said
    assert said.endswith("0.1.0+abc")


def test_every_notebook_takes_language_currency_and_zone(demo_store):
    from workbench.reports.inputs import Order, gather

    given = {"currency": "USD", "timezone": "Europe/London", "lang": "zh"}
    found = gather("monitor", given, demo_store.path, Order())
    assert (found.lang, found.currency, found.order.timezone) == ("zh", "USD", "Europe/London")
    assert "currency" not in found.parameters
    assert found.environ["WORKBENCH_CURRENCY"] == "USD"
    assert gather("weekly", given, demo_store.path, Order()).parameters["currency"] == "USD"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [("currency", "XYZ", "There is no currency 'XYZ'."), ("timezone", "Asia/Shangai", "Asia/Shanghai")],
)
def test_a_currency_or_zone_that_there_is_not_is_refused(demo_store, name, value, sentence):
    from workbench.errors import ReportError
    from workbench.reports.inputs import Order, gather

    with pytest.raises(ReportError, match=sentence):
        gather("monitor", {name: value}, demo_store.path, Order())
