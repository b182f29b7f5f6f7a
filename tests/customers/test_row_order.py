"""What is learnt with a seed is the same in whatever order an engine's threads give the rows."""

from __future__ import annotations

import itertools

import ibis.expr.operations as ops
import numpy as np
import pytest

import workbench as wb
from workbench import segments
from workbench.customers import backtest, fit_clv, propensity
from workbench.store.store import Store

DAY = "2026-10-31"
HALVES = (ops.Project, ops.DropColumns)


def ordered(question) -> bool:
    """Whether an expression says in which order its rows come."""
    node = question.op()
    while isinstance(node, HALVES):
        node = node.parent
    return isinstance(node, ops.Sort | ops.Limit)


@pytest.fixture
def shuffled(monkeypatch):
    """An engine that gives the rows of questions without order in another order each time."""
    plain, counts = Store.query, itertools.count()

    def query(self, question):
        found = plain(self, question)
        if isinstance(question, str) or ordered(question):
            return found
        return found.take(np.random.default_rng(next(counts)).permutation(found.num_rows))

    def again():
        monkeypatch.setattr(Store, "query", query)
        return wb.open("demo")

    return again


def chosen(store):
    found = propensity(store, as_of=DAY, horizon_days=90, model="boosting")
    return found.predict().sort_index(), found.drivers()


def spared(store):
    found = propensity(store, "respond", as_of=DAY, horizon_days=90, model="boosting")
    return (found.predict().sort_values(list(found.predict().columns)).reset_index(drop=True),)


def grouped(store):
    found = segments.cluster(store, as_of=DAY, k=4, draws=2)
    return found.table.sort_values("customer_id", ignore_index=True), found.profile(), found.facts


def alike(store):
    found = segments.lookalikes(store, segments.rfm(store, DAY), "champions", as_of=DAY)
    return (found.to_frame(),)


def valued(store):
    model = fit_clv(store, as_of=DAY)
    return model.to_frame().sort_index(), model.predict(365, draws=100)


def tried(store):
    return (backtest(store, as_of=DAY, origins=1, draws=100).to_frame(),)


def weighed(store):
    return (segments.worth(store, as_of=DAY).to_frame(),)


@pytest.mark.parametrize(
    "learn", [chosen, pytest.param(spared, marks=pytest.mark.soak), grouped, alike, valued, tried, weighed]
)
def test_no_answer_depends_on_the_order_of_rows(learn, demo_store, shuffled):
    first = learn(demo_store)
    for one, other in zip(first, learn(shuffled()), strict=True):
        assert len(one)
        assert one.equals(other), one.compare(other).head()
