"""Own attributes of a workspace as features of clusters, look-alikes and target markets."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

import workbench as wb
from workbench.data import Change
from workbench.segments import cluster, people


@pytest.fixture(scope="module")
def with_own(tmp_path_factory):
    """Buyers in two groups that only an own attribute, a figure, tells apart."""
    store = wb.open(tmp_path_factory.mktemp("own") / "w")
    rng, orders, traits = np.random.default_rng(3), [], []
    for number in range(160):
        who, rich = f"c{number:03}", number % 2
        day = dt.date(2026, 1, 1) + dt.timedelta(int(rng.integers(60)))
        money = int(rng.lognormal(3, 0.3) * 1e6)
        orders += [
            (f"{who}-{time}", who, "order", day, "CNY", money) for time in range(int(rng.integers(1, 4)))
        ]
        told = {
            "Income": (None, 1000.0 + 9000 * rich + float(rng.normal(0, 300)), None),
            "学历": ("PhD" if rich else "本科", None, None),
            "Since": (None, None, day),
            "frequency": (None, float(rng.integers(9)), None),
        }
        traits += [
            (who, name, text or str(figure or at), figure, at)
            for name, (text, figure, at) in told.items()
            if number != 7 or name != "Income"
        ]
    names = ["transaction_id", "customer_id", "kind", "local_date", "currency", "amount_micros"]
    store.commit(
        [
            Change("transactions", _rows(orders, names)),
            Change("traits", _rows(traits, ["customer_id", "trait", "value", "number", "day"])),
        ]
    )
    return store


def _rows(rows, names):
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def test_own_attributes_shape_and_describe_clusters(with_own):
    answer = cluster(with_own, most=4, draws=6)
    left = {entry.column: entry.reason for entry in answer.left_out}
    assert "Income" in answer.model.features
    assert left["学历"] == "describes"
    assert left["Since"] == "date"
    assert {"frequency", "own:frequency"} <= set(answer.people.columns)
    told = {(row["feature"], row["level"]) for row in answer.facts.to_dict("records")}
    assert ("学历", "PhD") in told
    alone = cluster(with_own, ["Income"], k=2, draws=4)
    rich = alone.table.set_index("customer_id")["segment"].dropna()
    assert rich.groupby(np.array([int(who[1:]) % 2 for who in rich.index])).nunique().tolist() == [1, 1]
    assert "c007" not in rich.index
    later = answer.model.assign(with_own)
    assert later.table["segment"].tolist() == answer.table["segment"].tolist()


def test_a_part_of_a_store_has_the_own_attributes_of_its_customers(with_own):
    rich = wb.segments.within(with_own, wb.segments.rule(wb.segments.field("Income") > 5000))
    found = people.people(rich).table
    assert len(found) == 79
    assert found["Income"].min() > 5000
    rule = wb.segments.rule(wb.segments.field("Income") > 5000)
    market = wb.segments.target_market(with_own, rule, by=["学历"], least_members=0)
    assert market.table.set_index("学历")["verdict"].to_dict() == {"PhD": "over", "本科": "under"}
    alike = wb.segments.lookalikes(with_own, rule)
    assert {entry.column: entry.reason for entry in alike.left_out}["Income"] == "defines"
