"""The month against its plan, and what was odd lately: recomputed by pandas; what was planted is found."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.data import Change
from workbench.errors import InputError, QuestionError

DAY = "2026-10-12"


@pytest.fixture(scope="module")
def spent(demo_store):
    """Spend of October to the 12th by campaign."""
    rows = demo_store.query(
        "SELECT advertiser, channel, campaign, sum(cost_micros) / 1e6 AS cost FROM performance_hourly "
        "WHERE preferred AND local_date BETWEEN DATE '2026-10-01' AND DATE '2026-10-12' GROUP BY ALL"
    )
    return rows.to_pandas()


def test_bars_by_channel_are_those_of_pandas(demo_store, spent):
    found = wb.forecast.pace(demo_store, ["cost"], by="channel", as_of=DAY)
    table = found.table.set_index("channel")
    actual = spent.groupby("channel")["cost"].sum()
    plan = wb.data.targets(demo_store)
    plan = plan[plan["start_date"] == dt.date(2026, 10, 1)].set_index("channel")["cost"]
    week = demo_store.query(
        "SELECT channel, sum(cost_micros) / 1e6 / 7 AS n FROM performance_hourly WHERE preferred AND "
        "local_date BETWEEN DATE '2026-10-06' AND DATE '2026-10-12' GROUP BY 1"
    ).to_pandas().set_index("channel")["n"]  # fmt: skip
    needed = (plan - actual).clip(lower=0) / 19
    for name, wanted in (
        ("actual", actual),
        ("target", plan),
        ("done", actual / plan),
        ("rate", week),
        ("needed", needed),
        ("step", needed / week - 1),
    ):
        assert dict(table[name]) == pytest.approx(dict(wanted)), name
    assert found.passed == pytest.approx(12 / 31)
    assert dict(table["gap"]) == pytest.approx(dict(table["projected"] - plan))
    assert dict(table["low_of"] * plan) == pytest.approx(dict(table["low"]))
    assert set(table["plan"]) == {"targets"}
    assert 1.1 < table["high_of"].max() <= found.reach == 1.25


def test_advertisers_are_planned_by_the_budgets_of_their_campaigns(demo_store, spent):
    found = wb.forecast.pace(demo_store, ["cost"], by="advertiser", as_of=DAY)
    table = found.table.set_index("advertiser")
    rows = demo_store.query("SELECT * FROM campaigns").to_pandas()
    first, last = pd.Timestamp(2026, 10, 1), pd.Timestamp(2026, 10, 31)
    start, end = pd.to_datetime(rows["start_date"]), pd.to_datetime(rows["end_date"])
    days = ((np.minimum(end, last) - np.maximum(start, first)).dt.days + 1).clip(lower=0)
    rows["plan"] = rows["budget_micros"] / 1e6 * days / ((end - start).dt.days + 1)
    assert dict(table["target"]) == pytest.approx(dict(rows.groupby("advertiser")["plan"].sum()))
    assert dict(table["actual"]) == pytest.approx(dict(spent.groupby("advertiser")["cost"].sum()))
    assert set(table["plan"]) == {"campaigns"}
    assert "by_campaigns" in [note.code for note in found.notes]
    one = wb.forecast.pace(demo_store, ["cost"], as_of=DAY, where={"campaign": "Lumi seeding notes"})
    assert one.table["target"][0] == pytest.approx(rows.set_index("campaign")["plan"]["Lumi seeding notes"])


def test_statuses_follow_projection_and_interval(demo_store):
    found = wb.forecast.pace(demo_store, ["cost"], by="campaign", as_of=DAY)
    for row in found.planned.to_dict("records"):
        off = row["projected"] / row["target"] - 1
        wanted = "on" if abs(off) <= 0.05 else "over" if row["low"] > row["target"] else "open"
        wanted = "under" if wanted == "open" and row["high"] < row["target"] else wanted
        assert row["status"] == wanted
    assert {"on", "over", "under", "open"} <= {*found.planned["status"]}
    tight = wb.forecast.pace(demo_store, ["cost"], by="channel", as_of=DAY, near=wb.forecast.Near(0.0))
    assert "on" not in {*tight.table["status"]}
    assert "Double 11 search push" not in {*found.table["campaign"]}  # it ended a year ago


def test_sentences_say_what_it_takes(demo_store):
    found = wb.forecast.pace(demo_store, ["cost"], by="campaign", as_of=DAY)
    over = found.table[found.table["status"] == "over"].index[0]
    said = found.sentence("en", row=int(over))
    assert "over plan. To land on it: ¥" in said
    assert "for 19 days instead of" in said
    assert "超出计划" in found.sentence("zh", row=int(over))
    whole = wb.forecast.pace(demo_store, as_of=DAY)
    assert list(whole.table["metric"]) == ["cost", "conversions", "revenue"]
    assert "Of 3: " in whole.headline("en")
    ended = wb.forecast.pace(demo_store, ["cost"], by="channel")
    assert ended.days_left == 0
    assert "in the month that is over" in ended.sentence("en")
    regions = wb.forecast.pace(demo_store, ["revenue"], by="region", as_of=DAY)
    assert regions.planned.empty
    assert regions.headline("en") == "There is no target for the month to 31 Oct 2026."
    assert regions.sentence("en").endswith("no plan.")
    assert regions.to_dict()["rows"][0]["target"] is None


def test_nothing_is_paced_without_data(tmp_path):
    store = wb.open(tmp_path / "new")
    with pytest.raises(QuestionError):
        wb.forecast.pace(store)
    with pytest.raises(QuestionError):
        wb.forecast.recent(store)


def test_what_was_planted_is_found_lately(demo_store):
    truth = wb.demo.truth().anomalies.set_index("id")
    spike, outage = truth.loc["cost_spike"], truth.loc["tracking_outage"]
    lately = wb.forecast.recent(demo_store, as_of=spike["start"] + dt.timedelta(days=5))
    row = lately.table[lately.table["metric"] == "cost"].iloc[0]
    assert (row["start"].date(), row["direction"]) == (spike["start"], "above")
    assert row["account"] == spike["where"]["account"]
    broken = wb.forecast.recent(demo_store, by="channel", as_of=outage["start"] + dt.timedelta(days=5))
    found = broken.unexplained.set_index("metric").loc["conversions"]
    assert (found["channel"], found["start"].date()) == ("search", outage["start"])
    assert "instead of" in broken.sentence("en")
    calm = wb.forecast.recent(demo_store, as_of="2026-09-20")
    assert calm.table.empty
    assert calm.sentence("en").startswith("Nothing is out of the ordinary in the last 14 days")


def test_all_metrics_are_one_family(demo_store):
    """Adjusted chances are those of statsmodels over the chances of all metrics together."""
    from statsmodels.stats.multitest import multipletests

    found = wb.forecast.recent(demo_store, as_of="2026-05-20", last=14)
    days = pd.concat([part.days for part in found.parts.values()], keys=found.parts, names=["metric"])
    flat = days.groupby(["metric", "account"])["p"].apply(lambda p: p.tail(14)).to_numpy()
    flat = flat[np.isfinite(flat)]
    assert found.tested == len(flat)
    flagged = multipletests(flat, 0.05, "fdr_bh")[0].sum()
    assert sum(len(part.table) for part in found.parts.values()) == flagged > 0
    alone = wb.forecast.anomalies(demo_store, metric="cost", by="account", as_of="2026-05-20", last=14)
    assert alone.tested * 3 == found.tested
    marks = found.marks()
    assert len({*marks}) == len(found.table)
    assert marks[0].split("|")[0] == found.table["metric"][0]


def test_a_series_that_is_too_short_is_told(tmp_path):
    import pyarrow as pa

    store = wb.open(tmp_path / "short")
    rows = [
        {"source": "generic", "account": "a", "channel": "search", "grain": "ad", "currency": "EUR"}
        | {"local_date": dt.date(2026, 5, 1) + dt.timedelta(days=day), "cost_micros": 1_000_000, "clicks": 5}
        for day in range(10)
    ]
    store.commit([Change("performance", pa.Table.from_pylist(rows))])
    with pytest.raises(InputError, match="a forecast needs 28"):
        wb.forecast.pace(store)


def test_no_metric_and_unknown_ones_are_refused(demo_store):
    for ask in (wb.forecast.pace, wb.forecast.recent):
        with pytest.raises(QuestionError, match="no metric to look at"):
            ask(demo_store, [])
        with pytest.raises(QuestionError, match="Unknown metric 'mood'"):
            ask(demo_store, ["mood"])
        with pytest.raises(QuestionError, match="wrong kind"):
            ask(demo_store, 5)
