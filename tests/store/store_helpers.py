"""Small fact tables, and a second, slow way to the roll-up: plain loops over rows."""

from __future__ import annotations

import datetime as dt
import math
import random

import pyarrow as pa

from workbench import schema
from workbench.data import Change, Slice

DAY = dt.date(2026, 1, 5)


def rows(table, records):
    """Arrow rows of a canonical table from dicts, with the columns that facts need filled in."""
    defaults = {"source": "meta_ads", "account": "a", "grain": "ad", "local_date": DAY, "currency": "USD"}
    names = schema.TABLES[table].names
    filled = [
        {**{key: value for key, value in defaults.items() if key in names}, **record} for record in records
    ]
    return pa.Table.from_pylist(filled, schema=schema.TABLES[table].arrow())


def month(account="a", grain="ad", start=DAY, days=5, **fact):
    """One row a day of one account and grain."""
    facts = {"impressions": 100, "clicks": 10, "cost_micros": 1_000_000, **fact}
    records = [
        {
            "account": account,
            "grain": grain,
            "local_date": start + dt.timedelta(day),
            "campaign": "c",
            **facts,
        }
        for day in range(days)
    ]
    part = Slice("meta_ads", account, grain, "", "", start, start + dt.timedelta(days - 1))
    return Change("performance", rows("performance", records), part)


def random_facts(seed, size=60):
    """Delivery and conversion rows with every kind of gap: null accounts, hours, facts, goals."""
    pick = random.Random(seed)

    def one(table):
        day = DAY + dt.timedelta(pick.randrange(4))
        hour = pick.choice([None, 0, 9, 23])
        row = {
            "source": pick.choice(["meta_ads", "baidu"]),
            "account": pick.choice([None, "a", "b"]),
            "grain": pick.choice(["campaign", "ad", "keyword"]),
            "breakdown": pick.choice(["", "", "region"]),
            "scope": pick.choice(["", "", "", "brand"]),
            "channel": pick.choice(["search", "social"]),
            "campaign": pick.choice([None, "c1", "c2"]),
            "campaign_id": pick.choice([None, "1"]),
            "creative": pick.choice([None, "x"]),
            "ad": pick.choice([None, "ad1"]),
            "ad_id": pick.choice([None, "77"]),
            "local_date": day,
            "local_hour": hour,
            "hour_of_week": None if hour is None else day.weekday() * 24 + hour,
            "currency": pick.choice(["USD", "CNY"]),
        }
        if table == "performance":
            row |= {name: pick.choice([None, 0, pick.randrange(1000)]) for name in ("impressions", "clicks")}
            row["cost_micros"] = pick.choice([None, 0, pick.randrange(10**7)])
        else:
            row |= {
                "is_goal": pick.choice([True, False, None]),
                "conversions": pick.choice([None, 0.0, 1.5, 3.0]),
            }
            row |= {
                "revenue_micros": pick.choice([None, 0, 5_000_000]),
                "time_basis": pick.choice(["click", None]),
            }
            row["kind"] = pick.choice([*schema.CONVERSION_KINDS, None])
        return row

    return {table: rows(table, [one(table) for _ in range(size)]) for table in ("performance", "conversions")}


def slow_rollup(performance, conversions):
    """The roll-up by plain loops: a list of dicts, one a row, preferred included."""
    sums = {}
    for fact in _facts(performance.to_pylist(), conversions.to_pylist()):
        total = sums.setdefault(tuple(fact["key"].items()), {})
        for name, value in fact["facts"].items():
            if value is not None:
                total[name] = total.get(name, 0) + value
    answer = [{**dict(key), **{name: total.get(name) for name in FACTS}} for key, total in sums.items()]
    for row in answer:
        day = [other for other in answer if _is(other, row, DAY_KEY)]
        row["preferred"] = tuple(row[name] for name in PART_KEY) in _preferred(day)
    return answer


FACTS = [column.name for column in (*schema.DELIVERY_FACTS, *schema.ROLLUP_OUTCOMES)]
DAY_KEY = ("source", "account", "local_date")
PART_KEY = ("grain", "breakdown", "scope")


def _is(one, other, names):
    return all(one[name] == other[name] for name in names)


def _facts(delivery, outcomes):
    for row in delivery:
        yield {"key": _key(row), "facts": {column.name: row[column.name] for column in schema.DELIVERY_FACTS}}
    for row in outcomes:
        peers = [other for other in outcomes if _is(other, row, (*DAY_KEY, *PART_KEY, "kind"))]
        ranked = sorted(peers, key=lambda other: (not other["is_goal"], _counting(other)))
        counted = {"order": "orders", "lead": "leads", "new_customer": "new_customers"}
        facts = {name: row[name] for name in ("conversions", "revenue_micros")} if row["is_goal"] else {}
        if row["kind"] in counted and _counting(row) == _counting(ranked[0]):
            facts[counted[row["kind"]]] = row["conversions"]
        yield {"key": _key(row), "facts": facts}


def _counting(row):
    return "|".join(row[name] or "" for name in ("time_basis", "attribution_window", "attribution_model"))


def _key(row):
    names = [column.name for column in schema.ROLLUP_DIMENSIONS]
    key = {
        name: row[name] for name in (*names, *PART_KEY, "local_date", "local_hour", "hour_utc", "currency")
    }
    key["hour_of_week"] = row["hour_of_week"]
    key["campaign"] = row["campaign"] if row["campaign"] is not None else row["campaign_id"]
    key["ad_group"] = row["ad_group"] if row["ad_group"] is not None else row["ad_group_id"]
    key["creative"] = next((row[name] for name in ("creative", "ad", "ad_id") if row[name] is not None), None)
    return key


MEASURES = ("cost_micros", "impressions", "clicks", "conversions", "revenue_micros")


def _preferred(day):
    """The (grain, breakdown, scope) that answer for one account and day."""
    parts = {}
    for row in day:
        total = parts.setdefault(tuple(row[name] for name in PART_KEY), dict.fromkeys(MEASURES))
        for name in MEASURES:
            if row[name] is not None:
                total[name] = (total[name] or 0) + row[name]

    def share(part, names):
        for name in names:
            largest = max((total[name] for total in parts.values() if total[name] is not None), default=0)
            if largest > 0:
                return (parts[part][name] or 0) / largest
        return 1

    def known(part):
        return parts[part]["conversions"] is not None or parts[part]["revenue_micros"] is not None

    def fineness(part):
        return (-schema.GRAINS.index(part[0]), part[1] != "", part[2] != "", part[1], part[2])

    sold = any(
        (total["conversions"] or 0) > 0 or (total["revenue_micros"] or 0) > 0 for total in parts.values()
    )
    order = sorted(
        parts, key=lambda part: (share(part, MEASURES) < 0.995, sold and not known(part), fineness(part))
    )
    alone = [
        part for part in parts if known(part) and all(parts[part][name] is None for name in MEASURES[:3])
    ]
    chosen = {order[0]}
    if sold and not known(order[0]) and alone:
        chosen.add(min(alone, key=lambda part: (share(part, MEASURES[3:]) < 0.995, fineness(part))))
    return chosen


def comparable(records):
    """Rows in one order, with floats rounded where only the order of adding differs."""
    shown = [
        {
            name: round(value, 9) if isinstance(value, float) and math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in records
    ]
    return sorted(tuple(sorted((key, repr(value)) for key, value in row.items())) for row in shown)
