"""A panel on the demo world, and a small workspace full of hostile names."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hostile_names import EVIL

import workbench as wb
from workbench.data import Change
from workbench.widgets.answers import Answers


@pytest.fixture(scope="session")
def hostile_store(tmp_path_factory):
    """Forty days of one account whose names are markup; one campaign is unknown, no row knows its hour."""
    start = dt.date(2026, 5, 1)
    shared = {
        "source": "generic",
        "account": EVIL,
        "region": "a,b&c=d+e %41",
        "grain": "ad",
        "currency": "EUR",
    }
    rows = [
        shared
        | {"channel": channel, "campaign": campaign, "creative": f"{campaign}-1"}
        | {"local_date": start + dt.timedelta(days=day)}
        | {"impressions": 1000 + day, "clicks": 30 + day % 5, "cost_micros": 40_000_000 + day}
        for day in range(40)
        for channel, campaign in (("search", EVIL), ("feed", "春季 新品"), ("feed", None))
    ]
    store = wb.data.open(tmp_path_factory.mktemp("hostile"))
    store.commit([Change("performance", pa.Table.from_pylist(rows))])
    return store


@pytest.fixture(scope="session")
def known_answers(demo_store):
    """Answers of the demo world, remembered from test to test."""
    return Answers(demo_store)


@pytest.fixture
def panel(demo_store, known_answers):
    """The Campaigns panel on the demo world."""
    found = wb.widgets.Campaigns(demo_store)
    found._answers = known_answers
    return found


@pytest.fixture
def hostile(hostile_store):
    """The Campaigns panel on hostile names."""
    return wb.widgets.Campaigns(hostile_store)
