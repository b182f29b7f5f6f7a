"""Purchase occasions of each customer: days with a purchase after the first, and what they brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.customers.purchases import MICROS, ORDER_KINDS, is_purchase
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.customers.orders import Orders


@dataclass(frozen=True, eq=False)
class Occasions:
    """What repeat-purchase models need; one entry a customer, ordered by id.

    Attributes:
        customer_id: Ids.
        x: Repeat occasions: days with a purchase, less the first.
        last: Days from the first to the last occasion (t_x); 0 without a repeat.
        age: Days from the first occasion to `as_of` (T).
        money: Amount of the repeat occasions, less refunds, in currency units.
        refunds_only: Customers that were left out because they have refunds and no purchase.
        others: Rows whose amount is in another currency and in no sum.
    """

    customer_id: pd.Series
    x: np.ndarray
    last: np.ndarray
    age: np.ndarray
    money: np.ndarray
    refunds_only: int
    others: int

    def __len__(self) -> int:
        return len(self.x)

    @property
    def mean(self) -> np.ndarray:
        """Mean amount of a repeat occasion; NaN without one."""
        import numpy as np

        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.x > 0, self.money / self.x, np.nan)


def occasions(orders: Orders) -> Occasions:
    """Ask for the purchase occasions of each customer.

    Orders of one day are one occasion. A refund lowers the amount on its own day and takes no occasion
    away; the first occasion's own day is in no mean (Fader, Hardie & Lee 2005).
    """
    import numpy as np

    rows = orders.ask(per_occasion(orders.counted, orders.currency))
    bought = rows["order_days"].to_numpy() > 0
    kept = rows[bought]
    first, last = (kept[name].to_numpy().astype("datetime64[D]") for name in ("first_day", "last_day"))
    total, begun = (kept[name].fillna(0).to_numpy(float) for name in ("amount_micros", "first_micros"))
    return Occasions(
        customer_id=kept["customer_id"].reset_index(drop=True),
        x=kept["order_days"].to_numpy().astype(np.int64) - 1,
        last=(last - first).astype(np.int64),
        age=(np.datetime64(orders.as_of, "D") - first).astype(np.int64),
        money=(total - begun) / MICROS,
        refunds_only=int((~bought).sum()),
        others=int(rows["others"].sum()),
    )


def per_occasion(counted: Any, currency: str) -> Any:
    """Ibis expression of the aggregates by customer, through customer × day.

    Args:
        counted: As `purchases.counted_rows` gives.
        currency: Code of the amounts; rows in others are counted as `others`.
    """
    bought = is_purchase(counted, ORDER_KINDS)
    same = counted.currency.fill_null(NO_CURRENCY) == currency
    days = counted.group_by(["customer_id", "local_date"]).aggregate(
        orders=counted.count(where=bought),
        micros=counted.amount_micros.sum(where=same).fill_null(0),
        others=counted.count(where=~same),
    )
    occasion = days.orders > 0
    sums = days.group_by("customer_id").aggregate(
        first_day=days.local_date.min(where=occasion),
        last_day=days.local_date.max(where=occasion),
        order_days=days.count(where=occasion),
        amount_micros=days.micros.sum(),
        first_micros=days.micros.argmin(days.local_date, where=occasion),
        others=days.others.sum(),
    )
    return sums.order_by("customer_id")
