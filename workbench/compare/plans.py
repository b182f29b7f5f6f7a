"""`plan`: the next experiment, planned from what one of a store has shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.compare.planning import Power, power
from workbench.compare.trials import experiment

if TYPE_CHECKING:
    from workbench.data import Store


def percent(whole: int | str) -> float:
    """A whole percentage as a share: 10 → 0.1."""
    return int(whole) / 100


def plan(
    store: Store,
    name: str | None = None,
    metric: str = "revenue",
    control: str = "A",
    lift: float = 0.1,
    power_: float = 0.8,
    covariates: Mapping[str, Sequence[str]] | None = None,
    **more: Any,
) -> Power:
    """How many customers the next experiment of this kind needs.

    Args:
        store: The store.
        name: Experiment whose control and scatter are taken; None: its only one.
        metric: Which outcome.
        control: The control arm.
        lift: Relative effect to find.
        power_: Chance to find it.
        covariates: As in `experiment`: what they explain makes the plan smaller.
        more: Further options of `experiment`.

    Returns:
        The plan, with equal arms.
    """
    own = {name: items for name, items in (covariates or {}).items() if name == metric}
    found = experiment(store, [metric], control=control, name=name, covariates=own or None, **more)
    return power(found, metric=metric, lift=lift, power=power_, shares=len(found.cube.arms))
