"""Quantiles of many values from those near them alone: the same to the digit as by sorting all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import workbench as wb
from workbench.compare import narrowing
from workbench.compare.narrowing import Sample, batches, narrowed
from workbench.compare.quantiles import ranks

SIZE = 150_000


def drawn(kind, random):
    """Values and arms of one awkward world."""
    arm = random.integers(0, 3, SIZE).astype(np.int8)
    values = random.lognormal(1, 1, SIZE)
    if kind == "ties":
        values = values * (random.random(SIZE) < 0.4)
    elif kind == "gaps":
        values[random.random(SIZE) < 0.2] = np.nan
    elif kind == "sorted":
        values = np.sort(values)
    elif kind == "apart":
        values = values + 1000.0 * arm
    elif kind == "strangers":
        arm[random.random(SIZE) < 0.3] = -1
    elif kind == "small arm":
        arm[arm == 2] = 0
        arm[:3] = 2
    elif kind == "endless":
        values[random.random(SIZE) < 0.3] = np.inf
    return values, arm


KINDS = ("plain", "ties", "gaps", "sorted", "apart", "strangers", "small arm", "endless")


@pytest.mark.parametrize("q", [0.001, 0.5, 0.9, 0.9999])
@pytest.mark.parametrize("kind", KINDS)
def test_ranks_are_those_of_all_values(kind, q):
    values, arm = drawn(kind, np.random.default_rng(len(kind)))
    pieces = batches(pa.table({"x": pa.array(values, from_pandas=True), "arm": arm}), "x", "arm")
    for place, found in enumerate(narrowed(pieces, 3, q)):
        own = np.sort(values[(arm == place) & ~np.isnan(values)])
        assert found.n == found.clusters == len(own)
        low, high = ranks(len(own), q, 1.96)
        wanted = sorted({max(low, 0), int(q * (len(own) - 1)), min(high, len(own) - 1)})
        assert found.ranked(wanted) == {rank: own[rank] for rank in wanted}


def test_only_values_near_the_quantile_are_kept():
    values, arm = drawn("plain", np.random.default_rng(1))
    found = narrowed([(values, arm)], 3, 0.5)
    assert all(len(item.values) < 0.05 * item.n for item in found)
    assert all(item.below > 0 and item.above > 0 for item in found)


def test_a_sample_that_misleads_costs_time_and_not_the_result(monkeypatch):
    """Every k-th row is a small one: the bracket lies far below the median."""
    monkeypatch.setattr(narrowing, "SAMPLED", 1000)
    random = np.random.default_rng(2)
    values = random.lognormal(3, 1, SIZE)
    values[:: SIZE // 1000] = 0.1
    arm = np.zeros(SIZE, np.int8)
    (found,) = narrowed([(values, arm)], 1, 0.5)
    assert found.above > SIZE // 2
    middle = SIZE // 2
    assert found.ranked([middle])[middle] == np.sort(values)[middle]


def test_an_arm_without_values_is_empty():
    arm = np.zeros(10, np.int8)
    full, empty = narrowed([(np.arange(10.0), arm)], 2, 0.5)
    assert (full.n, empty.n) == (10, 0)
    assert isinstance(empty, Sample)


def test_a_large_experiment_answers_as_its_sorted_self(monkeypatch):
    random = np.random.default_rng(3)
    values, arm = drawn("gaps", random)
    table = pa.table({"variant": np.array(["A", "B", "C"])[arm], "x": pa.array(values, from_pandas=True)})
    asked = [wb.compare.Quantile("x", 0.75)]
    quick = wb.compare.experiment(table, asked).table
    monkeypatch.setattr("workbench.compare.quantiles.FEWEST", SIZE + 1)
    plain = wb.compare.experiment(table, asked).table
    assert quick.equals(plain)
    clean = table.to_pandas().dropna()
    median = clean.groupby("variant")["x"].quantile(0.75)
    assert quick["mean"].to_numpy() == pytest.approx(median[["B", "C"]].to_numpy(), rel=1e-12)
