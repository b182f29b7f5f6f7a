"""What an honest interval costs: the closed form over day clusters against a day bootstrap."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import SEED, timed

DRAWS = 1000


def compare(groups: int, days: int, repeats: int) -> dict[str, Any]:
    """Intervals of `groups` conversion rates over `days` days by both ways, and how far they differ.

    Returns:
        Milliseconds of each and the median relative difference of the half widths.
    """
    import numpy as np

    from workbench.metrics import intervals

    random = np.random.default_rng(SEED)
    clicks = random.poisson(400, (groups, days)).astype(float)
    orders = random.poisson(clicks * random.gamma(20, 0.04 / 20, (groups, days))).astype(float)
    group = np.repeat(np.arange(groups), days)
    rate = orders.sum(1) / clicks.sum(1)

    def closed() -> Any:
        answer = intervals.ratio(rate, orders.ravel(), clicks.ravel(), group)
        low, high = answer.limits()
        return (high - low) / 2

    def bootstrap() -> Any:
        picked = np.random.default_rng(SEED).multinomial(days, np.full(days, 1 / days), DRAWS).T
        draws = (orders @ picked) / (clicks @ picked)
        low, high = np.quantile(draws, (0.025, 0.975), axis=1)
        return (high - low) / 2

    ours, _, closed_ms = timed(closed, repeats)
    theirs, _, bootstrap_ms = timed(bootstrap, repeats)
    return {
        "closed_ms": closed_ms,
        "bootstrap_ms": bootstrap_ms,
        "difference": float(np.median(np.abs(ours / theirs - 1))),
    }
