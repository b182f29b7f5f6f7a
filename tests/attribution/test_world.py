"""The demo world's planted touches, public data, counted paths, and small cells."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.attribution import routes
from workbench.attribution.answer import DIRECT, OTHER, published
from workbench.errors import QuestionError

ALL = ["last", "first", "linear", "position", "shapley", "markov"]


@pytest.fixture(scope="module")
def models(demo_store):
    return wb.attribution.compare_models(demo_store, draws=50)


def test_the_planted_mix_of_last_touches_comes_out(demo_store, models):
    """Orders carry the channel of their planted last touch."""
    planted = demo_store.query(
        "SELECT channel, count(*) AS n FROM transactions "
        "WHERE kind = 'order' AND channel IS NOT NULL GROUP BY 1"
    ).to_pandas()
    people = Path(wb.demo.__file__).with_name("people.toml").read_text(encoding="utf-8")
    mix = tomllib.loads(people)["touches"]
    found = models["last"].table.set_index("channel").conversions
    # idle touches in the window of an order without a planted one are credited, too
    caught = models["last"].conversions - planted.n.sum() - found[DIRECT]
    for channel, count in planted.itertuples(index=False):
        idle = 0.6 * mix["first"][channel] + 0.4 * mix["last"][channel]
        assert found[channel] == pytest.approx(count + caught * idle, rel=0.05, abs=60), channel
    gap = {channel: mix["first"][channel] - mix["last"][channel] for channel in mix["first"]}
    first = models["first"].table.set_index("channel").conversions
    moved = {channel: first[channel] - found[channel] for channel in gap}
    assert all(np.sign(gap[channel]) == np.sign(moved[channel]) for channel in gap)


def test_everything_adds_up_to_the_orders(demo_store, models):
    orders = demo_store.query(
        "SELECT count(*) AS n, sum(amount_micros) / 1e6 AS value FROM transactions WHERE kind = 'order'"
    )
    count, value = (orders[name][0].as_py() for name in ("n", "value"))
    for answer in models.answers:
        assert answer.conversions == count
        assert answer.table.conversions.sum() == pytest.approx(count, rel=1e-12)
        assert answer.table.value.sum() == pytest.approx(value, rel=1e-9)
        shown = answer.table[answer.table.channel != DIRECT]
        assert (shown.share_low <= shown.share).all()
        assert (shown.share <= shown.share_high).all()


def test_a_period_answers_its_own_conversions(demo_store):
    months = ("2026-08", "2026-09")
    parts = [wb.attribution.attribute(demo_store, "last", period=month, draws=0) for month in months]
    both = wb.attribution.attribute(demo_store, "last", period="2026-08-01..2026-09-30", draws=0)
    joined = sum(part.table.set_index("channel").conversions for part in parts)
    pd.testing.assert_series_equal(joined, both.table.set_index("channel").conversions, check_like=True)


def test_claims_stand_beside_and_are_never_added(demo_store):
    answer = wb.attribution.attribute(demo_store, "shapley", period="last_90_days", draws=0)
    beside = wb.attribution.beside_platforms(demo_store, answer)
    told = wb.metrics.kpis(demo_store, by="channel", metrics=["conversions"], period="last_90_days").table
    claimed = beside.table.set_index("channel").claimed
    assert claimed.to_dict() == told.set_index("channel").conversions.to_dict()
    assert beside.own == answer.conversions
    assert beside.own + beside.claimed not in beside.table.select_dtypes("number").to_numpy()
    assert "never added" in beside.sentence("en")
    assert "绝不相加" in beside.sentence("zh")
    assert beside.to_dict()["claimed"] == pytest.approx(claimed.sum())
    frame = wb.attribution.attribute(wb.attribution.from_paths(COUNTED), draws=0)
    with pytest.raises(QuestionError, match="about a frame"):
        wb.attribution.beside_platforms(demo_store, frame)


def test_public_touches(shared_data):
    frame = pd.read_csv(shared_data / "attribution_paths.csv")
    columns = {"converted": "conversion", "value": "conversion_value"}
    models = wb.attribution.compare_models(frame, columns=columns, draws=50)
    for answer in models.answers:
        assert answer.table.conversions.sum() == pytest.approx(1838)
        assert answer.table.value.sum() == pytest.approx(frame.conversion_value.sum())
    ordered = frame.sort_values(["customer_id", "time"])
    wins = ordered[ordered.conversion == 1].channel.value_counts()
    assert models["last"].table.set_index("channel").conversions.to_dict() == wins.to_dict()


COUNTED = pd.DataFrame(
    {
        "path": ["a > b", "b", "a>c>a", "", "c"],
        "conversions": [10, 5, 2, 3, 0],
        "value": [100.0, 50.0, 10.0, 30.0, 0.0],
        "null": [50, 20, 9, 0, 40],
    }
)


def expanded(counted):
    """The same journeys, a customer each."""
    rows, customer = [], 0
    for path, won, value, lost in counted.itertuples(index=False):
        channels = [part.strip() for part in path.split(">") if part.strip()]
        for number in range(won + lost):
            customer += 1
            for at, channel in enumerate(channels):
                last = at == len(channels) - 1 and number < won
                rows.append(
                    (customer, f"2026-05-01T{at:02d}:00:00Z", channel, int(last), value / max(won, 1))
                )
    return pd.DataFrame(rows, columns=["customer_id", "time", "channel", "converted", "value"])


@pytest.mark.parametrize("order", [1, 2])
def test_counted_paths_answer_as_their_journeys_do(order):
    counted = COUNTED[COUNTED.path != ""]
    one = wb.attribution.compare_models(wb.attribution.from_paths(counted), ALL, order=order, draws=0)
    other = wb.attribution.compare_models(expanded(counted), ALL, order=order, draws=0)
    for model in ALL:
        left, right = (found[model].table.set_index("channel").sort_index() for found in (one, other))
        names = ["conversions", "value", "share", "touched"]
        pd.testing.assert_frame_equal(left[names], right[names], rtol=1e-9, check_dtype=False)


def test_counted_paths_know_conversions_without_a_touch_and_no_times():
    answer = wb.attribution.attribute(wb.attribution.from_paths(COUNTED), "shapley")
    assert answer.direct == 3
    assert answer.table.conversions.sum() == pytest.approx(20)
    assert answer.units == ("journeys", 60)
    assert (answer.table.share_low.dropna() < answer.table.share.iloc[:3]).all()
    with pytest.raises(QuestionError, match="know no times"):
        wb.attribution.attribute(wb.attribution.from_paths(COUNTED), "time_decay")
    for column, value, said in (
        ("conversions", -1, "no count"),
        ("null", 0.5, "no count"),
        ("value", "x", "no number"),
    ):
        with pytest.raises(wb.WorkbenchError, match=said):
            wb.attribution.from_paths(COUNTED.assign(**{column: value}))


def test_paths_are_the_journeys_of_plain_python(demo_store):
    import brute

    events = demo_store.query(
        "SELECT customer_id, epoch(time) AS time, channel FROM events WHERE customer_id < 'u01500'"
    ).to_pylist()
    orders = demo_store.query(
        "SELECT customer_id, epoch(time) AS time, amount_micros / 1e6 AS value FROM transactions "
        "WHERE kind = 'order' AND customer_id < 'u01500'"
    ).to_pylist()
    rows = [(event["customer_id"], event["time"], event["channel"], 0, 0.0) for event in events]
    rows += [(order["customer_id"], order["time"], None, 1, order["value"]) for order in orders]
    counted: dict[str, list] = {}
    for touches, time, _ in brute.journeys(rows, 30):
        if not touches:
            continue
        steps = [
            channel for at, (_, channel) in enumerate(touches) if at == 0 or touches[at - 1][1] != channel
        ]
        if len(steps) > 6:
            steps = [*steps[:5], "…", steps[-1]]
        entry = counted.setdefault(" → ".join(steps), [0, 0])
        entry[0] += 1
        entry[1] += time is not None
    touches, wins = (pd.DataFrame(part) for part in (events, orders))
    for part in (touches, wins):
        part["time"] = pd.to_datetime(part.time, unit="s", utc=True)
    found = wb.attribution.paths(touches, conversions=wins, top=30, least_people=10)
    named = found.table[found.table.path != OTHER]
    assert len(named) > 10
    assert (named.people >= 10).all()
    for row in named.itertuples():
        assert [row.journeys, row.conversions] == counted[row.path], row.path
    sums = np.array(list(counted.values())).sum(axis=0)
    assert found.table[["journeys", "conversions"]].sum().tolist() == sums.tolist()


def test_paths_of_few_people_are_added_up_and_cannot_be_worked_out():
    table = pd.DataFrame(
        {
            "path": list("abcd"),
            "people": [900, 300, 60, 7],
            "journeys": [950, 310, 61, 7],
            "conversions": [90, 0, 20, 2],
            "value": [9.0, 0.0, 2.0, 1.0],
        }
    )
    found = routes.folded(table, 20, 50)
    assert found.path.tolist() == ["a", "c", OTHER]
    assert found.iloc[-1].journeys == 317
    assert np.isnan(found.iloc[-1].people)
    enough = routes.folded(table.head(3), 20, 50)
    assert OTHER not in set(enough.path)
    with pytest.raises(QuestionError, match="single persons"):
        wb.attribution.paths(expanded(COUNTED), least_people=2)


def test_channels_of_few_journeys_do_not_leave_alone():
    table = pd.DataFrame(
        {"channel": list("abc"), "conversions": [50.0, 20.0, 2.0], "value": 1.0, "share": [0.7, 0.2, 0.1]}
    )
    found = published(table.assign(touched=[60, 25, 3]), ["channel"], 10)
    assert found.channel.tolist() == ["a", OTHER]
    assert found.conversions.tolist() == [50.0, 22.0]
    assert found.share.sum() == pytest.approx(1)
    answer = wb.attribution.attribute(expanded(COUNTED[COUNTED.path != ""]), "last", draws=0)
    assert b"(other)" in answer.to_csv()
