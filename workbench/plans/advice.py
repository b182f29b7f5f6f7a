"""Past advice of a workspace: what its plans would have been worth, judged by what came after."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError
from workbench.metrics.money import reporting_in
from workbench.metrics.periods import Period
from workbench.plans.backtest import TIE, Backtest, backtest, same_cells, total
from workbench.plans.fits import KEPT, Asked, Fitted, asked_of
from workbench.plans.history import WEEK, history
from workbench.plans.steer import Steering, steered

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


@dataclass(frozen=True)
class Advised:
    """A split of the budget as `propose` would have advised it on a past day.

    Attributes:
        end: Last day that was known then.
        low: Lower end of the gain that was claimed then, its optimism taken off, responses a week.
        claimed: That gain.
        gain: What the split brings more than that of the day by the later curves, responses a week.
        split: Cell → its spend by the advice, currency units a week. today: The same of the day.
    """

    end: dt.date
    low: float
    claimed: float
    gain: float
    split: Mapping[str, float]
    today: Mapping[str, float]

    @property
    def won(self) -> bool:
        """Whether the split brings more by the later curves."""
        return self.gain > 0


def advised(
    store: Store,
    ends: Sequence[dt.date],
    where: Mapping[str, Any] | None = None,
    outcome: str = "conversions",
) -> tuple[Advised, ...]:
    """The splits that `propose` would have advised on past days, judged by later curves.

    What a split that nobody spent would have brought is never seen. Both splits are therefore judged on
    curves fitted with the weeks after the advice, too; only an experiment needs no curves to judge.

    Args:
        store: The workspace.
        ends: Last days that were known, in any order; each but the newest is judged by the one after it.
        where: Dimension → value or values to keep. outcome: A metric that adds up.

    Returns:
        One for each day but the newest, the oldest first; days with too little before them are left out.

    Raises:
        QuestionError: where even the newest day has too little before it for curves.
    """
    days = sorted(ends)
    if len(days) < 2:
        return ()
    judge = _up_to(store, days[-1], where, outcome)
    found: list[Advised] = []
    for end in reversed(days[:-1]):
        try:
            then = _up_to(store, end, where, outcome)
        except QuestionError:
            break  # what is older has even less before it
        found.append(_judged(end, then, judge.curves))
        judge = then
    return tuple(reversed(found))


def _up_to(store: Store, end: dt.date, where: Mapping[str, Any] | None, outcome: str) -> Fitted:
    """The fit of the weeks up to a day."""
    from workbench.metrics.query import first_day
    from workbench.response import from_store

    first = min(first_day(store) or end, end)
    found = reporting_in(store, store.settings.currency or "")
    model = from_store(found, ("channel",), outcome, Period(first, end, f"{first}..{end}"), where, draws=0)
    return Fitted(model, model.curves())


def _judged(end: dt.date, then: Fitted, judging: pd.DataFrame) -> Advised:
    asked = Steering(then.today.total_spend)
    plan = steered(then.curves, asked, then.draws)
    curves = same_cells(judging, then.curves)
    spends = [each.table["spend"].to_numpy(float) for each in (plan, then.today)]
    more, less = (total(curves, spend) for spend in spends)
    gain = 0.0 if abs(more - less) <= TIE * less else more - less
    said = plan.gain
    claims = (said.low, said.corrected) if said else (0.0, 0.0)
    return Advised(end, *claims, gain, *(dict(zip(curves["cell"], spend, strict=True)) for spend in spends))
