"""The answer of `fit_clv`: parameters with errors, and what each customer is expected to bring."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers import bgnbd, spend
from workbench.customers.fitting import Fit
from workbench.customers.foresee import Draws, Histories, intervals, totals
from workbench.customers.occasions import Occasions
from workbench.customers.remarks import Remark
from workbench.errors import QuestionError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.customers.backtested import Calibration

LEVEL = 0.95
FEWEST_DRAWS = 100
"""Futures that the tails of a 95% interval need."""

YEAR = 365.25


@dataclass(frozen=True, eq=False)
class ClvModel:
    """Fitted BG/NBD and Gamma-Gamma models.

    Attributes:
        params: `r, alpha, a, b` (α in `time_unit`s) and `p, q, v` (v in currency units).
        errors: Their standard errors; NaN for a parameter that the data leave open.
        as_of: Last day that counted.
        time_unit: `day` or `week`.
        days: Days in it.
        currency: ISO 4217 code; `XXX`: not known.
        n: Customers.
        n_spend: Customers with a repeat order of an amount above 0: those behind `p, q, v`.
        log_likelihood: Of the purchases, at the top.
        remarks: What was left out or cannot be told; `.sentence("en")`.
        data_version: Version of the store; None for a frame.
        history: Occasions of each customer.
        purchase, amounts: The fits, with covariances of the logarithms.
    """

    params: Mapping[str, float]
    errors: Mapping[str, float]
    as_of: dt.date
    time_unit: str
    days: int
    currency: str
    n: int
    n_spend: int
    log_likelihood: float
    remarks: tuple[Remark, ...]
    data_version: int | None
    history: Occasions = field(repr=False)
    purchase: Fit = field(repr=False)
    amounts: Fit = field(repr=False)

    @right_kinds
    def predict(
        self,
        horizon_days: float = 365,
        draws: int = 2000,
        margin: float = 1.0,
        discount_rate: float = 0.0,
        seed: int = 0,
        calibration: Calibration | None = None,
        level: float = LEVEL,
    ) -> pd.DataFrame:
        """Foresee each customer.

        Args:
            horizon_days: Days after `as_of`.
            draws: Futures of each customer behind the interval.
            margin: Share of an amount that stays; 1: the value is revenue.
            discount_rate: Of a year, such as 0.1.
            seed: Of the random numbers.
            calibration: What a back-test of this horizon learnt, `backtest(...).calibration`; it moves
                orders, values and `p_order`, not `p_alive`.
            level: Share of customers that their interval holds, such as 0.8.

        Returns:
            One row a customer, ordered by id: `customer_id`; `expected_orders` (occasions in the horizon);
            `p_alive` (at `as_of`); `p_order` (of at least one order in the horizon; 1 less it is the churn
            risk over the horizon); `clv` (expected, discounted margin in the horizon, currency units) at the
            fitted parameters; `clv_low`, `clv_high`: predictive interval, 95% unless `level` says else, of
            what this customer will bring: chance of buying, leaving and spending, and the parameters' own
            uncertainty (normal in their logarithms). `.attrs` says the settings and, in `remarks`, what to
            mind.

        Raises:
            QuestionError: for settings that make no sense.
        """
        check(horizon_days, draws, margin, discount_rate, level)
        table = self.expect(horizon_days, margin, discount_rate)
        low, high = self.bounds(horizon_days, draws, discount_rate, seed, level=level)
        table = table.assign(clv_low=margin * low, clv_high=margin * high)
        table = calibration.apply(table) if calibration else table
        table.attrs = {
            "horizon_days": horizon_days,
            "draws": draws,
            "margin": margin,
            "discount_rate": discount_rate,
            "currency": self.currency,
            "remarks": self.foresight(horizon_days, margin),
        }
        return table

    @right_kinds
    def expect(self, horizon_days: float, margin: float = 1.0, discount_rate: float = 0.0) -> pd.DataFrame:
        """As `predict`, without intervals: what costs little for millions of customers."""
        import pandas as pd

        check(horizon_days, FEWEST_DRAWS, margin, discount_rate)
        horizon, decay = self._scaled(horizon_days, discount_rate)
        alive, order, often, discounted = self._expected(horizon, decay)
        past = self._known()
        each = spend.mean(tuple(self.params[name] for name in spend.NAMES), past.payers, past.money)
        columns = {
            "customer_id": self.history.customer_id,
            "expected_orders": alive * often,
            "p_alive": alive,
            "p_order": alive * order,
            "clv": margin * alive * discounted * each,
        }
        return pd.DataFrame(columns)

    @right_kinds
    def bounds(
        self,
        horizon_days: float,
        draws: int,
        discount_rate: float = 0.0,
        seed: int = 0,
        rows: np.ndarray | None = None,
        level: float = LEVEL,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the predictive intervals of revenue, of all customers or of some rows."""
        known = self._known() if rows is None else self._known().some(rows)
        horizon, decay = self._scaled(horizon_days, discount_rate)
        return intervals(known, self._draws(draws, seed), horizon, decay, level, seed)

    @right_kinds
    def totals(
        self,
        horizon_days: float,
        group: np.ndarray,
        groups: int,
        draws: int = 200,
        seed: int = 0,
        rows: np.ndarray | None = None,
    ) -> np.ndarray:
        """Revenue of each group of customers in each of some futures; (groups, draws).

        Args:
            horizon_days: Days after `as_of`.
            group: Number of each counted customer's group, in the order of `predict`.
            groups: How many there are.
            draws: Futures.
            seed: Of the random numbers.
            rows: Customers that count; all where not given.
        """
        horizon, decay = self._scaled(horizon_days, 0.0)
        known = self._known() if rows is None else self._known().some(rows)
        return totals(known, self._draws(draws, seed), horizon, decay, group, groups, seed)

    def to_frame(self) -> pd.DataFrame:
        """One row a parameter: `parameter, value, error`."""
        import pandas as pd

        rows = [(name, value, self.errors[name]) for name, value in self.params.items()]
        return pd.DataFrame(rows, columns=["parameter", "value", "error"])

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, one a parameter (error null: open), and what the model says of itself."""
        rows = [
            {"parameter": name, "value": value, "error": None if math.isnan(error) else error}
            for (name, value), error in zip(self.params.items(), self.errors.values(), strict=True)
        ]
        names = ("time_unit", "currency", "n", "n_spend", "log_likelihood", "data_version")
        about = {name: getattr(self, name) for name in names}
        remarks = [{"code": remark.code, **remark.values} for remark in self.remarks]
        return {
            "rows": rows,
            "as_of": self.as_of.isoformat(),
            "remarks": remarks,
            **about,
        }

    def sentence(self, lang: str = "en") -> str:
        """What was fitted, in words."""
        from workbench.i18n import formats

        return i18n.text(
            "customers.fitted",
            lang,
            n=formats.number(self.n, lang),
            n_spend=formats.number(self.n_spend, lang),
            day=formats.date(self.as_of, lang),
        )

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(remark.sentence('en'))}</p>" for remark in self.remarks)
        return f"<p>{escape(self.sentence('en'))}</p>{self.to_frame().to_html(index=False)}{said}"

    def _scaled(self, horizon_days: float, discount_rate: float) -> tuple[float, float]:
        """Horizon and continuous discount rate in the unit of α."""
        return horizon_days / self.days, math.log1p(discount_rate) * self.days / YEAR

    def _expected(self, horizon: float, decay: float) -> tuple[np.ndarray, ...]:
        """P(alive); of who is alive, P(an order) and expected occasions, plain and discounted."""
        import numpy as np

        values = tuple(self.params[name] for name in bgnbd.NAMES)
        same = bgnbd.grouped(self.history.x, self.history.last, self.history.age, self.days)
        alive = bgnbd.p_alive(values, same.x, same.last, same.age)
        with np.errstate(over="ignore"):
            often = bgnbd.expected(values, same.x, same.age, horizon)
            discounted = bgnbd.expected(values, same.x, same.age, horizon, decay) if decay else often
        order = bgnbd.p_order(values, same.x, same.age, horizon)
        return tuple(values[same.inverse] for values in (alive, order, often, discounted))

    def _known(self) -> Histories:
        import numpy as np

        past = self.history
        usable = (past.x > 0) & (past.money > 0)
        return Histories(
            x=past.x,
            last=past.last / self.days,
            age=past.age / self.days,
            payers=np.where(usable, past.x, 0),
            money=np.where(usable, past.money, 0.0),
        )

    def _draws(self, size: int, seed: int) -> Draws:
        """Parameters from the normal approximation in logarithms."""
        import numpy as np

        rng = np.random.default_rng([seed, 1])
        purchase, amounts = (
            rng.multivariate_normal(fit.theta, fit.covariance, size, method="eigh")
            for fit in (self.purchase, self.amounts)
        )
        p, more, v = np.exp(amounts).T
        return Draws(tuple(np.exp(purchase).T), (p, 1 + more, v))

    @right_kinds
    def foresight(self, horizon_days: float, margin: float = 1.0) -> tuple[Remark, ...]:
        """Remarks on a prediction of so many days, and of revenue."""
        span = int(self.history.age.max(initial=0))
        far = (Remark.of("far", days=int(horizon_days), span=span),) if horizon_days > span else ()
        return far + ((Remark.of("revenue"),) if margin == 1 else ())


def check(horizon_days: float, draws: int, margin: float, discount_rate: float, level: float = LEVEL) -> None:
    """Refuse settings of a prediction that make no sense.

    Raises:
        QuestionError: for what is out of range.
    """
    rules = (
        (0 < horizon_days < math.inf, f"horizon_days is {horizon_days!r}", "Give a number of days above 0."),
        (draws >= FEWEST_DRAWS, f"draws is {draws!r}", "Give at least 100: a 95% interval needs its tails."),
        (0 < margin <= 1, f"margin is {margin!r}", "Give a share above 0 and up to 1."),
        (0 <= discount_rate < 10, f"discount_rate is {discount_rate!r}", "Give a yearly rate, such as 0.1."),
        (0 < level < 1, f"level is {level!r}", "Give a share between 0 and 1, such as 0.95."),
    )
    for fine, what, fix in rules:
        if not fine:
            raise QuestionError(f"{what}, which makes no sense.", fix)
