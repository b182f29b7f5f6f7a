"""From cells to credits: each model's share of the conversions, and how far the days could have moved it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.attribution import markov
from workbench.attribution.cells import Cells, Floats
from workbench.attribution.models import Model

FEWEST_CLUSTERS = 8
"""Days below which there is no interval."""

MOST_MEMBERS = 300
"""Members up to which the chain is solved anew in every draw."""

BATCH = 4_000_000
"""Numbers held at once while draws of the chain are solved."""

WORK, FEWEST_DRAWS = 200_000_000, 100
"""Multiplications that the draws of a large chain may take, and draws it has in any case."""

LEVEL = (0.025, 0.975)


@dataclass(frozen=True, eq=False)
class Credit:
    """What one model gives; the last axis is (conversions, value).

    Attributes:
        amounts: (members × 2); they add up to the conversions with a touch, and their value.
        low, high: 95% interval of the amounts; NaN where there is none.
        share: Of all that is shown, (members,).
        share_low, share_high: Its interval.
        effect, effect_low, effect_high: Removal effect on conversions (Markov), else NaN.
    """

    amounts: Floats
    low: Floats
    high: Floats
    share: Floats
    share_low: Floats
    share_high: Floats
    effect: Floats
    effect_low: Floats
    effect_high: Floats


def weights(clusters: int, draws: int, seed: int) -> Floats:
    """How often each day is drawn when as many days as there are are drawn with replacement.

    Returns:
        (draws × clusters); no rows where there are too few days for an interval. The days are the
        units, so that journeys of one day may resemble each other (Efron and Tibshirani 1993, ch. 8).
    """
    if clusters < FEWEST_CLUSTERS:
        return np.zeros((0, clusters))
    rng = np.random.default_rng(seed)
    return rng.multinomial(clusters, np.full(clusters, 1.0 / clusters), draws).astype(float)


def credit(cells: Cells, model: Model, drawn: Floats, with_direct: bool) -> Credit:
    """Credits of one model with intervals.

    Args:
        cells: Sums over journeys.
        model: The model.
        drawn: Weights of the days, one row a draw.
        with_direct: Whether conversions without a touch count among what is shared.
    """
    once = np.ones((1, cells.audit.clusters))
    amounts, effect = _amounts(cells, model, once)
    many, effects = _amounts(cells, model, drawn[: _draws(cells, model)])
    parts = _parts(cells, amounts, once, with_direct)
    drawn_parts = _parts(cells, many, drawn[: len(many)], with_direct)
    low, high = _limits(many)
    share_low, share_high = _limits(drawn_parts)
    effect_low, effect_high = _limits(effects)
    return Credit(amounts[0], low, high, parts[0], share_low, share_high, effect[0], effect_low, effect_high)


def _draws(cells: Cells, model: Model) -> int | None:
    """How many draws are affordable; None: all."""
    if model.by_rule or cells.steps is None:
        return None
    if len(cells.members) > MOST_MEMBERS:
        return 0
    return max(FEWEST_DRAWS, WORK // len(cells.steps.states) ** 3)


def _amounts(cells: Cells, model: Model, days: Floats) -> tuple[Floats, Floats]:
    """Credits (draws × members × 2) and removal effects (draws × members)."""
    if model.by_rule:
        found = np.tensordot(days, cells.credits[model.id], axes=1)
        return found, np.full(found.shape[:2], np.nan)
    assert cells.steps is not None
    size = max(1, BATCH // len(cells.steps.states) ** 2)
    starts = range(0, max(1, len(days)), size)
    effect = np.concatenate(
        [markov.effects(cells.steps, days[at : at + size], len(cells.members)) for at in starts]
    )
    return markov.shares(effect) * (days @ cells.touched_total)[:, None, :], effect[:, :, 0]


def _parts(cells: Cells, amounts: Floats, days: Floats, with_direct: bool) -> Floats:
    """Shares of the conversions, (draws × members)."""
    whole = (days @ (cells.total if with_direct else cells.touched_total))[:, :1]
    found: Floats = amounts[:, :, 0] / np.where(whole == 0, 1.0, whole)
    return found


def _limits(draws: Floats) -> tuple[Floats, Floats]:
    """The middle 95% of the draws."""
    if not len(draws):
        nothing = np.full(draws.shape[1:], np.nan)
        return nothing, nothing
    low, high = np.quantile(draws, LEVEL, axis=0)
    return low, high
