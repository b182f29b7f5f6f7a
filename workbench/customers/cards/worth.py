"""What one customer will bring, and how likely they are to go: from a model of all customers, fitted once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.customers import bgnbd, spend
from workbench.customers.clv import fit_clv
from workbench.customers.model import LEVEL, ClvModel
from workbench.customers.occasions import Occasions
from workbench.customers.remarks import Remark
from workbench.errors import QuestionError
from workbench.store.kept import Kept

if TYPE_CHECKING:
    import numpy as np

    from workbench.data import Store

HORIZON_DAYS = 365
"""Days ahead over which a customer's worth is foretold."""

LAPSE_DAYS = 90
"""Days ahead in which a customer who does not order counts as lapsed."""

DRAWS = 2_000
KEPT = 3
"""Models kept a store: a card of another day has another one."""


@dataclass(frozen=True)
class Worth:
    """What is to be expected of one customer, in currency units and probabilities.

    Attributes:
        clv, clv_low, clv_high: Worth of the next 365 days and its 95% predictive interval; margin where the
            workspace knows its margin, else revenue.
        expected_orders: Days with an order expected in them.
        churn: Probability of having left for good at `as_of` (BG/NBD); None for who has bought once: the
            model lets nobody leave before a second purchase.
        lapse_risk, lapse_low, lapse_high: Probability of no order in the next 90 days, and the 95% interval
            that the model's parameters leave.
        top: Share of customers who are worth as much or more; small is good.
        currency: ISO 4217 code.
        margin: Share of revenue that the values are; 1: they are revenue.
        n: Customers behind the model.
        why_not: What is missing where nothing can be said: `no_order` or `history`, else empty.
    """

    clv: float | None = None
    clv_low: float | None = None
    clv_high: float | None = None
    expected_orders: float | None = None
    churn: float | None = None
    lapse_risk: float | None = None
    lapse_low: float | None = None
    lapse_high: float | None = None
    top: float | None = None
    currency: str = ""
    margin: float = 1.0
    n: int = 0
    why_not: str = ""
    remarks: tuple[Remark, ...] = field(default=(), repr=False)


@dataclass(frozen=True, eq=False)
class _Fitted:
    """A model with the worth of every customer, ascending."""

    model: ClvModel
    place: dict[str, int]
    sorted_worth: np.ndarray


_MODELS: Kept[_Fitted | QuestionError] = Kept(KEPT)


def worth(store: Store, customer: str, day: dt.date, currency: str) -> Worth:
    """Foresee one customer.

    Args:
        store: The store, whose customers the model is fitted on (once a data version, day and currency).
        customer: Pseudonym.
        day: Last day that counts.
        currency: ISO 4217 code of the values.
    """
    found = _fitted(store, day, currency)
    if isinstance(found, QuestionError):
        return Worth(currency=currency, why_not="history")
    if customer not in found.place:
        return Worth(currency=currency, n=found.model.n, why_not="no_order")
    alone = _alone(found.model, found.place[customer])
    margin = store.settings.margin or 1.0
    row = alone.predict(HORIZON_DAYS, DRAWS, margin).iloc[0]
    risk, low, high = lapse(alone, LAPSE_DAYS)
    again = alone.history.x[0] > 0
    own = _means(alone)[0]
    return Worth(
        clv=float(row["clv"]),
        clv_low=float(row["clv_low"]),
        clv_high=float(row["clv_high"]),
        expected_orders=float(row["expected_orders"]),
        churn=1.0 - float(row["p_alive"]) if again else None,
        lapse_risk=risk,
        lapse_low=low,
        lapse_high=high,
        top=_share_above(found.sorted_worth, own),
        currency=currency,
        margin=margin,
        n=found.model.n,
        remarks=found.model.remarks,
    )


def lapse(model: ClvModel, days: float, draws: int = DRAWS, seed: int = 0) -> tuple[float, float, float]:
    """Probability that the first customer of a model orders nothing in `days`, with its 95% interval.

    Whoever left orders nothing; whoever did not orders nothing with probability
    ((α + T) / (α + T + t))^(r + x), for λ given the past is Gamma(r + x, α + T) (Fader, Hardie & Lee 2005).

    Args:
        model: A model of one customer.
        days: Days ahead.
        draws: Of the parameters.
        seed: Of the random numbers.
    """
    import numpy as np

    rng = np.random.default_rng([seed, 2])
    fit = model.purchase
    drawn = tuple(np.exp(rng.multivariate_normal(fit.theta, fit.covariance, draws, method="eigh")).T)
    best = tuple(np.array([model.params[name]]) for name in bgnbd.NAMES)
    point, spread = _silent(best, model, days), _silent(drawn, model, days)
    low, high = np.quantile(spread, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(point[0]), float(low), float(high)


def _silent(params: tuple[np.ndarray, ...], model: ClvModel, days: float) -> np.ndarray:
    past, unit = model.history, model.days
    x, last, age = past.x[:1], past.last[:1] / unit, past.age[:1] / unit
    r, alpha = params[:2]
    alive = bgnbd.p_alive(params, x, last, age)
    found: np.ndarray = 1.0 - alive * (1.0 - ((alpha + age) / (alpha + age + days / unit)) ** (r + x))
    return found


def model_of(store: Store, day: dt.date, currency: str | None) -> ClvModel | QuestionError:
    """The model of all customers up to a day, fitted once a data version; or why there is none."""
    found = _fitted(store, day, currency)
    return found if isinstance(found, QuestionError) else found.model


def _fitted(store: Store, day: dt.date, currency: str | None) -> _Fitted | QuestionError:
    return _MODELS.of(store, (day, currency), lambda: _fit(store, day, currency))


def _fit(store: Store, day: dt.date, currency: str | None) -> _Fitted | QuestionError:
    import numpy as np

    if "transactions" not in store.tables:
        return QuestionError("There are no orders.", "Import orders first.")
    try:
        model = fit_clv(store, day, currency=currency)
    except QuestionError as error:
        return error
    place = {name: at for at, name in enumerate(model.history.customer_id)}
    return _Fitted(model, place, np.sort(_means(model)))


def _means(model: ClvModel) -> np.ndarray:
    """Expected revenue of each customer in the horizon."""
    import numpy as np

    past = model.history
    often = tuple(model.params[name] for name in bgnbd.NAMES)
    same = bgnbd.grouped(past.x, past.last, past.age, model.days)
    alive = bgnbd.p_alive(often, same.x, same.last, same.age)
    orders = (alive * bgnbd.expected(often, same.x, same.age, HORIZON_DAYS / model.days))[same.inverse]
    payers = np.where((past.x > 0) & (past.money > 0), past.x, 0)
    money = np.where(payers > 0, past.money, 0.0)
    each = spend.mean(tuple(model.params[name] for name in spend.NAMES), payers, money)
    found: np.ndarray = orders * each
    return found


def _share_above(ascending: np.ndarray, own: float) -> float:
    import numpy as np

    below = int(np.searchsorted(ascending, own * (1 - 1e-9)))
    return (len(ascending) - below) / len(ascending)


def _alone(model: ClvModel, at: int) -> ClvModel:
    """The model with one customer's history only."""
    past, one = model.history, slice(at, at + 1)
    alone = Occasions(
        customer_id=past.customer_id.iloc[one].reset_index(drop=True),
        x=past.x[one],
        last=past.last[one],
        age=past.age[one],
        money=past.money[one],
        refunds_only=0,
        others=0,
    )
    return replace(model, history=alone)
