"""The chain: closed forms, a random walk, many states, and how often the intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.attribution import counted, markov
from workbench.attribution.credit import credit, weights
from workbench.attribution.models import Rules, pick


def paths(rows):
    """Counted paths of (path, conversions, null)."""
    return wb.attribution.from_paths(pd.DataFrame(rows, columns=["path", "conversions", "null"]))


def effects(given, order=1):
    found = counted.cells(given, Rules(pick(["markov"]), order=order))
    return markov.effects(found.steps, np.ones((1, 60)), len(found.members))[0, :, 0]


def test_closed_forms():
    """Two channels: every journey meets a, so all is lost without it; b is on 30 of 40 winning ways."""
    given = paths([("a", 10, 30), ("a > b", 30, 30)])
    assert effects(given) == pytest.approx([1.0, 30 / 40])
    # in a chain without memory a and b are met by p = 1/2 each, and nothing joins them
    assert effects(paths([("a", 5, 5), ("b", 15, 0)])) == pytest.approx([0.25, 0.75])


def test_a_loop_changes_nothing():
    assert effects(paths([("a > a > a > b", 7, 3), ("b", 2, 5)])) == pytest.approx(
        effects(paths([("a > b", 7, 3), ("b", 2, 5)]))
    )


def test_a_random_walk_finds_the_same_removal_effects():
    rng = np.random.default_rng(4)
    rows = [
        (" > ".join(rng.choice(list("abcd"), rng.integers(1, 6))), *rng.integers(1, 20, 2)) for _ in range(60)
    ]
    given = paths(rows)
    steps = counted.cells(given, Rules(pick(["markov"]))).steps
    n = np.asarray(steps.n.sum(axis=0)).ravel()
    size = len(steps.states)
    chance = np.zeros((size, size + 2))
    chance[steps.source, steps.target] = n  # −1 and −2 are the last two columns
    chance /= chance.sum(axis=1, keepdims=True)
    walks = 200_000
    at, met, won = np.zeros(walks, int), np.zeros((walks, size), bool), np.zeros(walks, bool)
    going = np.arange(walks)
    while len(going):
        draw = rng.random(len(going))
        after = (draw[:, None] > np.cumsum(chance[at[going]], axis=1)).sum(axis=1)
        won[going[after == size + 1]] = True
        inside = after < size
        going, after = going[inside], after[inside]
        at[going] = after
        met[going, after] = True
    for member, effect in enumerate(effects(given)):
        state = np.flatnonzero(steps.states[:, 0] == member)[0]
        share = met[won, state].mean()
        assert effect == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / won.sum())), member


@pytest.mark.parametrize("order", [1, 2])
def test_a_chain_of_many_states_is_solved_alike(order, monkeypatch):
    rng = np.random.default_rng(5)
    names = [f"c{number}" for number in range(12)]
    given = paths(
        [(" > ".join(rng.choice(names, rng.integers(1, 7))), *rng.integers(0, 9, 2)) for _ in range(150)]
    )
    dense = effects(given, order)
    monkeypatch.setattr(markov, "DENSE", 0)
    assert effects(given, order) == pytest.approx(dense, abs=1e-12)


def test_intervals_of_days_hold_the_truth_as_often_as_they_say():
    """Three channels, 40 days that differ in how well they convert: shares of the long run."""
    rng = np.random.default_rng(6)
    chance = {"a": (0.5, 0.10), "a > b": (0.3, 0.30), "b > c": (0.2, 0.20)}
    rules = Rules(pick(["markov", "shapley"]))

    def world(days):
        mood = rng.gamma(8, 1 / 8, days)
        per = {path: rng.poisson(40 * share, days) for path, (share, _) in chance.items()}
        won = {
            path: rng.binomial(per[path], np.minimum(rate * mood, 1)) for path, (_, rate) in chance.items()
        }
        return per, won

    def shares(per, won, drawn):
        rows = [(path, int(won[path].sum()), int((per[path] - won[path]).sum())) for path in chance]
        found = counted.cells(paths(rows), rules)
        dealt = _by_day(found, per, won)
        return [credit(dealt, model, drawn, True) for model in rules.models]

    def _by_day(found, per, won):
        """The same cells with the days in place of the random groups."""
        from dataclasses import replace

        days = len(next(iter(per.values())))
        audit = replace(found.audit, clusters=days)
        split = lambda fill: np.stack([fill[path] for path in chance], axis=1)  # noqa: E731
        wins, tries = split(won).astype(float), split(per).astype(float)
        return _cells(found, audit, wins, tries)

    truth = [item.share for item in shares(*world(60_000), np.zeros((0, 60_000)))]
    held = []
    for seed in range(120):
        drawn = weights(40, 120, seed)
        for item, share in zip(shares(*world(40), drawn), truth, strict=True):
            held.append((item.share_low <= share) & (share <= item.share_high))
    assert 0.88 <= np.mean(held) <= 0.985


def _cells(found, audit, wins, tries):
    """Cells by day from winning and all journeys of the three paths a, a > b, b > c."""
    from dataclasses import replace

    from scipy import sparse

    steps = found.steps
    code = {(-1,): "start", (0,): "a", (1,): "b", (2,): "c"}
    name = {number: code[tuple(state)] for number, state in enumerate(steps.states.tolist())} | {
        -1: "won",
        -2: "lost",
    }
    lost = tries - wins
    made = {
        ("start", "a"): tries[:, 0] + tries[:, 1], ("start", "b"): tries[:, 2],
        ("a", "b"): tries[:, 1], ("b", "c"): tries[:, 2],
        ("a", "won"): wins[:, 0], ("a", "lost"): lost[:, 0],
        ("b", "won"): wins[:, 1], ("b", "lost"): lost[:, 1],
        ("c", "won"): wins[:, 2], ("c", "lost"): lost[:, 2],
    }  # fmt: skip
    kinds = [(name[source], name[target]) for source, target in zip(steps.source, steps.target, strict=True)]
    n = sparse.csr_matrix(np.column_stack([made[kind] for kind in kinds]))
    even = np.column_stack([wins[:, 0] + wins[:, 1] / 2, (wins[:, 1] + wins[:, 2]) / 2, wins[:, 2] / 2])
    total = wins.sum(axis=1)
    return replace(
        found,
        credits={"shapley": np.stack([even, 0 * even], axis=-1)},
        direct=np.zeros((len(wins), 2)),
        total=np.column_stack([total, 0 * total]),
        steps=replace(steps, n=n, value=n * 0),
        audit=audit,
    )


def test_time_decay_halves_after_a_half_life():
    touches = pd.DataFrame(
        {
            "customer_id": 1,
            "channel": ["old", "new"],
            "time": pd.to_datetime(["2026-01-01", "2026-01-08"], utc=True),
        }
    )
    win = pd.DataFrame({"customer_id": [1], "time": pd.to_datetime(["2026-01-10"], utc=True)})
    for half_life in (3.5, 7, 14):
        answer = wb.attribution.attribute(
            touches, "time_decay", conversions=win, half_life_days=half_life, draws=0
        )
        credit_ = answer.table.set_index("channel").conversions
        assert credit_["old"] / credit_["new"] == pytest.approx(2 ** (-7 / half_life), rel=1e-12)
