"""Fits of a media mix: time and error, beside scipy's general solvers on the same model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import SEED, alone
from benchmarks.page import load, ms, table

CHANNELS, PERIODS, LAGS, DRAWS = 8, 156, 13, 200


def mix() -> tuple[Any, Any]:
    """(frame, true contribution of each channel) of a simulated mix with carry-over and saturation."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    spend = rng.lognormal(0, 0.5, (CHANNELS, PERIODS)) * rng.lognormal(8, 0.7, (CHANNELS, 1))
    kept, half = rng.uniform(0.05, 0.7, CHANNELS), spend.mean(axis=1) * rng.lognormal(0.2, 0.6, CHANNELS)
    carried = np.stack([_carried(own, share) for own, share in zip(spend, kept, strict=True)])
    reached = carried / (carried + half[:, None])
    brought = 350 / CHANNELS * reached / reached.mean(axis=1, keepdims=True)
    noise = 50 * rng.standard_normal(PERIODS)
    frame = pd.DataFrame(spend.T, columns=[f"c{at}" for at in range(CHANNELS)])
    frame["time"] = pd.date_range("2021-01-04", periods=PERIODS, freq="7D")
    frame["y"] = 650 + brought.sum(axis=0) + noise
    return frame, brought.sum(axis=1)


def _carried(spend: Any, kept: float) -> Any:
    import numpy as np

    weights = kept ** np.arange(LAGS)
    long = np.concatenate([np.full(LAGS - 1, spend[:8].mean()), spend])
    return np.convolve(long, weights / weights.sum(), mode="valid")


def fit(repeats: int) -> dict[str, Any]:
    """Processor time of a fit, of its draws and its checks; error of channel totals."""
    import numpy as np

    from workbench import response

    frame, truth = mix()
    asked: dict[str, Any] = {"spend": [f"c{at}" for at in range(CHANNELS)], "outcome": "y"}
    fitted, wall = cpu(lambda: response.fit(frame, **asked, draws=0), repeats)
    model = response.fit(frame, **asked, draws=0)
    drawn, _ = cpu(lambda: model.bootstrap(DRAWS), max(1, repeats // 3))
    checked, _ = cpu(model.check, repeats)
    error = float(np.abs(model.contributions()["contribution"] - truth).sum() / truth.sum())
    return {"ms": fitted, "wall_ms": wall, "draws_ms": drawn, "check_ms": checked, "error": error}


def peer(method: str, repeats: int) -> dict[str, Any]:
    """The same rows and priors by a general solver that moves every parameter, numeric derivatives."""
    import numpy as np
    from scipy.optimize import least_squares, minimize

    from workbench import response
    from workbench.response import objective

    frame, truth = mix()
    model = response.fit(frame, [f"c{at}" for at in range(CHANNELS)], "y", draws=0)
    problem, many = model.parts[0].problem, len(model.parts[0].best.z)
    sigma = float(np.exp(model.parts[0].best.log_sigma))

    def rows(x: Any) -> Any:
        found, _ = objective.media(problem.lay, problem.lags, x[:many], slopes=False)
        rest = (problem.y - objective.fitted(problem, found, x[many:])).ravel() / sigma
        return np.concatenate([rest, problem.rows @ x[many:] - problem.aim, x[:many]])

    low = np.append(problem.lay.low, np.where(problem.signed, 0.0, -np.inf))
    high = np.append(problem.lay.high, np.full(problem.size, np.inf))
    start = np.append(np.zeros(many), np.where(problem.signed, 0.05, 0.0))

    def solve() -> Any:
        if method == "least_squares":
            return least_squares(rows, start, bounds=(low, high)).x
        bounds = list(zip(low, high, strict=True))
        options = {"maxiter": 500, "maxfun": 10**6}
        return minimize(
            lambda x: 0.5 * rows(x) @ rows(x), start, method="L-BFGS-B", bounds=bounds, options=options
        ).x

    spent, wall = cpu(solve, repeats)
    x = solve()
    brought = model.parts[0].contributions(x[:many], x[many:]).sum(axis=(1, 2))
    ours = np.append(model.parts[0].best.z, model.parts[0].best.w)
    above = 0.5 * float(rows(x) @ rows(x) - rows(ours) @ rows(ours))
    error = float(np.abs(brought - truth).sum() / truth.sum())
    return {"ms": spent, "wall_ms": wall, "above": above, "error": error}


def cpu(function: Any, repeats: int) -> tuple[float, float]:
    """Median (processor time, time) after one call to warm up, in milliseconds."""
    import statistics

    times = []
    for _ in range(repeats + 1):
        began, clock = time.process_time(), time.perf_counter()
        function()
        times.append((1000 * (time.process_time() - began), 1000 * (time.perf_counter() - clock)))
    return statistics.median(one for one, _ in times[1:]), statistics.median(one for _, one in times[1:])


def section(repeats: int) -> Iterator[str]:
    """Fits of one media mix."""
    yield from (f"## Media mix of {CHANNELS} channels over {PERIODS} weeks", "", load(), "")
    ours = alone("response:fit", repeats=repeats)
    rows = [
        (
            "the package: linear part inside, exact gradient",
            ms(ours["ms"]),
            ms(ours["wall_ms"]),
            "0",
            _off(ours),
        )
    ]
    for method, title in (
        ("least_squares", "scipy least_squares, all parameters at once"),
        ("lbfgsb", "scipy L-BFGS-B, all parameters at once, at most 500 steps"),
    ):
        found = alone("response:peer", method=method, repeats=1)
        if problem := found.get("failed"):
            rows.append((title, "–", "–", f"not run: {problem}", "–"))
            continue
        rows.append((title, ms(found["ms"]), ms(found["wall_ms"]), f"{found['above']:.1e}", _off(found)))
    yield from table(("", "processor time", "time", "above our minimum", "error of channel totals"), rows)
    yield ""
    yield f"{DRAWS} draws: {ms(ours['draws_ms'])} of processor time; all checks: {ms(ours['check_ms'])}."
    yield ""


def _off(found: dict[str, Any]) -> str:
    return f"{found['error']:.0%}"
