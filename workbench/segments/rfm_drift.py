"""RFM segments of two days on one scale: who went from which to which."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench.arguments import right_kinds
from workbench.errors import QuestionError
from workbench.segments.drifting import Drift, drift
from workbench.segments.rfm import rfm
from workbench.segments.rules.clock import clock

if TYPE_CHECKING:
    from workbench.data import Store


@right_kinds
def rfm_drift(
    store: Store, days: int = 90, as_of: dt.date | str | None = None, currency: str | None = None
) -> Drift:
    """Compare the RFM segments of a day with those of `days` before, by the thresholds of the earlier day.

    Args:
        store: The store.
        days: Days between the two.
        as_of: The later day; None: the last day on which customers did anything.
        currency: ISO 4217 code of the amounts; needed where a store has several.

    Raises:
        QuestionError: for no positive number of days, or several currencies without a choice.
    """
    if type(days) is not int or days < 1:
        raise QuestionError(f"{days!r} is no number of days.", "Give a whole number from 1.")
    last = clock(store, as_of).as_of
    before = rfm(store, last - dt.timedelta(days), currency=currency)
    return drift(before, rfm(store, last, thresholds=before.thresholds, currency=currency))
