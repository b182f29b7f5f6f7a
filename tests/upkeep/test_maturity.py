"""Until when answers may still change: by source, by period, in words."""

from __future__ import annotations

import datetime as dt

import pytest

import workbench as wb
from workbench import metrics
from workbench.errors import SettingsError
from workbench.schema import TABLES

LAST = dt.date(2026, 3, 31)


@pytest.fixture
def two_sources(store):
    """Meta to 31 March; a partner of our own, restated for 7 days, to 20 March."""
    folder = store.path / "profiles"
    folder.mkdir()
    (folder / "partner.toml").write_text(
        'id = "partner"\nen = "Partner"\nzh = "伙伴"\nrestated_days = 7\n'
        '[[variants]]\nid = "x"\nneeds = [["q"]]\n'
    )
    import pyarrow as pa

    rows = [
        {
            "source": source,
            "account": "a",
            "grain": "ad",
            "breakdown": "",
            "scope": "",
            "local_date": last - dt.timedelta(back),
            "currency": "USD",
            "impressions": 100,
            "clicks": 5,
            "cost_micros": 1_000_000,
        }
        for source, last in (("meta_ads", LAST), ("partner", dt.date(2026, 3, 20)))
        for back in range(60)
    ]
    table = pa.Table.from_pylist(rows, schema=TABLES["performance"].arrow())
    store.commit([wb.data.Change("performance", table)])
    return store


def test_each_source_moves_for_its_own_time(two_sources):
    told = {one.source: (one.first_open, one.until()) for one in wb.data.moving(two_sources)}
    assert told == {
        "meta_ads": (dt.date(2026, 3, 4), dt.date(2026, 4, 28)),
        "partner": (dt.date(2026, 3, 14), dt.date(2026, 3, 27)),
    }


@pytest.mark.parametrize(
    ("period", "where", "first", "until"),
    [
        ("all", None, dt.date(2026, 3, 4), dt.date(2026, 4, 28)),
        ("2026-03", None, dt.date(2026, 3, 4), dt.date(2026, 4, 28)),
        ("2026-03-01..2026-03-05", None, dt.date(2026, 3, 4), dt.date(2026, 4, 2)),
        ("2026-03-10..2026-03-12", None, dt.date(2026, 3, 10), dt.date(2026, 4, 9)),
        ("all", {"source": "partner"}, dt.date(2026, 3, 14), dt.date(2026, 3, 27)),
        ("2026-03-15..2026-03-16", {"source": ["partner"]}, dt.date(2026, 3, 15), dt.date(2026, 3, 23)),
    ],
)
def test_an_answer_says_until_when_its_days_move(two_sources, period, where, first, until):
    answer = metrics.kpis(two_sources, period=period, where=where)
    assert answer.moving.values == {"first": first, "until": until}
    assert answer.moving_until == until
    assert answer.to_dict()["moving_until"] == until.isoformat()


@pytest.mark.parametrize(
    ("period", "where"), [("2026-02", None), ("2026-03-01", None), ("2026-03-13", {"source": "partner"})]
)
def test_days_that_are_final_say_nothing(two_sources, period, where):
    period = period if len(period) < 10 else f"{period}..{period}"
    answer = metrics.kpis(two_sources, period=period, where=where)
    assert answer.moving is None
    assert answer.to_dict()["moving_until"] is None
    assert answer.stamp("en") == "Data to 31 Mar 2026 (version 1), final"


def test_the_stamp_says_it_in_both_languages(two_sources):
    answer = metrics.kpis(two_sources, period="2026-03")
    assert answer.stamp("en") == "Data to 31 Mar 2026 (version 1), still moving until 28 Apr 2026"
    assert answer.stamp("zh") == "数据截至 2026年3月31日（第 1 版），2026年4月28日 前仍可能变动"
    assert "from 4 Mar 2026 on may still change" in answer.sentence(answer.moving, "en")
    assert "2026年3月4日" in answer.sentence(answer.moving, "zh")
    assert "moving until 2026-04-28" in answer._repr_html_()


def test_later_data_closes_earlier_days(two_sources, load):
    import pyarrow as pa

    row = {"source": "meta_ads", "account": "a", "grain": "ad", "currency": "USD", "impressions": 1}
    rows = [{**row, "local_date": dt.date(2026, 6, 1), "breakdown": "", "scope": ""}]
    before = metrics.kpis(two_sources, period="2026-03", where={"source": "meta_ads"})
    table = pa.Table.from_pylist(rows, schema=TABLES["performance"].arrow())
    two_sources.commit([wb.data.Change("performance", table)])
    assert before.moving
    assert metrics.kpis(two_sources, period="2026-03", where={"source": "meta_ads"}).moving is None


def test_an_empty_workspace_is_not_moving(store):
    assert wb.data.moving(store) == ()
    assert metrics.kpis(store).stamp("en") == "No data yet"


@pytest.mark.parametrize("value", ["-1", '"30"', "true", "1.5"])
def test_a_profile_with_another_kind_of_days_is_refused(store, load, value):
    load()
    (store.path / "profiles").mkdir()
    file = store.path / "profiles" / "p.toml"
    file.write_text(f'id = "p"\nen = "P"\nzh = "P"\nrestated_days = {value}\n[[variants]]\nid = "x"\n')
    with pytest.raises(SettingsError, match="no number of days"):
        wb.data.moving(store)
