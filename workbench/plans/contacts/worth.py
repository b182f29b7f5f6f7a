"""What a positive reaction of each customer is worth: what the customer brings in so many days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.customers import fit_clv
from workbench.customers.held import held
from workbench.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

DRAWS = 100
"""Fewest futures that `predict` takes; the expected value does not depend on them."""


@dataclass(frozen=True, eq=False)
class Worth:
    """Customer values.

    Attributes:
        table: `customer_id, worth`; empty where nothing is known.
        currency: ISO 4217 code; empty where values are counts of positive reactions.
        margin: Share of revenue that the values are; 1: they are revenue.
        why_not: Why there is no money: what the customer model said; None where there is.
    """

    table: pd.DataFrame
    currency: str
    margin: float = 1.0
    why_not: QuestionError | None = None

    @property
    def usual(self) -> float:
        """What a customer without an order counts as: the median one; 1 where nobody has a value."""
        return float(self.table["worth"].median()) if self.currency else 1.0


def worth(store: Store, day: dt.date, days: int, currency: str | None = None) -> Worth:
    """Foresee what each customer brings in so many days, from all customers' orders (BG/NBD, Gamma-Gamma).

    Where orders cannot say it, every customer counts the same and values are positive reactions.

    Args:
        store: The workspace.
        day: Last day that counts.
        days: Days ahead.
        currency: ISO 4217 code; None: that of most orders.
    """
    import pandas as pd

    try:
        if "transactions" not in store.tables:
            raise QuestionError("There are no orders.", "Import orders first.")
        code = currency or held(store).currencies[0]
        model = fit_clv(store, day, currency=code)
    except QuestionError as error:
        return Worth(pd.DataFrame({"customer_id": [], "worth": []}), "", why_not=error)
    margin = store.settings.margin or 1.0
    found = model.predict(days, DRAWS, margin)
    return Worth(found[["customer_id", "clv"]].rename(columns={"clv": "worth"}), code, margin)
