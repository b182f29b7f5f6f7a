"""The question of the next best offer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench.arguments import right_kinds
from workbench.customers.cards.rows import last_day
from workbench.customers.purchases import day_of
from workbench.errors import QuestionError
from workbench.offers.baskets import Baskets, of_store
from workbench.offers.check import check, preferred
from workbench.offers.model import OfferModel
from workbench.offers.pool import weights, window
from workbench.offers.ways import WAYS, learn

if TYPE_CHECKING:
    from workbench.data import Store

FEWEST = 50
"""Customers who bought something new in a window, under which weights and hit rates say too little."""


@right_kinds
def fit(store: Store, as_of: dt.date | str | None = None, horizon_days: int = 90, k: int = 3) -> OfferModel:
    """Learn what to offer to whom, and check it on days that were not learnt from.

    The history is cut twice. What was bought up to two horizons before `as_of` and what came in the horizon
    after teach the weights; the ways learnt up to one horizon before, with those weights, are checked on the
    last horizon. Then the ways are learnt anew from everything.

    Args:
        store: The store; tables `transactions`, `order_lines`, `products`.
        as_of: Last day that counts; None: the last day of orders, contacts or delivery.
        horizon_days: Length of each of the two windows.
        k: Offers a customer, for the check.

    Returns:
        The model: `.offers(…)`, `.rules()`, `.weights`, `.check`.

    Raises:
        QuestionError: for a workspace without order lines, senseless settings, or too little history.
    """
    if horizon_days < 1 or k < 1:
        raise QuestionError(
            f"horizon_days={horizon_days!r} and k={k!r} make no sense.", "Give whole numbers above 0."
        )
    day = last_day(store) if as_of is None else day_of(as_of)
    baskets = of_store(store, day)
    end = (day - dt.date(1970, 1, 1)).days
    learners = window(baskets, end - 2 * horizon_days, end - horizon_days)
    held_out = window(baskets, end - horizon_days, end)
    _enough(baskets, len(learners.who), len(held_out.who), horizon_days)
    found = preferred(learners, weights(learners), k)
    return OfferModel(
        as_of=day,
        horizon_days=horizon_days,
        k=k,
        weights=dict(zip(WAYS, map(float, found), strict=True)),
        check=check(held_out, found, k),
        data_version=store.version,
        store=store,
        baskets=baskets,
        ways=learn(baskets, end),
    )


def _enough(baskets: Baskets, learners: int, held_out: int, days: int) -> None:
    if min(learners, held_out) < FEWEST:
        raise QuestionError(
            f"Not enough history: of {len(baskets.customers):,} customers, {min(learners, held_out):,} "
            f"bought something new in a window of {days} days, and at least {FEWEST} must.",
            "Give a longer history or longer windows (horizon_days).",
        )
