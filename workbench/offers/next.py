"""The offers of one customer, from a model that is fitted once a data version."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers.cards.finding import identify
from workbench.customers.cards.rows import last_day
from workbench.customers.purchases import day_of
from workbench.offers.ask import fit
from workbench.offers.model import OfferModel
from workbench.store.kept import Kept

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

_MODELS: Kept[OfferModel] = Kept(2)


@dataclass(frozen=True, eq=False)
class NextOffers:
    """The offers of one customer.

    Attributes:
        table: As `OfferModel.offers` gives; empty where the customer may not be addressed.
        opted_out: Whether the customer may not be addressed.
        model: The model behind it.
    """

    table: pd.DataFrame
    opted_out: bool
    model: OfferModel = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, and whether the customer opted out."""
        rows = self.table.astype(object).where(self.table.notna(), None).to_dict("records")
        return {"rows": rows, "opted_out": self.opted_out, "data_version": self.model.data_version}

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False))


@right_kinds
def next_offers(store: Store, customer_id: str, as_of: dt.date | str | None = None, k: int = 3) -> NextOffers:
    """The best offers of one customer who may be addressed.

    Args:
        store: The store.
        customer_id: Pseudonym, or the identifier under which the source knows the customer.
        as_of: Last day that counts; None: the last day of orders, contacts or delivery.
        k: Most offers.

    Raises:
        QuestionError: as `fit` does, or for a customer whom nothing knows.
    """
    day = last_day(store) if as_of is None else day_of(as_of)
    customer = identify(store, customer_id)
    model = _MODELS.of(store, day, lambda: fit(store, day))
    table = model.offers([customer], k)
    return NextOffers(table, table.attrs["opted_out"] > 0, model)
