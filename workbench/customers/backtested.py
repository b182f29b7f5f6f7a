"""The answer of `backtest`: forecasts of earlier days against what came, and what to learn from them."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.calibration import Recalibration
from workbench.customers.remarks import Remark
from workbench.i18n import formats

if TYPE_CHECKING:
    import pandas as pd

CLOSE = 0.10
"""A total within ±10% of what came is close enough to plan by."""

COVERS = 0.93
"""Intervals that claim 95% and hold at least this share keep their word."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What windows of the past teach about forecasts of the same horizon.

    Attributes:
        probability: Moves the probability to order.
        orders, money: Factors of expected orders and of values with their intervals.
        windows: Windows it was learnt on.
    """

    probability: Recalibration
    orders: float
    money: float
    windows: int

    @right_kinds
    def apply(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table of forecasts, moved; columns that are not there are not missed."""
        columns: dict[str, Any] = {"p_order": self.probability.apply(table["p_order"].to_numpy())}
        columns["expected_orders"] = self.orders * table["expected_orders"]
        money = [name for name in ("clv", "clv_low", "clv_high") if name in table]
        columns |= {name: self.money * table[name] for name in money}
        return table.assign(**columns)


@dataclass(frozen=True, eq=False)
class Origin:
    """One day of the past and the window after it.

    Attributes:
        day: Last day that was known. until: Last day of the window.
        n: Customers known then.
        learnt_on: Windows that had ended by then, behind `after`; 0: none.
        orders, money, ordered: What came: occasions, amount, share of customers with an order.
        before: Figures as foretold. after: The same after recalibration; empty where nothing was learnt.
        curve, curve_after: Probability to order, foretold against came, by bin.
        by_value: Mean money, foretold against come, by tenth of the foretold value.
    """

    day: dt.date
    until: dt.date
    n: int
    learnt_on: int
    orders: int
    money: float
    ordered: float
    before: Mapping[str, float]
    after: Mapping[str, float]
    curve: pd.DataFrame = field(repr=False)
    curve_after: pd.DataFrame | None = field(repr=False)
    by_value: pd.DataFrame = field(repr=False)


@dataclass(frozen=True, eq=False)
class BackTest:
    """The answer of `backtest`.

    Attributes:
        origins: Days of the past, oldest first.
        calibration: Learnt on all windows, for `ClvModel.predict(..., calibration=...)`.
        horizon_days: Length of each window.
        as_of: Last day that counted.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        remarks: What was left out or cannot be told; `.sentence("en")`.
        data_version: Version of the store; None for a frame.
    """

    origins: tuple[Origin, ...]
    calibration: Calibration | None
    horizon_days: int
    as_of: dt.date
    currency: str
    remarks: tuple[Remark, ...]
    data_version: int | None

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an origin: what was foretold and came, and how far apart.

        Returns:
            `origin, until, n, learnt_on`; `orders, money, ordered` (what came); `orders_foretold`,
            `money_foretold`; `bias_orders`, `bias_money` (foretold over come, less 1) with `_low, _high`
            (95% over customers); `coverage` of the 95% intervals of money with `_low, _high`, and the shares
            `below, above`; of the probability to order in the window: `ece` (calibration error),
            `ece_noise` and `ece_limit` (what right probabilities would show: mean, and 95% limit), `brier`,
            `brier_base` (of the share alone), `auc` with `_low, _high`. The same with `_after`: after
            recalibration; missing where nothing was learnt yet.
        """
        import pandas as pd

        return pd.DataFrame([_row(origin) for origin in self.origins])

    @property
    def curve(self) -> pd.DataFrame:
        """Foretold against came: `origin, stage` (before or after), `foretold, came, low, high, n`."""
        import pandas as pd

        parts = [
            table.drop(columns="noise").assign(origin=origin.day, stage=stage)
            for origin in self.origins
            for stage, table in (("before", origin.curve), ("after", origin.curve_after))
            if table is not None
        ]
        return pd.concat(parts, ignore_index=True)[
            ["origin", "stage", "foretold", "came", "low", "high", "n"]
        ]

    @property
    def last(self) -> Origin:
        """The latest origin: its window ends on `as_of`."""
        return self.origins[-1]

    @property
    def verdict(self) -> str:
        """`good`: the latest total was within 10% and the intervals hold; else `total` or `intervals`."""
        figures = self.last.after or self.last.before
        if not abs(figures["bias_money"]) <= CLOSE:
            return "total"
        return "good" if figures["coverage_high"] >= COVERS else "intervals"

    @property
    def helps(self) -> bool | None:
        """Whether recalibration brought totals and probabilities nearer, on average over the origins that had
        something to learn from; None where none had."""
        moved = [origin for origin in self.origins if origin.after]
        if not moved:
            return None
        gains = [
            sum(abs(origin.before[name]) - abs(origin.after[name]) for origin in moved)
            for name in ("ece", "bias_money")
        ]
        return min(gains) > 0

    def advice(self, lang: str = "en") -> str:
        """Whether to recalibrate, in words; empty where it could not be tested."""
        return "" if self.helps is None else i18n.text(f"customers.recalibrate_{_word(self.helps)}", lang)

    def sentence(self, lang: str = "en") -> str:
        """What the back-test says, in words: totals, intervals, and the calibration error."""
        last = self.last
        key = "tested_again" if last.after else "tested_once"
        figures, after = last.before, last.after or last.before
        return i18n.text(
            f"customers.{key}",
            lang,
            day=formats.date(last.day, lang),
            days=formats.number(self.horizon_days, lang),
            bias=formats.change(figures["bias_money"], lang),
            bias_after=formats.change(after["bias_money"], lang),
            coverage=formats.percent(after["coverage"], lang, 1),
            ece=formats.percent(figures["ece"], lang, 1),
            ece_after=formats.percent(after["ece"], lang, 1),
        )

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    @right_kinds
    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, one an origin, and what the answer says of itself."""
        rows = [{name: _plain(value) for name, value in _row(origin).items()} for origin in self.origins]
        return {
            "rows": rows,
            "as_of": self.as_of.isoformat(),
            "horizon_days": self.horizon_days,
            "currency": self.currency,
            "verdict": self.verdict,
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(remark.sentence('en'))}</p>" for remark in self.remarks)
        head = escape(f"{self.sentence('en')} {self.advice('en')}")
        return f"<p>{head}</p>{self.table.to_html(index=False)}{said}"


def _row(origin: Origin) -> dict[str, Any]:
    after = {f"{name}_after": origin.after.get(name, math.nan) for name in origin.before}
    return {
        "origin": origin.day,
        "until": origin.until,
        "n": origin.n,
        "learnt_on": origin.learnt_on,
        "orders": origin.orders,
        "money": origin.money,
        "ordered": origin.ordered,
        **origin.before,
        **after,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if isinstance(value, float) and math.isnan(value) else value


def _word(fine: bool) -> str:
    return "yes" if fine else "no"
