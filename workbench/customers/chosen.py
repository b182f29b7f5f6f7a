"""Whom to address: the customers whose probability is highest, and what they will probably do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.errors import QuestionError
from workbench.i18n import formats

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.customers.propensity_model import PropensityModel

Z = 1.959964
DIGITS = 3
"""Significant digits of the threshold, which people read in the rule."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """The customers with the highest probability.

    Attributes:
        outcome: `buy`, `churn` or `respond`.
        horizon_days: Days that the probability is of.
        share: Share of the customers that was asked for.
        threshold: Least probability of the chosen; rounded down, so a few more may be in than asked for.
        table: One row a customer, the likeliest first: `customer_id, p, p_low, p_high`, and for `respond`
            `method`: the one with the highest probability.
        of: Customers there are.
        expected: How many of the chosen will do it; `low, high`: 95%, of chance and of the calibration.
        captured: Share of all who will do it that are among the chosen, as foretold.
    """

    outcome: str
    horizon_days: int
    share: float
    threshold: float
    table: pd.DataFrame = field(repr=False)
    of: int
    expected: float
    low: float
    high: float
    captured: float

    @property
    def customers(self) -> int:
        """How many are chosen."""
        return len(self.table)

    @property
    def lift(self) -> float:
        """How many times more of the chosen will do it than of as many at random."""
        return self.captured * self.of / self.customers

    def sentence(self, lang: str = "en") -> str:
        """Who is chosen, and what is to be expected of them."""
        counts = {
            "customers": self.customers, "of": self.of, "expected": self.expected,
            "low": self.low, "high": self.high,
        }  # fmt: skip
        return i18n.text(
            "customers.chosen_respond" if self.outcome == "respond" else "customers.chosen",
            lang,
            outcome=i18n.text(f"customers.outcome_{self.outcome}", lang),
            share=formats.percent(self.customers / self.of, lang, 0),
            threshold=formats.percent(self.threshold, lang, 1),
            days=formats.number(self.horizon_days, lang),
            captured=formats.percent(self.captured, lang, 0),
            lift=formats.number(self.lift, lang, 1),
            **{name: formats.number(round(value), lang) for name, value in counts.items()},
        )


def chosen(model: PropensityModel, share: float) -> Chosen:
    """As `PropensityModel.best`."""
    import numpy as np

    if not 0 < share <= 1:
        raise QuestionError(f"share is {share!r}.", "Give a share above 0 and up to 1, such as 0.2.")
    whole = each(model)
    p = whole["p"].to_numpy()
    number = max(1, math.ceil(share * len(p)))
    threshold = _rounded_down(float(p[number - 1]))
    size = int(np.searchsorted(-p, -threshold, side="right"))
    low, high = _interval(model, p[:size])
    return Chosen(
        outcome=model.outcome,
        horizon_days=model.horizon_days,
        share=share,
        threshold=threshold,
        table=whole.head(size).copy(),
        of=len(p),
        expected=float(p[:size].sum()),
        low=low,
        high=high,
        captured=float(p[:size].sum() / p.sum()),
    )


def each(model: PropensityModel) -> pd.DataFrame:
    """One row a customer, the likeliest first; of several methods of contact the likeliest.

    Customers of equal probability stand in the order of their id.
    """
    found = model.predict().sort_values(["p", "customer_id"], ascending=[False, True], kind="stable")
    kept: pd.DataFrame = found.drop_duplicates("customer_id").reset_index(drop=True)
    return kept


def _rounded_down(p: float) -> float:
    """The largest number of few digits that is not above a probability."""
    if p <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(p)) - DIGITS + 1)
    return round(math.floor(p / step + 1e-9) * step, 12)


def _interval(model: PropensityModel, p: np.ndarray) -> tuple[float, float]:
    """95% interval of how many of these do it: chance, and the calibration by the delta method.

    With logit p = a + b x, where x is the logit of the score, d(Σp) = Σ p (1 − p) (da + x db).
    """
    import numpy as np

    from workbench.customers.calibration import logits

    moved = model.calibration
    x = (logits(p) - moved.intercept) / moved.slope if moved.slope else np.zeros(len(p))
    spread = p * (1 - p)
    slope = np.array([spread.sum(), (spread * x).sum()])
    half = Z * float(np.sqrt(spread.sum() + slope @ moved.covariance @ slope))
    middle = float(p.sum())
    return max(0.0, middle - half), min(float(len(p)), middle + half)


def shown_methods(table: pd.DataFrame, least: int) -> list[tuple[Any, int | None]]:
    """Methods of contact and how many are best reached so, the most first; None for a few persons."""
    counts = table["method"].value_counts(sort=True)
    return [(method, int(n) if n >= least else None) for method, n in counts.items()]
