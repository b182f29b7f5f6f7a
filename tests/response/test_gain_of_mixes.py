"""The gain of plans on fitted media mixes, its optimism taken off, beside what the plans truly bring."""

from __future__ import annotations

import mix_worlds
import numpy as np
import pytest

from workbench import optimize, response


@pytest.mark.soak
def test_corrected_gains_of_simulated_media_mixes_are_near_the_true_ones():
    """Fits whose draws shake data and priors: over many mixes neither flattering nor crushing."""
    off, claims, inside = [], [], 0
    for seed in range(30):
        mix = mix_worlds.world(2000 + seed)
        model = response.fit(mix.frame, spend=mix.channels, outcome="y", controls=["x"], draws=60)
        curves = model.curves()
        budget = float(curves["current"].sum())
        plan = optimize.allocate(curves, budget=budget, draws=model.curves(draws=True))
        place = [int(cell.removeprefix("c")) for cell in curves["cell"]]
        own = mix.curves.iloc[place]

        def bring(spend, own=own):
            reached = spend ** own["shape"].to_numpy()
            return float((own["scale"] * reached / (reached + own["half"].to_numpy() ** own["shape"])).sum())

        today = curves["current"].to_numpy()
        true = bring(plan.table["spend"].to_numpy()) - bring(today)
        off.append((plan.gain.corrected - true) / bring(today))
        claims.append((plan.gain.claimed - true) / bring(today))
        inside += plan.gain.low <= true <= plan.gain.high
    spread = np.std(off) / np.sqrt(len(off))
    assert abs(np.mean(off)) < max(3 * spread, 0.03)
    assert np.mean(claims) > np.mean(off)
    assert inside >= 24
