"""The answer of `fit_contracts`: survival, churn risk and remaining value of contracts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers import kaplan, sbg
from workbench.customers.fitting import Fit
from workbench.customers.model import YEAR, check
from workbench.customers.remarks import Remark
from workbench.errors import unknown
from workbench.i18n import formats

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ENDS = (0.025, 0.975)
CELLS = 2_000_000
"""Customer × draw held at once."""

SCALES = ("renewals", "days")


@dataclass(frozen=True, eq=False)
class ContractModel:
    """Fitted shifted-beta-geometric model of contracts.

    Attributes:
        spells: One row a relationship: `customer_id, start, end, renewals, settled, left, length, amount`.
        late: Days that renewals came late, in order.
        grace_days: Days after a contract in which the next one still renews it.
        fit: The fit, in the form of `sbg.natural`.
        as_of: Last day that counted.
        currency: ISO 4217 code; `XXX`: not known.
        remarks: What was left out or cannot be told; `.sentence("en")`.
        data_version: Version of the store; None for a frame.
    """

    spells: pd.DataFrame = field(repr=False)
    late: np.ndarray = field(repr=False)
    grace_days: int
    fit: Fit = field(repr=False)
    as_of: dt.date
    currency: str
    remarks: tuple[Remark, ...]
    data_version: int | None

    @cached_property
    def params(self) -> Mapping[str, float]:
        """`alpha, beta`: θ, the probability to leave at a renewal, is Beta(α, β) among customers."""
        return MappingProxyType(dict(zip(sbg.NAMES, map(float, sbg.natural(self.fit.theta)), strict=True)))

    @property
    def errors(self) -> Mapping[str, float]:
        """Standard errors of the parameters (delta method); NaN where the data leave them open."""
        import numpy as np

        turn = sbg.slopes(self.fit.theta)
        spread = np.sqrt(np.diag(turn @ self.fit.covariance @ turn.T))
        found = np.where(self.fit.at_edge.any(), np.nan, spread)
        return dict(zip(sbg.NAMES, map(float, found), strict=True))

    @right_kinds
    def curve(self, by: str = "renewals", ahead: int = 4) -> pd.DataFrame:
        """The share that is still there.

        Args:
            by: `renewals`: after each renewal; `days`: after each day on which a contract ended.
            ahead: Renewals beyond those seen to which the model projects.

        Returns:
            Kaplan-Meier `time, at_risk, left, survival, low, high` (95%; missing beyond what was seen); by
            renewals also the model's `fitted, fitted_low, fitted_high` (95% of the parameters).

        Raises:
            QuestionError: for an unknown `by`.
        """
        if by not in SCALES:
            raise unknown("scale of a survival curve", by, SCALES)
        left = self.spells["left"].to_numpy()
        if by == "days":
            return kaplan.curve(self._days_known(), left)
        seen = kaplan.curve(self.spells["settled"].to_numpy() + left, left)
        return self._with_model(seen, ahead)

    @right_kinds
    def predict(
        self,
        horizon_days: float = 365,
        draws: int = 1000,
        margin: float = 1.0,
        discount_rate: float = 0.0,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Foresee each running relationship.

        Renewals come after each `length` of the last contract and bring its amount again.

        Args:
            horizon_days: Days after `as_of`.
            draws: Futures of each customer behind the intervals.
            margin: Share of an amount that stays; 1: the value is revenue.
            discount_rate: Of a year, such as 0.1.
            seed: Of the random numbers.

        Returns:
            One row a relationship that had not ended, ordered by customer: `customer_id, since, ends`
            (last day of the contract), `renewals` (so far), `due` (renewals due in the horizon), `amount`;
            `p_churn` (leaves at one of them) with `p_churn_low, p_churn_high` (95%, parameters);
            `expected_renewals`; `value` (expected, discounted money of renewals in the horizon) with
            `value_low, value_high` (95% of what this customer will bring).

        Raises:
            QuestionError: for settings that make no sense.
        """
        check(horizon_days, draws, margin, discount_rate)
        rows = self.spells[self.spells["left"] == 0].sort_values("customer_id", kind="stable")
        ahead = _ahead(rows, self.late, self.as_of, horizon_days, math.log1p(discount_rate) / YEAR)
        found = self._expected(ahead)
        low, high, ends = self._drawn(ahead, draws, seed)
        money = margin * rows["amount"].to_numpy()
        table = rows[["customer_id", "start", "end", "renewals", "amount"]].reset_index(drop=True)
        table = table.rename(columns={"start": "since", "end": "ends"}).assign(
            due=ahead.due,
            p_churn=found[0],
            p_churn_low=low,
            p_churn_high=high,
            expected_renewals=found[1],
            value=money * found[2],
            value_low=money * ends[0],
            value_high=money * ends[1],
        )
        table.attrs = {"horizon_days": horizon_days, "margin": margin, "currency": self.currency}
        return table

    def sentence(self, lang: str = "en") -> str:
        """What was fitted, in words."""
        alpha, beta = self.params.values()
        return i18n.text(
            "customers.contracts",
            lang,
            n=formats.number(len(self.spells), lang),
            running=formats.number(int((self.spells["left"] == 0).sum()), lang),
            first=formats.percent(alpha / (alpha + beta), lang, 1),
            later=formats.percent(alpha / (alpha + beta + 3), lang, 1),
            day=formats.date(self.as_of, lang),
        )

    def to_frame(self) -> pd.DataFrame:
        """One row a parameter: `parameter, value, error`."""
        import pandas as pd

        rows = [(name, value, self.errors[name]) for name, value in self.params.items()]
        return pd.DataFrame(rows, columns=["parameter", "value", "error"])

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, one a parameter, and what the model says of itself."""
        rows = self.to_frame().astype(object).where(lambda table: table.notna(), None).to_dict("records")
        return {
            "rows": rows,
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "n": len(self.spells),
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(remark.sentence('en'))}</p>" for remark in self.remarks)
        return f"<p>{escape(self.sentence('en'))}</p>{self.curve().to_html(index=False)}{said}"

    def _days_known(self) -> np.ndarray:
        """Days of each relationship up to its end, or to the first day whose renewal is not settled."""
        import numpy as np

        begun = self.spells["start"].to_numpy()
        whole = (self.spells["end"].to_numpy() - begun).astype("timedelta64[D]").astype(np.int64) + 1
        now = (np.datetime64(self.as_of) - begun).astype("timedelta64[D]").astype(np.int64) - self.grace_days
        open_ = np.maximum(np.minimum(whole - 1, now), 0)
        found: np.ndarray = np.where(self.spells["left"] == 1, whole, open_)
        return found

    def _parameters(self, size: int, seed: int) -> np.ndarray:
        """α and β drawn from the normal approximation of the fit; (2, size)."""
        import numpy as np

        rng = np.random.default_rng([seed, 1])
        drawn = rng.multivariate_normal(self.fit.theta, self.fit.covariance, size, method="eigh")
        return sbg.natural(drawn.T)

    def _with_model(self, seen: pd.DataFrame, ahead: int) -> pd.DataFrame:
        import numpy as np
        import pandas as pd

        last = int(self.spells["settled"].max()) + ahead
        time = np.arange(1, last + 1)
        alpha, beta = self._parameters(2000, 0)
        low, high = np.quantile(sbg.survival(alpha[:, None], beta[:, None], time), ENDS, axis=0)
        fitted = sbg.survival(self.params["alpha"], self.params["beta"], time)
        model = pd.DataFrame({"time": time, "fitted": fitted, "fitted_low": low, "fitted_high": high})
        return model.merge(seen, on="time", how="left")[[*seen.columns, *model.columns[1:]]]

    def _expected(self, ahead: _Ahead) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of each relationship: P(leaves), expected renewals, and expected discounted ones."""
        import numpy as np

        alpha, beta = self.params.values()
        first, n = ahead.first(alpha, beta), ahead.renewals + 1
        renewals, discounted = np.zeros(len(n)), np.zeros(len(n))
        for step in range(int(ahead.due.max(initial=0))):
            stays = np.where(step < ahead.due, first * sbg.survival(alpha, beta + n, step), 0.0)
            renewals += stays
            discounted += stays * ahead.factor(step)
        return ahead.risk(alpha, beta), renewals, discounted

    def _drawn(self, ahead: _Ahead, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ends of the interval of P(leaves), and of the discounted renewals that come.

        Who renews the first time has then shown it: θ ~ Beta(α, β + n + 1), and more follow geometrically.
        """
        import numpy as np

        alpha, beta = self._parameters(draws, seed)
        rng = np.random.default_rng([seed, 2])
        step = max(1, CELLS // draws)
        risk, ends = np.empty((2, len(ahead.due))), np.empty((2, len(ahead.due)))
        for start in range(0, len(ahead.due), step):
            rows = slice(start, start + step)
            some = ahead.part(rows)
            risk[:, rows] = np.quantile(some.risk(alpha, beta), ENDS, axis=1)
            first = rng.random((len(some.due), draws)) < some.first(alpha, beta)
            leaves = np.maximum(rng.beta(alpha, beta + some.renewals + 1), 1e-12)
            more = np.log(rng.random(leaves.shape)) / np.log1p(-leaves)
            came = np.where(first, np.minimum(1 + np.minimum(more, 1e6).astype(np.int64), some.due), 0)
            ends[:, rows] = np.quantile(some.worth(came), ENDS, axis=1)
        return risk[0], risk[1], ends


@dataclass(frozen=True, eq=False)
class _Ahead:
    """Renewals to come; one entry a relationship.

    Attributes:
        renewals: So far. due: In the horizon.
        wait: Days to the next. length: Days between two.
        silent: Share of renewals that come later than this one's silence already lasts; 1 before its day.
        decay: Continuous discount rate a day.
    """

    renewals: np.ndarray
    due: np.ndarray
    wait: np.ndarray
    length: np.ndarray
    silent: np.ndarray
    decay: float

    def part(self, rows: slice) -> _Ahead:
        """Some relationships, as columns."""
        names = ("renewals", "due", "wait", "length", "silent")
        columns: Any = {name: getattr(self, name)[rows][:, None] for name in names}
        return _Ahead(**columns, decay=self.decay)

    def first(self, alpha: np.ndarray | float, beta: np.ndarray | float) -> np.ndarray:
        """P(renews next time | silent so far), by Bayes: who leaves is always silent."""
        stays = sbg.survival(alpha, beta + self.renewals, 1)
        found: np.ndarray = stays * self.silent / (stays * self.silent + 1 - stays)
        return found

    def risk(self, alpha: np.ndarray | float, beta: np.ndarray | float) -> np.ndarray:
        """P(leaves at one of the renewals due)."""
        import numpy as np

        later = sbg.survival(alpha, beta + self.renewals + 1, np.maximum(self.due - 1, 0))
        return np.where(self.due > 0, 1 - self.first(alpha, beta) * later, 0.0)

    def factor(self, step: int) -> np.ndarray:
        """Discount of the renewal after `step` others."""
        import numpy as np

        found: np.ndarray = np.exp(-self.decay * (self.wait + step * self.length))
        return found

    def worth(self, came: np.ndarray) -> np.ndarray:
        """Discounted number of renewals: a geometric sum."""
        import numpy as np

        if not self.decay:
            return came.astype(float)
        fall = self.decay * self.length
        found: np.ndarray = np.exp(-self.decay * self.wait) * np.expm1(-fall * came) / np.expm1(-fall)
        return found


def _ahead(rows: pd.DataFrame, late: np.ndarray, as_of: dt.date, horizon: float, decay: float) -> _Ahead:
    """A contract's renewal is due on its last day, and one in its grace now."""
    import numpy as np

    until = (rows["end"].to_numpy() - np.datetime64(as_of)).astype("timedelta64[D]").astype(float)
    wait, length = np.maximum(until, 0.0), rows["length"].to_numpy(float)
    due = np.where(wait <= horizon, np.floor((horizon - wait) / length) + 1, 0).astype(np.int64)
    later = len(late) - np.searchsorted(late, -until, side="left")
    silent = np.where(until < 0, (later + 0.5) / (len(late) + 1), 1.0)
    return _Ahead(rows["renewals"].to_numpy(), due, wait, length, silent, decay)
