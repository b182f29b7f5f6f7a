"""Everything a fit can hold is planted, asked for with one call, and found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.response import CARRYOVERS, SATURATIONS

WEEKS = 156
TIMES = pd.date_range("2021-01-04", periods=WEEKS, freq="7D")
WEIGHTS = {
    "geometric": 0.6 ** np.arange(13),
    "delayed": 0.5 ** ((np.arange(13) - 2.0) ** 2),
    "weibull": -np.diff(np.exp(-((np.arange(14) / 2.5) ** 1.5))),
    "none": np.eye(13)[0],
}
CURVES = {
    "hill": lambda u: u**1.3 / (1 + u**1.3),
    "michaelis_menten": lambda u: u / (1 + u),
    "exponential": lambda u: 1 - np.exp(-u),
    "logistic": lambda u: (1 - np.exp(-u)) / (1 + np.exp(-u)),
    "tanh": np.tanh,
    "log": np.log1p,
    "power": lambda u: u**0.5,
}


def felt(spend, weights):
    """Spend of each week and those before it, by weights that add up to 1."""
    long = np.concatenate([np.full(12, spend[:8].mean()), spend])
    return np.convolve(long, weights / weights.sum(), mode="valid")


def planted(carry="geometric", form="hill", seed=0, noise=4.0):
    """(frame, what each of two channels brings): a quarter of the outcome or so."""
    rng = np.random.default_rng(seed)
    spend = rng.gamma(3, 1, (2, WEEKS)) / 3
    brought = [200 * CURVES[form](felt(own, WEIGHTS[carry]) / 1.2) for own in spend]
    outcome = 500 + sum(brought) + noise * rng.normal(size=WEEKS)
    frame = pd.DataFrame({"time": TIMES, "tv": spend[0] * 900, "web": spend[1] * 400, "orders": outcome})
    return frame, np.array(brought)


def fitted(frame, **more):
    asked = {"season": 0, "trend": "none", "draws": 0} | more
    return wb.response.fit(frame, ["tv", "web"], "orders", **asked)


@pytest.mark.parametrize("carry", CARRYOVERS)
def test_every_carry_over_is_found_again(carry):
    frame, brought = planted(carry=carry)
    part = fitted(frame, carryover=carry).parts[0]
    told = part.contributions(part.best.z, part.best.w)[:, 0]
    for own, known in zip(told, brought, strict=True):  # how it moves from week to week is its carry-over
        assert np.corrcoef(own, known)[0, 1] > 0.99
        assert own.std() == pytest.approx(known.std(), rel=0.1)
    other = fitted(frame, carryover="none" if carry != "none" else "delayed").parts[0]
    assert part.best.log_sigma < other.best.log_sigma - 0.02


@pytest.mark.parametrize("form", SATURATIONS)
def test_every_form_is_found_again(form):
    frame, brought = planted(form=form)
    model = fitted(frame, saturation=form)
    assert set(model.curves()["form"]) == {form}
    part = model.parts[0]
    told = part.contributions(part.best.z, part.best.w)[:, 0]
    for own, known in zip(told, brought, strict=True):
        assert np.corrcoef(own, known)[0, 1] > 0.99
        assert own.std() == pytest.approx(known.std(), rel=0.1)
    assert told.sum() == pytest.approx(brought.sum(), rel=0.25)


def test_controls_trend_season_holidays_and_price_are_found_again():
    frame, brought = planted(noise=3.0)
    rng, week = np.random.default_rng(1), np.arange(WEEKS)
    frame["price"], frame["rain"] = np.exp(rng.normal(3, 0.1, WEEKS)), rng.normal(size=WEEKS)
    days = ["2021-11-11", "2022-11-11", "2023-11-11"]
    sale = np.isin(frame["time"], pd.to_datetime(days) - pd.to_timedelta([3, 4, 5], unit="D"))
    assert sale.sum() == 3
    parts = {
        "price": -150 * (np.log(frame["price"]) - np.log(frame["price"]).mean()),
        "control": 12 * frame["rain"],
        "holiday": 80.0 * sale,
        "trend": 60 * (week / (WEEKS - 1) - 0.5),
        "season": 40 * np.sin(2 * np.pi * (frame["time"] - pd.Timestamp("2000-01-01")).dt.days / 365.25),
    }
    frame["orders"] += sum(parts.values())
    model = fitted(frame, controls="rain", price="price", holidays={"sale": days}, trend="linear", season=2)
    wide = model.decomposition().pivot_table(index="time", columns="kind", values="value", aggfunc="sum")
    for kind, known in parts.items():
        assert np.abs(wide[kind].to_numpy() - known).mean() < 3.0, kind
    assert wide["media"].sum() == pytest.approx(brought.sum(), rel=0.25)
    # without them what they bring is credited to nothing, and the fit is worse
    assert fitted(frame).parts[0].best.log_sigma > model.parts[0].best.log_sigma + 0.5


def test_without_a_baseline_everything_is_the_channels_own():
    frame, brought = planted()
    frame["orders"] = brought.sum(axis=0)
    model = fitted(frame, organic=False, priors={"media": (1.0, 0.5), "spread": 1.0})
    assert set(model.decomposition()["kind"]) == {"media", "unexplained"}
    told = model.contributions()["contribution"].to_numpy()
    np.testing.assert_allclose(told, brought.sum(axis=1), rtol=0.1)


def test_a_bending_trend_is_followed_only_by_a_flexible_one():
    frame, _ = planted(noise=3.0)
    bend = 120 * np.abs(np.arange(WEEKS) / WEEKS - 0.5)
    frame["orders"] += bend
    flexible, linear = (
        fitted(frame, trend=trend).parts[0].best.log_sigma for trend in ("flexible", "linear")
    )
    assert flexible < linear - 0.5
