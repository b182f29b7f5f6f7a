"""Time slots: a fit with draws and a plan with bands of 2,016 cells, beside one statsmodels regression."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import SEED, alone
from benchmarks.page import load, ms, table

GROUPS, HOURS, PER_CELL, WINDOWS = 12, 168, 1.3, 6


def frame() -> tuple[Any, Any]:
    """(rows, true rates) of twelve groups with a daily peak each, 1.3 conversions a cell."""
    import numpy as np
    import pandas as pd

    rng, hour = np.random.default_rng(SEED), np.arange(HOURS)
    away = (hour % 24 - rng.uniform(0, 24, (GROUPS, 1)) + 12) % 24 - 12
    rate = rng.lognormal(0, 0.4, (GROUPS, 1)) * (0.5 + 2 * np.exp(-0.5 * (away / rng.uniform(2, 4)) ** 2))
    rate = rate * rng.lognormal(0, 0.15, rate.shape)
    capacity, spend = rng.lognormal(4.1, 0.5, rate.shape), 20 * rng.lognormal(0, 0.3, rate.shape)
    felt = -capacity * np.expm1(-spend / capacity)
    rate *= PER_CELL / (rate * felt).mean()
    group = np.repeat(np.arange(GROUPS), HOURS)
    columns = {"hour_of_week": np.tile(hour, GROUPS), "cost": spend.ravel(), "capacity": capacity.ravel()}
    names = {"channel": [f"c{at // 3}" for at in group], "region": [f"r{at % 3}" for at in group]}
    return pd.DataFrame({**names, **columns, "conversions": rng.poisson(rate * felt).ravel()}), rate


def plan(repeats: int) -> dict[str, Any]:
    """Time of fit, plan and schedule; how far the plan is from the best one on the true rates."""
    import numpy as np

    from workbench import optimize, response, schedules

    rows, rate = frame()
    budget = float(rows["cost"].sum())
    model = response.fit_slots(rows)
    found = optimize.allocate_slots(model, weekly_budget=budget)
    cells = found.to_cells()
    true = model.curves().assign(scale=(rate * rows["capacity"].to_numpy().reshape(rate.shape)).ravel())
    best = optimize.allocate_slots(true, weekly_budget=budget)
    spend, half = found.table["spend"].to_numpy(), true["half_saturation"].to_numpy()
    brought = float((true["scale"].to_numpy() * -np.expm1(-spend / half)).sum())
    return {
        "fit_ms": _wall(lambda: response.fit_slots(rows).curves(), repeats),
        "plan_ms": _wall(lambda: optimize.allocate_slots(model, weekly_budget=budget), repeats),
        "both_ms": _wall(
            lambda: optimize.allocate_slots(response.fit_slots(rows), weekly_budget=budget), repeats
        ),
        "compress_ms": _wall(lambda: schedules.compress(cells, windows=WINDOWS), repeats),
        "regret": 1 - brought / best.total_response,
        "gap": found.gap,
    }


def regression(repeats: int) -> dict[str, Any]:
    """Time of one Poisson regression on the same columns a group, without pooling, shrinkage or draws."""
    import numpy as np
    import statsmodels.api as sm

    from workbench.response.slots.basis import basis

    rows, _ = frame()
    capacity = rows["capacity"].to_numpy()
    felt = -capacity * np.expm1(-rows["cost"].to_numpy() / capacity)
    design = np.kron(np.eye(GROUPS), np.delete(basis().values, 7, axis=1))
    model = sm.GLM(rows["conversions"], design, family=sm.families.Poisson(), offset=np.log(felt))
    return {"ms": _wall(model.fit, repeats)}


def _wall(function: Callable[[], Any], repeats: int) -> float:
    import statistics

    times = []
    for _ in range(repeats + 1):
        clock = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - clock))
    return statistics.median(times[1:])


def section(repeats: int) -> Iterator[str]:
    """Fit and plan of a week of time slots."""
    yield from (f"## Time slots: {GROUPS * HOURS:,} cells, {PER_CELL} conversions a cell", "", load(), "")
    ours, peer = alone("slots:plan", repeats=repeats), alone("slots:regression", repeats=1)
    rows = [
        ("fit with draws and curves", ms(ours["fit_ms"])),
        ("plan with certificate and bands", ms(ours["plan_ms"])),
        ("fit and plan", ms(ours["both_ms"])),
        (f"schedule of at most {WINDOWS} windows a day", ms(ours["compress_ms"])),
        ("one statsmodels Poisson regression, no pooling, no draws", ms(peer["ms"])),
    ]
    yield from table(("", "time"), rows)
    yield ""
    yield f"Regret of the plan on the true rates: {ours['regret']:.1%}; certified gap {ours['gap']:.1e}."
    yield ""
