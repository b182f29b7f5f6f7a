"""What was bought: order lines as numbers, and the sparse matrices that everything here is made of."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.customers.purchases import MICROS, ORDER_KINDS, counted_rows, is_purchase
from workbench.errors import QuestionError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

TIERS = 3
"""Price tiers within a category: products of one tier and category are alike in content."""


@dataclass(frozen=True, eq=False)
class Baskets:
    """Products bought, one entry a product in an order, oldest first.

    Attributes:
        customers, products: Ids by number.
        customer, order, product: Numbers.
        day: Days since 1970.
        category: Category of each product, by number of its name; one number more for none.
        price: Of each product in currency units; NaN: not known.
    """

    customers: np.ndarray
    products: np.ndarray
    customer: np.ndarray
    order: np.ndarray
    product: np.ndarray
    day: np.ndarray
    category: np.ndarray
    price: np.ndarray

    def until(self, day: int) -> Baskets:
        """What was bought up to a day."""
        return self._part(self.day <= day)

    def between(self, first: int, last: int) -> Baskets:
        """What was bought from one day to another."""
        return self._part((self.day >= first) & (self.day <= last))

    def owned(self) -> Any:
        """Sparse customers × products: 1 where a customer has bought a product."""
        return self._matrix(self.customer, len(self.customers))

    def orders(self) -> Any:
        """Sparse orders × products: 1 where an order holds a product."""
        return self._matrix(self.order, int(self.order.max(initial=-1)) + 1)

    def _matrix(self, row: np.ndarray, size: int) -> Any:
        import numpy as np
        from scipy.sparse import csr_matrix

        shape = (size, len(self.products))
        found = csr_matrix((np.ones(len(row)), (row, self.product)), shape=shape)
        found.sum_duplicates()
        found.data[:] = 1.0
        return found

    def _part(self, kept: np.ndarray) -> Baskets:
        lines = {name: getattr(self, name)[kept] for name in ("customer", "order", "product", "day")}
        return replace(self, **lines)

    @property
    def clusters(self) -> np.ndarray:
        """Content cluster of each product: its category, and the tier of its price within that."""
        import numpy as np

        tier = np.zeros(len(self.products), np.int64)
        for category in np.unique(self.category):
            same = np.flatnonzero(self.category == category)
            known = same[np.isfinite(self.price[same])]
            place = np.searchsorted(np.sort(self.price[known]), self.price[known])
            tier[known] = 1 + place * TIERS // max(1, len(known))
        _, found = np.unique(self.category * (TIERS + 1) + tier, return_inverse=True)
        return found


def of_store(store: Store, day: dt.date) -> Baskets:
    """Read what was bought up to a day, by the rule of every question about orders.

    Raises:
        QuestionError: for a workspace without order lines.
    """
    if "order_lines" not in store.tables:
        raise QuestionError("This workspace has no order lines.", "Import which products each order holds.")
    rows = store.query(lines(store, day)).to_pandas()
    if rows.empty:
        raise QuestionError(f"There is no order line up to {day.isoformat()}.", "Give a later as_of.")
    return numbered(rows, _products(store))


def lines(store: Store, day: dt.date) -> Any:
    """Ibis expression: product, order, customer and day of each line of an order that counts."""
    counted = counted_rows(store.table("transactions"), day, ORDER_KINDS)
    orders = counted.filter(is_purchase(counted, ORDER_KINDS))
    orders = orders.select("transaction_id", "customer_id", "local_date")
    table = store.table("order_lines")
    kept = table.filter(table.product_id.notnull()).select("transaction_id", "product_id").distinct()
    joined = kept.inner_join(orders, "transaction_id")
    return joined.select("customer_id", "transaction_id", "product_id", "local_date").order_by(
        "local_date", "transaction_id", "product_id"
    )


def _products(store: Store) -> pd.DataFrame:
    table = store.table("products")
    found: pd.DataFrame = store.query(table.select("product_id", "category", "price_micros")).to_pandas()
    return found


def numbered(rows: pd.DataFrame, products: pd.DataFrame) -> Baskets:
    """Lines as numbers.

    Args:
        rows: `customer_id, transaction_id, product_id, local_date`, oldest first.
        products: `product_id, category, price_micros`.
    """
    import numpy as np
    import pandas as pd

    customer, customers = pd.factorize(rows["customer_id"], sort=True)
    order, _ = pd.factorize(rows["transaction_id"])
    product, names = pd.factorize(rows["product_id"], sort=True)
    about = products.drop_duplicates("product_id").set_index("product_id").reindex(names)
    category, _ = pd.factorize(about["category"], sort=True)
    return Baskets(
        customers=np.asarray(customers, object),
        products=np.asarray(names, object),
        customer=customer,
        order=order,
        product=product,
        day=rows["local_date"].to_numpy().astype("datetime64[D]").astype(np.int64),
        category=category + 1,
        price=about["price_micros"].to_numpy(float) / MICROS,
    )
