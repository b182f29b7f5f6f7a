"""A member beside the rest of its whole on the same days: a creative in a campaign, a region in a channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.findings.page import Key, matrix
from workbench.metrics import intervals
from workbench.metrics.sums import Sums

if TYPE_CHECKING:
    import numpy as np

Grids = dict[str, "np.ndarray"]
"""Fact → members × days."""


@dataclass(frozen=True)
class Pairs:
    """Members beside the rest of their whole: ratios, and the price of what is missing.

    Attributes:
        own: The member's ratio.
        rest: That of its siblings on the member's days.
        expected: What the member would have brought at the siblings' ratio.
        missing: Expected less brought.
        price: Cost of one of them among the siblings.
        p: Chance of such a gap when both have the same rate.
    """

    own: intervals.Ratio
    rest: intervals.Ratio
    expected: np.ndarray
    missing: np.ndarray
    price: np.ndarray
    p: np.ndarray

    def counts(self, group: int) -> dict[str, int]:
        """How many events a member brought, and how many its siblings' ratio would have."""
        expected, missing = float(self.expected[group]), float(self.missing[group])
        return {"n": round(expected - missing), "expected": round(expected)}

    def lost(self, group: int) -> dict[str, Any]:
        """What a member costs its whole, as a finding says it: money below nothing, with its interval."""
        apart = intervals.difference(self.own, self.rest)
        missing, gap = float(self.missing[group]), float(apart["diff"][group])
        each = float(self.price[group]) * missing / -gap if gap else 0.0
        low, high = (float(apart[name][group]) * each for name in ("diff_low", "diff_high"))
        return {
            "effect": -missing * float(self.price[group]),
            "effect_range": (low, high) if low == low and high == high else None,
        }


def wholes(keys: list[Key], name: str) -> np.ndarray:
    """Number of the whole of each member: members of one `name` belong together."""
    import pandas as pd

    codes: np.ndarray = pd.factorize(
        pd.Series([key[name] for key in keys], dtype=object), use_na_sentinel=False
    )[0]
    return codes


def pairs(sums: Sums, whole: np.ndarray, terms: tuple[str, str]) -> Pairs:
    """Set every member beside its whole without it, over the days on which it ran.

    Args:
        sums: Sums by member and day.
        whole: Number of the whole that each member belongs to.
        terms: Numerator and denominator of the ratio.
    """
    import numpy as np

    days = np.unique(sums.day)
    own = {fact: matrix(sums, fact, days) for fact in {*terms, "cost"}}
    ran = own[terms[1]] > 0
    rest = {fact: _others(values, whole) * ran for fact, values in own.items()}
    top, bottom = terms
    mine, theirs = _ratio(own[top], own[bottom]), _ratio(rest[top], rest[bottom])
    expected = np.nan_to_num(theirs.value) * own[bottom].sum(axis=1)
    price = intervals.quotient(rest["cost"].sum(axis=1), rest[top].sum(axis=1))
    return Pairs(
        mine,
        theirs,
        expected,
        expected - own[top].sum(axis=1),
        np.nan_to_num(price),
        _paired(own, rest, top, bottom),
    )


def _paired(own: Grids, rest: Grids, top: str, bottom: str) -> np.ndarray:
    """t-test over days of events less the share that equal rates would give (Mantel & Haenszel 1959).

    Both sides share their days, so what lifts or sinks a whole day cancels; a creative that broke in
    mid-period is found although its own days scatter.
    """
    import numpy as np
    from scipy.special import stdtr

    both = (own[bottom] > 0) & (rest[bottom] > 0) & (own[top] + rest[top] > 0)
    share = own[bottom] / np.maximum(own[bottom] + rest[bottom], 1.0)
    gap = np.where(both, own[top] - (own[top] + rest[top]) * share, 0.0)
    days = both.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = gap.sum(axis=1) / days
        error = np.sqrt((((gap - mean[:, None]) * both) ** 2).sum(axis=1) / (days - 1) / days)
        p: np.ndarray = 2 * stdtr(np.maximum(days - 1, 1), -np.abs(mean / error))
    return np.where(days >= intervals.FEWEST_DAYS, p, np.nan)


def _others(values: np.ndarray, number: np.ndarray) -> np.ndarray:
    import numpy as np

    whole = np.zeros((int(number.max(initial=-1)) + 1, values.shape[1]))
    np.add.at(whole, number, values)
    others: np.ndarray = whole[number] - values
    return others


def _ratio(top: np.ndarray, bottom: np.ndarray) -> intervals.Ratio:
    import numpy as np

    value = intervals.quotient(top.sum(axis=1), bottom.sum(axis=1))
    group = np.repeat(np.arange(len(top)), top.shape[1])
    return intervals.ratio(value, top.ravel(), bottom.ravel(), group, 0.0, 1.0)
