"""A small world in which every test of a rule meets ties, gaps, other currencies, late rows and strangers."""

from __future__ import annotations

import datetime as dt
import random

import pyarrow as pa

from workbench.data import Change
from workbench.schema import TABLES

DAY = dt.date(2026, 3, 10)
PEOPLE = [f"k{number:02}" for number in range(40)]
SCORES = "model_scores"
ZONE = "Asia/Shanghai"


def rows(seed: int) -> dict[str, list[dict]]:
    """Table → rows."""
    pick = random.Random(seed)
    return {
        "customers": [_customer(pick, name) for name in PEOPLE],
        "transactions": [_transaction(pick, number) for number in range(260)],
        "order_lines": [_line(pick, number) for number in range(300)],
        "products": [
            {"product_id": f"p{n}", "product": f"thing {n}", "category": ["tea", "cup", None][n % 3]}
            for n in range(6)
        ],
        "events": [_event(pick, number) for number in range(200)],
        "interactions": [_interaction(pick, number) for number in range(120)],
        "feedback": [_feedback(pick, number) for number in range(90)],
        "leads": [_lead(pick, number) for number in range(60)],
        "tags": [_tag(pick, who, tag) for who in PEOPLE for tag in ("vip", "new") if pick.random() < 0.3],
        "traits": [trait for who in PEOPLE for trait in _traits(pick, who)],
        "consent": [_consent(pick) for _ in range(500)],
        SCORES: [
            {"customer_id": who, "p_alive": pick.choice([None, 0.0, 0.25, 0.5, 0.75, 1.0]), "rank": number}
            for number, who in enumerate(PEOPLE)
            if pick.random() < 0.8
        ],
    }


def commit(store, seed: int, replace: str | None = "all") -> dict[str, list[dict]]:
    """Write the world into a store, in the place of what is there or beside it; returns its rows."""
    made = rows(seed)
    tables = {name: found for name, found in made.items() if name != SCORES}
    store.commit([Change(name, _table(name, found), replace) for name, found in tables.items()])
    columns = {"customer_id": pa.string(), "p_alive": pa.float64(), "rank": pa.int64()}
    store.commit([Change(SCORES, pa.Table.from_pylist(made[SCORES], pa.schema(columns)))])
    return made


def _table(name, found):
    schema = TABLES[name].arrow()
    used = [field for field in schema if any(field.name in row for row in found)]
    return pa.Table.from_pylist(found, pa.schema(used))


def _who(pick):
    return None if pick.random() < 0.03 else pick.choice([*PEOPLE, "stranger"])


def _day(pick):
    return pick.choice([None, *(DAY - dt.timedelta(days) for days in (-2, -1, 0, 1, 2, 5, 30, 31, 90, 400))])


def _moment(pick):
    """An instant, often at the very edge of a day of Shanghai (16:00 UTC)."""
    day = _day(pick)
    hour = pick.choice([dt.time(15, 59, 59), dt.time(16), dt.time(3)])
    return None if day is None else dt.datetime.combine(day, hour, dt.UTC)


def _customer(pick, name):
    return {
        "customer_id": name,
        "region": pick.choice(["north", "south", "西部", None]),
        "gender": pick.choice(["female", "male", None]),
        "created_date": _day(pick),
    }


def _transaction(pick, number):
    return {
        "transaction_id": f"q{number}",
        "customer_id": _who(pick),
        "kind": pick.choice(["order", "order", "order", "contract", "refund", "payment", None]),
        "status": pick.choice(["done", None, None, "open", "cancelled", "refunded"]),
        "refund_of": pick.choice([None, f"q{max(0, number - pick.randrange(1, 30))}"]),
        "channel": pick.choice(["search", "social", None]),
        "local_date": _day(pick),
        "currency": pick.choice(["CNY", "CNY", "USD", None]),
        "amount_micros": pick.choice([None, -5_000_000, 10_000_000, 10_500_000, 20_000_000]),
        "margin_micros": pick.choice([None, 1_000_000, 2_000_000]),
    }


def _line(pick, number):
    return {
        "transaction_id": f"q{pick.randrange(260)}",
        "product_id": f"p{pick.randrange(8)}",
        "quantity": pick.choice([None, 1, 2, 3]),
        "amount_micros": pick.choice([None, 5_000_000, 10_000_000]),
        "line": number,
    }


def _event(pick, number):
    return {
        "event_id": f"e{number}",
        "customer_id": _who(pick),
        "kind": pick.choice(["click", "visit", None]),
        "device": pick.choice(["mobile", "desktop", None]),
        "local_date": _day(pick),
    }


def _interaction(pick, number):
    return {
        "interaction_id": f"i{number}",
        "customer_id": _who(pick),
        "method": pick.choice(["call", "chat", None]),
        "kind": pick.choice(["complaint", "inquiry", None]),
        "minutes": pick.choice([None, 0.0, 2.5, 5.0]),
        "local_date": _day(pick),
    }


def _feedback(pick, number):
    return {
        "feedback_id": f"f{number}",
        "customer_id": _who(pick),
        "kind": pick.choice(["nps", "csat", None]),
        "score": pick.choice([None, 0.0, 6.0, 9.0, 10.0]),
        "time": _moment(pick),
    }


def _lead(pick, number):
    return {
        "lead_id": f"l{number}",
        "customer_id": _who(pick),
        "stage": pick.choice(["won", "open", None]),
        "currency": "CNY",
        "value_micros": pick.choice([None, 1_000_000, 3_000_000]),
        "local_date": _day(pick),
    }


def _tag(pick, who, tag):
    return {
        "customer_id": who,
        "tag": tag,
        "value": pick.choice(["gold", "iron", None]),
        "origin": "hand",
        "time": _moment(pick),
    }


def _traits(pick, who):
    """Own attributes: a figure with ties and gaps, a class, a day; of a stranger too."""
    income = pick.choice([None, 0.0, 1000.0, 1000.5, 2500.0])
    school = pick.choice([None, "PhD", "Master", "本科"])
    since = pick.choice([None, *(DAY - dt.timedelta(days) for days in (0, 1, 2, 30, 400))])
    told = [
        {
            "trait": "Income",
            "value": (income is not None and f"{income:g}") or None,
            "number": income,
            "day": None,
        },
        {"trait": "学历", "value": school, "number": None, "day": None},
        {"trait": "Since", "value": since and since.isoformat(), "number": None, "day": since},
    ]
    return [{"customer_id": who, **row} for row in told if pick.random() < 0.8]


def _consent(pick):
    return {
        "customer_id": _who(pick),
        "purpose": pick.choice(["marketing", "service", "all"]),
        "channel": pick.choice(["email", "call", "all"]),
        "granted": pick.choice([True, True, False, None]),
        "time": _moment(pick),
    }
