"""Slot plans that tests share: their hours bring what is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import optimize


def slot_plan(campaigns: int = 2, seed: int = 0, budget: float = 4000.0) -> pd.DataFrame:
    """The best plan of hours with a daily peak of each campaign's own, hour by hour."""
    rng = np.random.default_rng(seed)
    hours = np.arange(168)
    rates = [
        np.exp(0.8 * np.sin(2 * np.pi * (hours % 24 - 6 - 5 * at) / 24) + 0.2 * rng.normal(size=168))
        for at in range(campaigns)
    ]
    frame = pd.DataFrame(
        {
            "channel": np.repeat([f"c{at}" for at in range(campaigns)], 168),
            "hour_of_week": np.tile(hours, campaigns),
            "form": "exponential",
            "scale": 40.0 * np.concatenate(rates),
            "half_saturation": 40.0,
            "shape": 1.0,
        }
    )
    frame["cell"] = frame["channel"] + "-" + frame["hour_of_week"].astype(str)
    frame["group"] = frame["channel"]
    groups = dict.fromkeys(frame["group"].unique(), (0, budget))
    plan = optimize.allocate(frame, budget=budget * campaigns, groups=groups)
    return frame.assign(spend=plan.table.set_index("cell").loc[frame["cell"], "spend"].to_numpy())
