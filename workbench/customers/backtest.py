"""Back-test: on earlier days, with what was known then, foretell what has come since; and learn from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers import calibration as measures
from workbench.customers.backtested import BackTest, Calibration, Origin
from workbench.customers.clv import fitted
from workbench.customers.occasions import per_occasion
from workbench.customers.orders import Orders, read
from workbench.customers.purchases import MICROS
from workbench.customers.remarks import Remark, counts
from workbench.errors import QuestionError
from workbench.store.part import part_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SAMPLE = 5_000
"""Customers of an origin whose intervals are drawn: enough to see 95% to half a point."""

DRAWS = 400
Z = 1.959964


@dataclass(frozen=True, eq=False)
class _Seen:
    """One origin: what was foretold of each customer and what came.

    Attributes:
        day: Origin. until: Last day of its window.
        table: `p_order, expected_orders, clv` and `orders, money` that came; one row a customer.
        sampled: Rows whose interval was drawn; `low, high`: its ends.
    """

    day: dt.date
    until: dt.date
    table: pd.DataFrame
    sampled: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def happened(self) -> np.ndarray:
        """Whether each customer ordered in the window."""
        return (self.table["orders"].to_numpy() > 0).astype(float)


@right_kinds
def backtest(
    orders: Any,
    as_of: dt.date | str,
    horizon_days: int = 90,
    origins: int = 4,
    every_days: int | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    segment: Any = None,
) -> BackTest:
    """Fit on several earlier days and hold every forecast against what came (rolling origin).

    At each origin `fit_clv` sees the orders up to that day only. Recalibration is learnt on the windows that
    had ended by the origin, never on its own or a later one: a line in logits for the probability to order
    (Cox 1958), one factor each for orders and money.

    Args:
        orders: A store, or a pandas, Polars, Arrow or Ibis table with `customer_id, order_time, amount`.
        as_of: Last day that counts; the last window ends on it.
        horizon_days: Length of every window.
        origins: Most origins; those without enough history are named in the remarks.
        every_days: Days between two origins; the horizon where it is not given.
        timezone: Zone of times that name none, and of the days.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        draws: Futures of each sampled customer behind the interval.
        seed: Of the sample and the draws.
        segment: Of a store, a rule or a saved segment's name: its customers alone are fitted and foretold, at
            each origin those who were in it on that day; None: everybody.

    Returns:
        `.table` (one row an origin), `.curve` (foretold against came), `.calibration` (learnt on all
        windows, for `predict`), `.sentence(lang)`, `.verdict`.

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for no origin with enough history, settings that make no sense, times without a
            zone, or several currencies without a choice.
    """
    step = horizon_days if every_days is None else every_days
    _check(horizon_days, origins, step, draws)
    asked = read(orders, as_of, timezone, currency)
    part_of(orders, segment, asked.as_of)  # one that is not there is told of itself, not of each origin

    def known_on(day: dt.date) -> Orders:
        return asked if segment is None else read(part_of(orders, segment, day), as_of, timezone, currency)

    days = _days(asked.as_of, horizon_days, origins, step)
    seen, short = _looked(known_on, days, horizon_days, draws, seed)
    found = tuple(_judged(each, _learnt(_ended(seen, each))) for each in seen)
    return BackTest(
        origins=found,
        calibration=_learnt(seen),
        horizon_days=horizon_days,
        as_of=asked.as_of,
        currency=asked.currency,
        remarks=asked.remarks + short + (() if len(found) > 1 else (Remark.of("one_origin"),)),
        data_version=asked.data_version,
    )


def _check(horizon: int, origins: int, step: int, draws: int) -> None:
    rules = (
        (horizon >= 1, f"horizon_days is {horizon!r}", "Give whole days, at least 1."),
        (1 <= origins <= 24, f"origins is {origins!r}", "Give 1 to 24."),
        (step >= 1, f"every_days is {step!r}", "Give whole days, at least 1."),
        (draws >= 100, f"draws is {draws!r}", "Give at least 100: a 95% interval needs its tails."),
    )
    for fine, what, fix in rules:
        if not fine:
            raise QuestionError(f"{what}, which makes no sense.", fix)


def _days(as_of: dt.date, horizon: int, origins: int, step: int) -> list[dt.date]:
    """Origins, oldest first; the last window ends on `as_of`."""
    last = as_of - dt.timedelta(days=horizon)
    return [last - dt.timedelta(days=step * back) for back in reversed(range(origins))]


def _looked(
    known_on: Callable[[dt.date], Orders], days: list[dt.date], horizon: int, draws: int, seed: int
) -> tuple[list[_Seen], tuple[Remark, ...]]:
    """What each origin foretold and what came; and a remark on those with too little history."""
    seen: list[_Seen] = []
    problem = ""
    for day in days:
        try:
            seen.append(_seen(known_on(day), day, horizon, draws, seed))
        except QuestionError as error:
            problem = error.what
    if not seen:
        raise QuestionError(
            f"No origin has enough history to be tested. {problem}",
            "Give a shorter horizon_days, or wait for a longer history.",
        )
    return seen, counts(short_origins=len(days) - len(seen))


def _seen(asked: Orders, day: dt.date, horizon: int, draws: int, seed: int) -> _Seen:
    import numpy as np

    until = day + dt.timedelta(days=horizon)
    rows = asked.counted
    past = replace(asked, counted=rows.filter(rows.local_date <= day), as_of=day, remarks=())
    model = fitted(past)
    later = rows.filter(rows.local_date > day, rows.local_date <= until)
    came = asked.ask(per_occasion(later, asked.currency)).set_index("customer_id")
    came = came.reindex(model.history.customer_id)
    table = model.expect(horizon).assign(
        orders=came["order_days"].fillna(0).to_numpy(np.int64),
        money=came["amount_micros"].fillna(0).to_numpy(float) / MICROS,
    )
    some = np.random.default_rng([seed, day.toordinal()]).permutation(len(table))[:SAMPLE]
    low, high = model.bounds(horizon, draws, seed=seed, rows=some)
    return _Seen(day, until, table, some, low, high)


def _ended(seen: list[_Seen], origin: _Seen) -> list[_Seen]:
    """Windows whose outcome was known at the origin."""
    return [each for each in seen if each.until <= origin.day]


def _learnt(seen: list[_Seen]) -> Calibration | None:
    """What the windows teach; None without any."""
    import numpy as np

    if not seen:
        return None
    p = np.concatenate([each.table["p_order"].to_numpy() for each in seen])
    happened = np.concatenate([each.happened for each in seen])
    ratios = (
        sum(each.table[came].sum() for each in seen) / max(sum(each.table[told].sum() for each in seen), 1e-9)
        for told, came in (("expected_orders", "orders"), ("clv", "money"))
    )
    orders, money = (max(float(ratio), 1e-9) for ratio in ratios)
    return Calibration(measures.learn(p, happened), orders, money, len(seen))


def _judged(seen: _Seen, learnt: Calibration | None) -> Origin:
    """The figures of one origin, as foretold and after what was learnt before it."""
    raw = _figures(seen, seen.table, 1.0)
    moved = _figures(seen, learnt.apply(seen.table), learnt.money) if learnt else None
    return Origin(
        day=seen.day,
        until=seen.until,
        n=len(seen.table),
        learnt_on=learnt.windows if learnt else 0,
        orders=int(seen.table["orders"].sum()),
        money=float(seen.table["money"].sum()),
        ordered=float(seen.happened.mean()),
        before=raw[0],
        after=moved[0] if moved else {},
        curve=raw[1],
        curve_after=moved[1] if moved else None,
        by_value=_by_value(seen.table),
    )


def _figures(seen: _Seen, table: pd.DataFrame, factor: float) -> tuple[dict[str, float], pd.DataFrame]:
    import numpy as np

    p, happened = table["p_order"].to_numpy(), seen.happened
    curve = measures.reliability(p, happened)
    money = table["money"].to_numpy()[seen.sampled]
    above, below = (money > factor * seen.high + 1e-9), (money < factor * seen.low - 1e-9)
    inside = float(1 - (above | below).mean())
    ends = measures.wilson(np.array([inside]), np.array([len(money)]))
    usual, right = measures.noise(curve)
    area = measures.ranking(p, happened)
    found = {
        "ece": measures.error(curve),
        "ece_noise": usual,
        "ece_limit": right,
        "brier": measures.brier(p, happened),
        "brier_base": float(happened.mean() * (1 - happened.mean())),
        "coverage": inside,
        "coverage_low": float(ends[0][0]),
        "coverage_high": float(ends[1][0]),
        "below": float(below.mean()),
        "above": float(above.mean()),
    }
    found |= dict(zip(("auc", "auc_low", "auc_high"), area, strict=True))
    for name, told, came in (("orders", "expected_orders", "orders"), ("money", "clv", "money")):
        ends_of = _bias(table[told].to_numpy(), table[came].to_numpy(float))
        found[f"{name}_foretold"] = float(table[told].sum())
        found |= dict(zip((f"bias_{name}", f"bias_{name}_low", f"bias_{name}_high"), ends_of, strict=True))
    return found, curve


def _bias(told: np.ndarray, came: np.ndarray) -> tuple[float, float, float]:
    """Total foretold over total that came, less 1, with its 95% interval over customers (delta method)."""
    import numpy as np

    total = came.sum()
    if total <= 0:
        return (float("nan"),) * 3
    ratio = told.sum() / total
    half = Z * float(np.sqrt(len(came)) * np.std(told - ratio * came, ddof=1) / total) if len(came) > 1 else 0
    return ratio - 1, ratio - 1 - half, ratio - 1 + half


def _by_value(table: pd.DataFrame) -> pd.DataFrame:
    """Mean money foretold and come, with its 95% interval, by tenth of the foretold value."""
    import numpy as np

    place = measures.places(table["clv"].to_numpy())
    groups = table.assign(bin=place).groupby("bin")
    found = groups.agg(
        n=("clv", "size"), foretold=("clv", "mean"), came=("money", "mean"), sd=("money", "std")
    )
    half = Z * found["sd"].fillna(0) / np.sqrt(found["n"])
    return found.assign(low=found["came"] - half, high=found["came"] + half).drop(columns="sd").reset_index()
