"""What uncertainty of the curves does to a plan: bands of the spends, and a gain without its optimism."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.solvers.envelope import Domain
from workbench.solvers.forms import Floats
from workbench.solvers.goals import relax
from workbench.solvers.reading import Read

CELLS_A_CHUNK, SHIFTS, MOST_SHIFTS, CELLS_TO_SHIFT = 40_000, 3, 15, 1_000_000
QUANTILES = (0.05, 0.95)


DOUBTED = {"posterior": 0.5, "pooled": 0.25}
"""Kind of plausible truths → how far its prior is doubted (`docs/decisions/optimism.md`)."""


@dataclass(frozen=True)
class Gain:
    """What a plan brings over today's spend, in responses.

    Attributes:
        claimed: On the curves it was made for.
        optimism: What a plan claims on the curves it was made for and does not keep on others.
        corrected: The claim less its optimism.
        low: 5th percentile of the plan's gain over the draws, its optimism taken off. high: 95th.
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
    other draws instead of on the curves that all draws were made from; for draws of a posterior see
    `docs/decisions/optimism.md`.

    Args:
        question: The draws.
        each: Their own plans, shape (K, n). plan: The plan (n,). now: Today's spend (n,).
        claimed: The plan's gain on the curves it was made for.
    """
    today = responses(question, now).sum(axis=1)
    over = responses(question, plan).sum(axis=1) - today
    own = float((responses(question, each).sum(axis=1) - today).mean())
    kept = _elsewhere(question, each) - float(today.mean())
    if question.kind in DOUBTED:
        corrected = _shrunk(min(claimed, float(over.mean())), own, kept, DOUBTED[question.kind])
    else:
        corrected = claimed - (own - kept)
    low, high = np.quantile(over, QUANTILES) + (corrected - over.mean())
    return Gain(claimed, claimed - corrected, corrected, float(low), float(high))


def _shrunk(gained: float, own: float, kept: float, doubt: float) -> float:
    """A gain times a mean of 1 and the share of a claim that plans made on one draw keep on others.

    Plausible truths hold all of it where their priors are right, and only that share where each scatters as
    an estimate does; `doubt` is the weight of the latter.
    """
    if gained <= 0 or own <= 0:
        return gained
    return gained * (1 - doubt + doubt * float(np.clip(kept / own, -1.0, 1.0)))


def _elsewhere(question: Read, each: Floats) -> float:
    """Mean response of plans made on one draw, on other draws."""
    many = int(np.clip(CELLS_TO_SHIFT // each.size, SHIFTS, MOST_SHIFTS))
    shifts = range(1, 1 + min(many, len(each) - 1))
    found = [responses(question, np.roll(each, by, axis=0)).sum(axis=1).mean() for by in shifts]
    return float(np.mean(found))
