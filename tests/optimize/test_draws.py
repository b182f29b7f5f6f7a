"""Bands over draws, and the gain without its optimism, on curves whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench import optimize
from workbench.errors import QuestionError


def world(seed, n=12, noise=0.35, draws=120):
    """(true table, estimated table, draws around the estimate)."""
    rng = np.random.default_rng(seed)
    truth = pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": rng.choice(["exponential", "log", "tanh"], n),
            "scale": rng.lognormal(3, 0.15, n),
            "half_saturation": rng.lognormal(1, 0.15, n),
            "current": 1.0,
        }
    )
    guess = truth.assign(scale=truth["scale"] * np.exp(noise * rng.standard_normal(n) - noise**2 / 2))
    around = [
        guess.assign(draw=d, scale=guess["scale"] * np.exp(noise * rng.standard_normal(n) - noise**2 / 2))
        for d in range(draws)
    ]
    return truth, guess, pd.concat(around)


def known(seed, n=12, noise=0.35, spread=0.15, draws=60):
    """The same where the estimate is shrunk by a prior that is right, and the draws are its posterior."""
    truth, _, _ = world(seed, n, noise, 1)
    rng = np.random.default_rng(1000 + seed)
    seen = np.log(truth["scale"]) + noise * rng.standard_normal(n)
    trust = spread**2 / (spread**2 + noise**2)
    middle, width = 3 + trust * (seen - 3), np.sqrt(trust) * noise
    guess = truth.assign(scale=np.exp(middle + width**2 / 2))
    around = [
        guess.assign(draw=d, kind="posterior", scale=np.exp(middle + width * rng.standard_normal(n)))
        for d in range(draws)
    ]
    return truth, guess, pd.concat(around)


def total(table, spend):
    u = spend / table["half_saturation"].to_numpy()
    forms = {"exponential": lambda v: 1 - np.exp(-v), "log": np.log1p, "tanh": np.tanh}
    shape = [forms[form](v) for form, v in zip(table["form"], u, strict=True)]
    return float((table["scale"].to_numpy() * np.array(shape)).sum())


def test_the_corrected_gain_is_near_the_true_gain_and_the_claim_is_not():
    claimed, corrected, true = [], [], []
    for seed in range(25):
        truth, guess, draws = world(seed)
        plan = optimize.allocate(guess, budget=12.0, draws=draws)
        spend = plan.table["spend"].to_numpy()
        true.append(total(truth, spend) - total(truth, np.ones(12)))
        claimed.append(plan.gain.claimed)
        corrected.append(plan.gain.corrected)
    flattery = np.mean(claimed) - np.mean(true)
    left = np.mean(corrected) - np.mean(true)
    spread = np.std(np.subtract(corrected, true)) / 5
    assert flattery > 4 * spread
    assert abs(left) < 0.35 * flattery


def test_a_plan_on_a_right_posterior_keeps_most_of_its_claim():
    corrected, true, strict, inside = [], [], [], 0
    for seed in range(16):
        truth, guess, draws = known(seed)
        plan = optimize.allocate(guess, budget=12.0, draws=draws)
        spend = plan.table["spend"].to_numpy()
        true.append(total(truth, spend) - total(truth, np.ones(12)))
        corrected.append(plan.gain.corrected)
        strict.append(optimize.allocate(guess, budget=12.0, draws=draws.drop(columns="kind")).gain.corrected)
        inside += plan.gain.low <= true[-1] <= plan.gain.high
        assert 0 < plan.gain.corrected <= plan.gain.claimed
        assert plan.gain.optimism == pytest.approx(plan.gain.claimed - plan.gain.corrected)
    assert 0.4 * np.mean(true) < np.mean(corrected) < 1.1 * np.mean(true)
    assert np.mean(strict) < 0
    assert inside >= 11


def test_kinds_of_draws_are_known_and_one():
    _, guess, draws = world(0, draws=4)
    for kinds, says in (
        ("posteriors", "Did you mean 'posterior'"),
        (["posterior", "bootstrap"] * 24, "two kinds"),
    ):
        with pytest.raises(QuestionError) as caught:
            optimize.allocate(guess, budget=12.0, draws=draws.assign(kind=kinds))
        assert says in str(caught.value)


def test_bands_are_quantiles_of_the_plans_of_the_draws():
    _, guess, draws = world(3, draws=30)
    plan = optimize.allocate(guess, budget=12.0, draws=draws)
    each = np.stack(
        [optimize.allocate(part, budget=12.0).table["spend"] for _, part in draws.groupby("draw")]
    )
    low, high = np.quantile(each, (0.05, 0.95), axis=0)
    np.testing.assert_allclose(plan.bands["low"], low, atol=1e-7)
    np.testing.assert_allclose(plan.bands["high"], high, atol=1e-7)
    assert {"low", "high", "response_low", "response_high"} <= set(plan.to_frame())
    assert "optimism" in plan.sentence("en")


def test_draws_in_any_order_and_of_any_shape_are_the_same_question():
    _, guess, draws = world(4, draws=20)
    mixed = guess.assign(form="hill", shape=1.0)
    rng = np.random.default_rng(0)
    other = draws.assign(form="hill", shape=rng.uniform(0.7, 2.0, len(draws)))
    plan = optimize.allocate(mixed, budget=12.0, draws=other)
    again = optimize.allocate(mixed, budget=12.0, draws=other.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(plan.bands, again.bands)
    assert plan.gain == again.gain


def test_groups_and_bounds_hold_in_every_draw():
    _, guess, draws = world(5, draws=15)
    guess = guess.assign(group=["a"] * 6 + ["b"] * 6, max=3.0)
    plan = optimize.allocate(guess, budget=12.0, groups={"a": (0, 4)}, draws=draws, locked=["c11"])
    assert (plan.bands["high"] <= 3 + 1e-9).all()
    assert plan.bands["low"][:6].sum() <= 4 + 1e-9
    assert plan.bands.loc[11, ["low", "high"]].tolist() == pytest.approx([1, 1])


def test_draws_of_one_kind_have_no_optimism():
    _, guess, _ = world(6)
    same = pd.concat([guess.assign(draw=d) for d in range(5)])
    gain = optimize.allocate(guess, budget=12.0, draws=same).gain
    assert gain.optimism == pytest.approx(0, abs=1e-9)
    assert gain.low == pytest.approx(gain.claimed, rel=1e-9)


def test_one_draw_tells_no_optimism():
    _, guess, draws = world(6)
    plan = optimize.allocate(guess, budget=12.0, draws=draws[draws["draw"] == 0])
    assert plan.gain is None
    assert plan.bands is not None
