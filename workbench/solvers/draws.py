"""What uncertainty of the curves does to a plan: bands of the spends, and a gain without its optimism."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.solvers.envelope import Domain
from workbench.solvers.forms import Floats
from workbench.solvers.goals import relax
from workbench.solvers.reading import Read

CELLS_A_CHUNK, SHIFTS = 40_000, 3
QUANTILES = (0.05, 0.95)


@dataclass(frozen=True)
class Gain:
    """What a plan brings over today's spend, in responses.

    Attributes:
        claimed: On the curves it was made for.
        optimism: What a plan claims on the curves it was made for and does not keep on others: the mean
            over draws of the response of each draw's own plan there, less that plan's response on other
            draws.
        corrected: The claim less its optimism.
        low: 5th percentile of the plan's gain over the draws. high: 95th.
    """

    claimed: float
    optimism: float
    corrected: float
    low: float
    high: float


def plans(question: Read) -> Floats:
    """The best spends of each draw on its envelopes, currency units, shape (K, n) in the table's order."""
    problem = question.problem
    rows, cells = problem.curves.scale.shape
    chunk = max(1, CELLS_A_CHUNK // cells)
    found = np.empty((rows, cells))
    for first in range(0, rows, chunk):
        which = slice(first, min(first + chunk, rows))
        found[which] = _some(question, which)
    return question.back(found) * question.money


def _some(question: Read, which: slice) -> Floats:
    from dataclasses import replace

    problem = replace(question.problem, curves=question.problem.curves.rows(which))
    rows = len(problem.curves.scale)
    domain = Domain(
        *(np.repeat(getattr(problem.domain, name), rows, axis=0) for name in ("low", "active", "high"))
    )
    return relax(problem, domain).spend


def responses(question: Read, spend: Floats) -> Floats:
    """Response of each draw at spends (n,) or (K, n) in the table's order, shape (K, n)."""
    own = np.atleast_2d(spend)[:, question.order] / question.money
    values = question.problem.curves.values(own) * question.scale
    return question.back(values) / question.weight


def gain(question: Read, each: Floats, plan: Floats, now: Floats, claimed: float) -> Gain:
    """The gain of a plan over today's spend with the optimism of its kind taken off.

    Source: B. Efron, *Estimating the error rate of a prediction rule*, 1983, with each draw's plan judged on
    other draws instead of on the curves that all draws were made from.

    Args:
        question: The draws.
        each: Their own plans, shape (K, n). plan: The plan (n,). now: Today's spend (n,).
        claimed: The plan's gain on the curves it was made for.
    """
    rows = len(each)
    own = responses(question, each).sum(axis=1).mean()
    shifts = range(1, 1 + min(SHIFTS, rows - 1))
    others = [responses(question, np.roll(each, shift, axis=0)).sum(axis=1).mean() for shift in shifts]
    optimism = float(own - np.mean(others)) if others else float("nan")
    over = responses(question, plan).sum(axis=1) - responses(question, now).sum(axis=1)
    low, high = np.quantile(over, QUANTILES)
    return Gain(claimed, optimism, claimed - optimism, float(low), float(high))
