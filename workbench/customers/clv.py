"""Customer lifetime value of customers who come and go without notice: BG/NBD and Gamma-Gamma."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers import bgnbd, fitting, spend
from workbench.customers.model import ClvModel
from workbench.customers.occasions import Occasions, occasions
from workbench.customers.orders import Orders, read
from workbench.customers.remarks import Remark, counts
from workbench.errors import QuestionError, unknown
from workbench.store.part import part_of

if TYPE_CHECKING:
    import numpy as np

UNITS = MappingProxyType({"day": 1, "week": 7})
MANY = 20_000
"""Histories from which on a search goes over fewer of them first."""

FEWEST = 30
"""Customers with a repeat order under which seven parameters say too little."""


@right_kinds
def fit_clv(
    orders: Any,
    as_of: dt.date | str,
    time_unit: str = "day",
    timezone: str | None = None,
    currency: str | None = None,
    segment: Any = None,
) -> ClvModel:
    """Fit how often customers buy, when they leave, and what they spend.

    BG/NBD (Fader, Hardie & Lee 2005) for purchases and Gamma-Gamma (Fader & Hardie 2013) for amounts, by
    maximum likelihood over equal histories counted once. Orders of one customer on one day are one
    occasion. A refund lowers the amount on its own day and takes no occasion away.

    Args:
        orders: A store, or a pandas, Polars, Arrow or Ibis table with `customer_id, order_time, amount`.
        as_of: Last day that counts, as a date or `YYYY-MM-DD`.
        time_unit: `"day"` or `"week"`: the unit of α. Histories are kept in days either way.
        timezone: Zone of times that name none, and of the days.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        segment: A rule or a saved segment's name, whose customers alone count, as on that day; None: all.

    Returns:
        The model: `.params`, `.errors`, `.predict(horizon_days, draws)`.

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for too short a history, times without a zone, an unknown unit, or several
            currencies without a choice.
    """
    if time_unit not in UNITS:
        raise unknown("time unit", time_unit, UNITS)
    return fitted(read(part_of(orders, segment, as_of), as_of, timezone, currency), time_unit)


def fitted(asked: Orders, time_unit: str = "day") -> ClvModel:
    """As `fit_clv`, of orders that were read already."""
    found = occasions(asked)
    usable = (found.x > 0) & (found.money > 0)
    _enough(found, usable, asked.as_of)
    days = UNITS[time_unit]
    patterns = bgnbd.grouped(found.x, found.last, found.age, days)
    purchase = purchase_fit(patterns, len(found))
    amounts = spend_fit(found.x[usable], found.money[usable])
    return ClvModel(
        params=_params(purchase, amounts),
        errors=_errors(purchase, amounts),
        as_of=asked.as_of,
        time_unit=time_unit,
        days=days,
        currency=asked.currency,
        n=len(found),
        n_spend=int(usable.sum()),
        log_likelihood=purchase.value,
        remarks=_remarks(asked, found, usable, purchase, amounts),
        data_version=asked.data_version,
        history=found,
        purchase=purchase,
        amounts=amounts,
    )


def _enough(found: Occasions, usable: np.ndarray, day: dt.date) -> None:
    repeats, paying = int((found.x > 0).sum()), int(usable.sum())
    what = "" if repeats >= FEWEST else "ordered again on a later day"
    what = what or ("" if paying >= FEWEST else "ordered again for an amount above 0")
    if what:
        raise QuestionError(
            f"Not enough history: of {len(found):,} customers up to {day.isoformat()}, "
            f"{min(repeats, paying):,} {what}, and at least {FEWEST} must.",
            "Give a longer history or a later as_of.",
        )


def purchase_fit(patterns: bgnbd.Patterns, size: int) -> fitting.Fit:
    """Fit BG/NBD to `size` customers, counted by pattern."""
    import numpy as np

    start = np.log([1.0, max(float(np.average(patterns.age, weights=patterns.count)), 1e-3), 1.0, 1.0])
    near = bgnbd.coarse(patterns) if len(patterns.x) > MANY else None
    rough = (lambda theta: bgnbd.likelihood(theta, near)) if near else None
    return fitting.maximise(lambda theta: bgnbd.likelihood(theta, patterns), start, size, rough)


def spend_fit(x: np.ndarray, money: np.ndarray) -> fitting.Fit:
    """Gamma-Gamma in units of the median amount, so that cents and millions fit alike."""
    import numpy as np

    unit = float(np.median(money / x))
    scaled = money / unit
    whole, stride = (lambda theta: spend.likelihood(theta, x, scaled)), len(x) // MANY
    rough = (lambda theta: _some(theta, x, scaled, stride)) if stride > 1 else None
    found = fitting.maximise(whole, np.zeros(3), len(x), rough)
    theta = found.theta + np.array([0.0, 0.0, np.log(unit)])
    return fitting.Fit(theta, found.covariance, found.value - len(x) * np.log(unit), found.at_edge)


def _some(theta: np.ndarray, x: np.ndarray, money: np.ndarray, stride: int) -> tuple[float, np.ndarray]:
    """The likelihood of one customer in `stride`, as if it were that of all."""
    value, gradient = spend.likelihood(theta, x[::stride], money[::stride])
    return value * stride, gradient * stride


def natural(theta: np.ndarray) -> np.ndarray:
    """p, q, v of log p, log(q − 1), log v; the last axis."""
    import numpy as np

    found: np.ndarray = np.exp(theta)
    found[..., 1] += 1.0
    return found


def _params(purchase: fitting.Fit, amounts: fitting.Fit) -> Mapping[str, float]:
    import numpy as np

    values = [*np.exp(purchase.theta), *natural(amounts.theta)]
    return MappingProxyType(dict(zip(bgnbd.NAMES + spend.NAMES, map(float, values), strict=True)))


def _errors(purchase: fitting.Fit, amounts: fitting.Fit) -> Mapping[str, float]:
    """Standard errors by the delta method from the logarithms; NaN on the edge."""
    import numpy as np

    fits = (purchase, amounts)
    spread = np.concatenate([np.exp(fit.theta) * np.sqrt(np.diag(fit.covariance)) for fit in fits])
    spread[np.concatenate([fit.at_edge for fit in fits])] = np.nan
    return MappingProxyType(dict(zip(bgnbd.NAMES + spend.NAMES, map(float, spread), strict=True)))


def _remarks(
    asked: Orders, found: Occasions, usable: np.ndarray, purchase: fitting.Fit, amounts: fitting.Fit
) -> tuple[Remark, ...]:
    """What was left out or cannot be told."""
    import numpy as np

    spare = counts(
        others=found.others,
        refunds_only=found.refunds_only,
        no_spend=int(((found.x > 0) & ~usable).sum()),
    )
    edge = np.concatenate([purchase.at_edge, amounts.at_edge])
    names = ", ".join(name for name, out in zip(bgnbd.NAMES + spend.NAMES, edge, strict=True) if out)
    return asked.remarks + spare + ((Remark.of("edge", names=names),) if names else ())
