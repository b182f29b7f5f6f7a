"""Past advice of a workspace: what its plans would have been worth, judged by what came after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from workbench.metrics.periods import Period
from workbench.plans.backtest import Backtest, backtest
from workbench.plans.fits import KEPT, Asked, asked_of
from workbench.plans.history import WEEK, history

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

WEEKS, LEAST, MOVE = 4, 26, 0.5
"""Weeks that a plan is for, weeks known before the first one, and how far from the split before it may go."""


def past_advice(
    store: Store,
    by: str | Sequence[str] = ("channel",),
    where: Mapping[str, Any] | None = None,
    outcome: str = "conversions",
) -> Backtest:
    """Would past advice have been good: plans on what was known then, judged by a later fit.

    Every four weeks a plan is made on the curves of the weeks before. It is judged beside the split before
    and the one that was spent, at the same money, on curves that have seen its own weeks, too. Remembered by
    data version.

    Args:
        store: The workspace. by: As `propose` takes it. where: The same. outcome: The same.

    Raises:
        QuestionError: for too short a history, or what is missing for curves.
    """
    return _tested(asked_of(store, by, where, outcome))


@lru_cache(maxsize=KEPT)
def _tested(asked: Asked) -> Backtest:
    where = asked.filters
    weekly = history(asked.store, asked.by, asked.outcome, where=where)
    first = min(weekly["time"], default=dt.date.min)

    @cache
    def known(last: dt.date) -> pd.DataFrame:
        """The curves of all weeks up to one."""
        from workbench.response import from_store

        end = last + dt.timedelta(days=WEEK - 1)
        period = Period(first, end, f"{first}..{end}")
        return from_store(asked.store, asked.by, asked.outcome, period, where, draws=0).curves()

    return backtest(weekly, lambda rows: known(max(rows["time"])), horizon=WEEKS, least=LEAST, move=MOVE)
