"""What an effect was worth: increments, cost of one, and the return of the money that made them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.compare.inference import fieller
from workbench.compare.result import Remark
from workbench.compare.words import Figure


@dataclass(frozen=True)
class Money:
    """Effects in money.

    Attributes:
        incremental, incremental_low, incremental_high: What would not have been, over all treated
            units and times.
        spend: What it cost beyond what would have been spent anyway.
        cost_each, cost_each_low, cost_each_high: Spend per incremental outcome; the upper end is infinite
            where the effect may be 0, and both are unknown where it may be negative.
        iroas, iroas_low, iroas_high: Incremental value per spend; NaN without a value.
        level: Confidence.
    """

    incremental: float
    incremental_low: float
    incremental_high: float
    spend: float
    cost_each: float
    cost_each_low: float
    cost_each_high: float
    iroas: float
    iroas_low: float
    iroas_high: float
    level: float = 0.95

    def remark(self, currency: str) -> Remark:
        """The verdict in money."""
        values = {
            "incremental": Figure(
                self.incremental, "number", low=self.incremental_low, high=self.incremental_high
            ),
            "spend": Figure(self.spend, "money", currency),
            "each": Figure(self.cost_each, "money", currency, self.cost_each_low, self.cost_each_high),
            "iroas": Figure(self.iroas, "multiple", currency, self.iroas_low, self.iroas_high),
        }
        known = "money" if math.isfinite(self.iroas) else "money_without_value"
        return Remark(known if self.incremental_low > 0 else f"{known}_unsure", values, "info")


@dataclass(frozen=True)
class Spent:
    """Spend that belongs to an effect, over all treated units and times.

    Attributes:
        total: Spend beyond what would have been spent anyway.
        variance: Its variance; 0 for a sum that is known.
        covariance: Its covariance with the incremental outcome.
    """

    total: float
    variance: float = 0.0
    covariance: float = 0.0


def worth(
    incremental: float,
    variance: float,
    freedom: float,
    spent: Spent,
    value: float | None,
    level: float = 0.95,
) -> Money:
    """Put an effect into money.

    Args:
        incremental: Effect over all treated units and times.
        variance: Its variance.
        freedom: Degrees of freedom.
        spent: The spend; where it is estimated too, ratios have Fieller's interval.
        value: Worth of one unit of the outcome, in the spend's currency; None: unknown.
        level: Confidence.
    """
    import numpy as np
    from scipy.special import stdtrit

    width = float(stdtrit(freedom, 0.5 + level / 2))
    reach = width * math.sqrt(variance)
    parts = (incremental, spent.total, variance, spent.variance, spent.covariance, width)
    low, high = (float(end[0]) + 1 for end in fieller(*(np.array([part]) for part in parts)))
    ratio = incremental / spent.total if spent.total else math.nan
    each_low = 1 / high if high > 0 else math.nan
    each_high = (1 / low if low > 0 else math.inf) if high > 0 else math.nan
    times = math.nan if value is None else value
    return Money(
        incremental=incremental,
        incremental_low=incremental - reach,
        incremental_high=incremental + reach,
        spend=spent.total,
        cost_each=1 / ratio if ratio else math.nan,
        cost_each_low=each_low,
        cost_each_high=each_high,
        iroas=ratio * times,
        iroas_low=low * times,
        iroas_high=high * times,
        level=level,
    )
