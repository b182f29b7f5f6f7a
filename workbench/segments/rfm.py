"""RFM: when each customer last ordered, how often, for how much; scored and named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers.orders import AT_ONCE, Orders, read
from workbench.customers.purchases import MICROS, ORDER_KINDS, sums_of_customers
from workbench.customers.remarks import Remark, counts
from workbench.segments.answer import Segmentation
from workbench.segments.cells import SEGMENTS, codes
from workbench.segments.thresholds import MEASURES, SCORES, chosen, scores
from workbench.store.part import part_of

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("last_day", "orders", "amount_micros")


@right_kinds
def rfm(
    orders: Any,
    as_of: dt.date | str,
    timezone: str | None = None,
    thresholds: Mapping[str, Sequence[float]] | None = None,
    currency: str | None = None,
    segment: Any = None,
) -> Segmentation:
    """Score recency, frequency and money from 1 to 5 and name every customer's segment.

    A score is a function of the value alone (thresholds, not ranks), so customers with equal recency,
    frequency or money never differ in that score. Without `thresholds` they are the observed values at
    20, 40, 60 and 80% of customers; keep `.thresholds` to score another day on the same scale.

    Args:
        orders: A store, or a pandas, Polars, Arrow or Ibis table with `customer_id, order_time, amount`
            (currency units; a negative amount is a refund, which lowers the money and is no order).
        as_of: Last day that counts, as a date or `YYYY-MM-DD`.
        timezone: Zone of times that name none, and of the days.
        thresholds: Measure (`recency_days`, `frequency`, `monetary`) → four ascending thresholds; a value
            that equals one lies below it.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        segment: A rule or a saved segment's name, whose customers alone count, as on that day; None: all.

    Returns:
        `.table`: one row a customer with an order, by id: `customer_id, recency_days, frequency` (orders),
        `monetary` (currency units), `r, f, m, segment`; and `.profile()`.

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for a day that is none, times without a zone, unfit thresholds, or several
            currencies without a choice.
    """
    asked = read(part_of(orders, segment, as_of), as_of, timezone, currency)
    table, remarks = measured(asked)
    edges = chosen(table, thresholds)
    return Segmentation(
        table=named(table, edges),
        as_of=asked.as_of,
        thresholds=edges,
        currency=asked.currency,
        remarks=asked.remarks + remarks,
        data_version=asked.data_version,
        sql=asked.sql(per_buyer(asked, asked.counted)),
    )


def measured(orders: Orders, at_once: int = AT_ONCE) -> tuple[pd.DataFrame, tuple[Remark, ...]]:
    """The three measures of each buyer, by id, and what is left out."""
    import pandas as pd

    parts, refunds_only = [], 0
    for rows in orders.ask_in_parts(partial(per_buyer, orders), at_once):
        buyers = rows[rows["orders"] > 0] if (rows["orders"] == 0).any() else rows
        parts.append(_measured(buyers, orders.as_of))
        refunds_only += len(rows) - len(buyers)
        del rows, buyers  # before the next part is read
    table = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    said = counts(others=orders.others(), refunds_only=refunds_only)
    return table, said if len(table) else (*said, Remark.of("no_orders"))


def per_buyer(orders: Orders, counted: Any) -> Any:
    """Ibis expression: last day, orders and amount of each customer, also of those with refunds only."""
    sums = sums_of_customers(counted, ORDER_KINDS, orders.currency, NEEDED)
    return sums.order_by("customer_id")


def named(table: pd.DataFrame, edges: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """The table with the scores `r, f, m` and `segment` (categorical)."""
    import numpy as np
    import pandas as pd

    found = {SCORES[name]: scores(name, table[name].to_numpy(), edges[name]) for name in MEASURES}
    r, f, m = (found[name].astype(np.int16) - 1 for name in ("r", "f", "m"))
    code: Any = np.array(codes(), np.int8)[25 * r + 5 * f + m]
    return table.assign(**found, segment=pd.Categorical.from_codes(code, pd.Index(SEGMENTS)))


def _measured(rows: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    last = rows["last_day"].to_numpy().astype("datetime64[D]")
    return pd.DataFrame(
        {
            "customer_id": rows["customer_id"].reset_index(drop=True),
            "recency_days": (np.datetime64(as_of, "D") - last).astype(np.int64),
            "frequency": rows["orders"].to_numpy(np.int64),
            "monetary": rows["amount_micros"].fillna(0).to_numpy(float) / MICROS,
        }
    )
