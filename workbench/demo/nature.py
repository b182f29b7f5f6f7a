"""What each customer of the demo world is by nature: the truth behind churn, value and segments."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from workbench.demo import purchases
from workbench.demo.people import constants, customer_ids, people
from workbench.demo.world import SEED, world

if TYPE_CHECKING:
    from pandas import DataFrame


def natures(seed: int = SEED) -> DataFrame:
    """Return the planted purchase process of every customer, which no table of the workspace holds.

    While a customer stays, orders come at `orders_a_day` (Poisson); after each repeat order one leaves for
    good with probability `leave` (BG/NBD, Fader, Hardie & Lee 2005). Programme and experiments add orders
    from May 2026 on; they are not in it.

    Args:
        seed: Seed of the world.

    Returns:
        One row a customer: `customer_id, value_class`, `joined` (day of the first order), `orders_a_day`,
        `leave`, `left_on` (day of leaving; missing for who has not), `mean_order_value` (CNY).
    """
    import pandas as pd

    known = world(seed)
    who = people(known)
    lives = purchases.lives(known, who)
    first = pd.Timestamp(known.first)
    left = pd.to_timedelta(
        pd.Series(np.where(np.isfinite(lives.left), np.floor(lives.left), np.nan)), unit="D"
    )
    return pd.DataFrame(
        {
            "customer_id": customer_ids(np.arange(len(who))).to_pylist(),
            "value_class": np.array(list(constants()["classes"]))[who.value_class],
            "joined": [known.first + timedelta(days=int(day)) for day in who.joined],
            "orders_a_day": lives.rate,
            "leave": lives.leave,
            "left_on": first + left,
            "mean_order_value": lives.mean_order_value,
        }
    )
