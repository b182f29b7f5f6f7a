"""Public media mixes are fitted, checked and planned from end to end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from benchmarks.truth import CASES


@pytest.mark.parametrize("name", CASES)
def test_a_public_mix_is_fitted_checked_and_planned(name, shared_data):
    frame = pd.read_csv(shared_data / name)
    model = wb.response.fit(frame, **CASES[name], draws=30)
    curves, long = model.curves(), model.curves(draws=True)
    assert len(long) == 30 * len(curves)
    assert {item.status for item in model.diagnostics} <= {"PASS", "REVIEW", "FAIL"}
    assert {"response.fit", "response.fit_ok"} & {item.code for item in model.diagnostics}
    table = model.contributions()
    assert table["share"].sum() == pytest.approx(
        table["contribution"].sum() / frame[CASES[name]["outcome"]].sum()
    )
    assert (table["contribution_low"] <= table["contribution_high"]).all()
    budget = float(curves["current"].sum())
    plan = wb.optimize.allocate(curves, budget=budget, draws=long)
    assert plan.total_spend == pytest.approx(budget, rel=1e-6)
    assert plan.gap <= 1e-4
    assert plan.gain is not None
    assert plan.gain.claimed >= 0
    assert (plan.bands["low"] <= plan.bands["high"]).all()
    parts = model.decomposition().groupby("time")["value"].sum()
    outcome = frame.groupby(CASES[name].get("time", "time"))[CASES[name]["outcome"]].sum()
    assert parts.to_numpy() == pytest.approx(outcome.to_numpy(), rel=1e-9)


def test_regions_tell_more_than_their_sum(shared_data):
    """Meridian's geo file, whole and by region: the intervals of the regional fit are narrower."""
    name = "meridian_geo_full_funnel.csv"
    frame, asked = pd.read_csv(shared_data / name), dict(CASES[name])
    columns = [*asked["spend"], "conversions", *asked["controls"]]
    whole = frame.groupby("time", as_index=False)[columns].sum()
    asked = {key: value for key, value in asked.items() if key not in ("region", "population", "value")}
    regional = wb.response.fit(
        frame, **asked, region="geo", population="population", draws=40
    ).contributions()
    national = wb.response.fit(whole, **asked, draws=40).contributions()
    widths = [
        ((one["contribution_high"] - one["contribution_low"]) / one["contribution"].sum()).mean()
        for one in (regional, national)
    ]
    assert np.isfinite(widths).all()
    assert widths[0] < widths[1]
