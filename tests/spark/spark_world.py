"""A small world with gaps, currencies, overlapping reports, labels, targets, reach, rates, an own table."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import overlapping
import pandas as pd
import purchase_rows
import pyarrow as pa
import rule_world
import worlds

from workbench import data
from workbench.data import Change


def build(folder: Path) -> Path:
    store = data.open(folder)
    frame = worlds.facts(21, rows=1200)
    frame["conversions"] = frame["conversions"] / 3
    frame["currency"] = frame["campaign"].map({"c1": "USD", "c2": "EUR"}).fillna("CNY")
    frame.loc[frame["campaign"] == "c5", "revenue_micros"] = None
    worlds.commit(store, frame)
    reports = overlapping.delivery(3)
    store.commit([Change("performance", pa.Table.from_pandas(reports, preserve_index=False))])
    _load_rates(store)
    store.commit([_labels(), _targets(), _reach(), _own()])
    purchase_rows.commit(store, purchase_rows.rows_of(5))
    store.commit([_people(), _assignments(), _contacts(), *_journeys()])
    rule_world.commit(store, 5, None)
    store.commit(_shop())
    return folder


def _load_rates(store):
    days = [worlds.START + dt.timedelta(day) for day in range(0, 100, 2)]
    rows = [
        (day, "EUR", to, rate + day.day / 100) for day in days for to, rate in (("CNY", 7.8), ("USD", 1.1))
    ]
    data.load_rates(store, pd.DataFrame(rows, columns=["date", "from", "to", "rate"]))


def _labels():
    rows = [("channel", "search", "zh", "搜索"), ("channel", "search", "en", "Search")]
    return Change("labels", _table(rows, ["dimension", "value", "lang", "label"]), "all")


def _targets():
    first, last = worlds.START, worlds.START + dt.timedelta(99)
    rows = [("search", "CNY", first, last, 1000, 5_000_000_000), ("feed", "USD", first, last, 10, 7_000_000)]
    names = ["channel", "currency", "start_date", "end_date", "clicks", "cost_micros"]
    return Change("targets", _table(rows, names), "all")


def _reach():
    rows = [("generic", "a1", "c3", "campaign", dt.date(2026, 1, 1), dt.date(2026, 1, 31), 900, 700)]
    names = ["source", "account", "campaign", "grain", "start_date", "end_date", "impressions", "reach"]
    return Change("reach", _table(rows, names), "all")


def _contacts():
    """Cases and promotions with every gap, of customers and of nobody."""
    pick = random.Random(11)
    rows = []
    for number in range(600):
        day = dt.date(2026, 1, 25) + dt.timedelta(days=pick.randrange(36))
        time = dt.datetime.combine(day, dt.time(pick.randrange(24), pick.randrange(60)), dt.UTC)
        inbound = pick.random() < 0.5
        later = [time + dt.timedelta(hours=pick.expovariate(1 / hours)) for hours in (2, 30)]
        rows.append(
            (
                f"i{number}", pick.choice([*(f"c{n:02}" for n in range(60)), None]),
                pick.choice(["call", "email", None]), "inbound" if inbound else "outbound",
                pick.choice(["complaint", "inquiry", None]) if inbound else "marketing",
                pick.choice(["m1", "m2", "m3", None]),
                None if inbound else pick.choice(["positive", "none", "negative", None]),
                time, *(pick.choice([moment, None]) if inbound else None for moment in later), day,
            )
        )  # fmt: skip
    names = ["interaction_id", "customer_id", "method", "direction", "kind", "marketer", "reaction", "time"]
    names += ["first_response_time", "resolved_time", "local_date"]
    return Change("interactions", _table(rows, names), "all")


def _people():
    rows = [(f"c{n:02}", ["north", "south", None][n % 3], ["female", "male"][n % 2]) for n in range(90)]
    return Change("customers", _table(rows, ["customer_id", "region", "gender"]), "all")


def _assignments():
    start = dt.datetime(2026, 2, 27, 3, tzinfo=dt.UTC)
    rows = [("test", f"c{n:02}", "AB"[n * 7 % 5 % 2], start + dt.timedelta(hours=n % 9)) for n in range(90)]
    names = ["experiment", "customer_id", "variant", "time"]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    times = pa.array(columns.pop("time"), pa.timestamp("us", "UTC"))
    return Change("assignments", pa.table({**columns, "time": times}), "all")


def _journeys():
    """Touches and leads with ties, repeats, gaps and unknown parts; some leads without a touch."""
    pick = random.Random(11)
    start = dt.datetime(2026, 1, 3, 2, tzinfo=dt.UTC)
    moments = [start + dt.timedelta(hours=12 * pick.randrange(150)) for _ in range(1500)]
    names = [None if pick.random() < 0.02 else f"c{pick.randrange(240):03}" for _ in moments]
    places = [
        (pick.choice(["search", "feed", "video", "email", None, ""]), f"c{pick.randrange(4)}")
        for _ in moments
    ]
    common = [
        {"customer_id": name, "time": moment, "local_date": (moment + dt.timedelta(hours=8)).date()}
        for name, moment in zip(names, moments, strict=True)
    ]
    touches = [
        {**row, "event_id": f"e{at}", "kind": ["click", "impression", "visit"][at % 7 // 3],
         "channel": channel, "campaign_id": campaign}
        for at, (row, (channel, campaign)) in enumerate(zip(common, places, strict=True))
    ]  # fmt: skip
    leads = [
        {**row, "lead_id": f"l{at}", "currency": "USD" if at % 9 == 0 else "CNY",
         "value_micros": None if at % 8 == 0 else at * 10**6}
        for at, row in enumerate(common[::5])
    ]  # fmt: skip
    return Change("events", pa.Table.from_pylist(touches)), Change("leads", pa.Table.from_pylist(leads))


def _shop():
    """Buyers of few products, one often after another, most of whom may be addressed: enough for offers."""
    pick = random.Random(17)
    buyers, orders, lines = [f"s{number:03}" for number in range(130)], [], []
    for number in range(780):
        day, basket = dt.date(2025, 12, 20) + dt.timedelta(pick.randrange(80)), {pick.randrange(8)}
        basket |= {(min(basket) + 1) % 8} if pick.random() < 0.5 else set()
        orders.append((f"shop{number}", pick.choice(buyers), "order", day, "CNY", 10**7))
        lines += [(f"shop{number}", f"p{product}", 1) for product in sorted(basket)]
    asked_at = dt.datetime(2025, 12, 1, 3, tzinfo=dt.UTC)
    asked = [(who, "marketing", "email", pick.random() < 0.8, asked_at) for who in buyers]
    names = ["transaction_id", "customer_id", "kind", "local_date", "currency", "amount_micros"]
    return [
        Change("transactions", _table(orders, names)),
        Change("order_lines", _table(lines, ["transaction_id", "product_id", "quantity"])),
        Change("consent", _table(asked, ["customer_id", "purpose", "channel", "granted", "time"])),
    ]


def _own():
    moments = pa.array([dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)] * 3, pa.timestamp("us", "UTC"))
    rows = {"word": ["a", "b", None], "number": [1, 2, 3], "part": [0.5, None, 2.5], "at": moments}
    return Change("own_table", pa.table(rows))


def _table(rows, names):
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])
