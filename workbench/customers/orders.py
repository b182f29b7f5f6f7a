"""Orders of a store or of a frame in one form, so that one expression adds both up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from workbench.customers.frames import counted_frame, zone_of
from workbench.customers.purchases import ORDER_KINDS, counted_rows, currency_of, day_of
from workbench.customers.remarks import Remark, counts
from workbench.schema import NO_CURRENCY
from workbench.store.frames import in_memory

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from workbench.data import Store

AT_ONCE = 12_000_000
"""Rows that are added up by customer at a time."""
SAMPLE = 50_000


@dataclass(frozen=True, eq=False)
class Orders:
    """Purchases and refunds of known customers up to a day, ready to be added up.

    Attributes:
        counted: Ibis expression with `customer_id, local_date, kind, currency, amount_micros`.
        as_of: Last day that counts.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        remarks: What was left out, and why.
        answer: Runs an expression.
        data_version: Version of the store; None for a frame.
        sql: The engine's SQL of an expression; empty for a frame.
        rows: Rows before any is left out.
    """

    counted: Any
    as_of: dt.date
    currency: str
    remarks: tuple[Remark, ...]
    answer: Callable[[Any], pa.Table]
    data_version: int | None
    sql: Callable[[Any], str]
    rows: int = 0

    def ask(self, question: Any) -> pd.DataFrame:
        """The rows of an expression; days as `datetime64`, an object each would cost more than the sums."""
        found: pd.DataFrame = self.answer(question).to_pandas(date_as_object=False)
        return found

    def in_parts(self, at_once: int = AT_ONCE) -> Iterator[Any]:
        """`counted` by ranges of customers, in order of id: a table of all of them at once takes much memory.

        Args:
            at_once: Rows that are added up at a time; all of them where there are no more.
        """
        bounds = self._bounds(self.rows // at_once)
        who = self.counted.customer_id
        for first, after in pairwise((None, *bounds, None)):
            ends = [who >= first] if first is not None else []
            ends += [who < after] if after is not None else []
            yield self.counted.filter(*ends) if ends else self.counted

    def _bounds(self, many: int) -> list[str]:
        """Ids that part the customers, taken from some rows: parts need not be equal."""
        if not many:
            return []
        some = self.answer(self.counted.select("customer_id").limit(SAMPLE))["customer_id"].to_pylist()
        ids = sorted(set(some))
        return sorted({ids[len(ids) * place // (many + 1)] for place in range(1, many + 1)}) if ids else []


def read(
    orders: Any, as_of: dt.date | str, timezone: str | None = None, currency: str | None = None
) -> Orders:
    """Bring orders into one form.

    Args:
        orders: A store, or a pandas, Polars, Arrow or Ibis table with `customer_id, order_time, amount`
            (currency units; a negative amount is a refund).
        as_of: Last day that counts, in the zone of the orders.
        timezone: Zone of times that name none, and of the days; a store knows its days already.
        currency: ISO 4217 code of the amounts; needed where a store has several.

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for a day that is none, an unknown zone, times without a zone, or several
            currencies without a choice.
    """
    from workbench.data import Store

    zone = zone_of(timezone)
    day = day_of(as_of, orders.zone if isinstance(orders, Store) else zone)
    if isinstance(orders, Store):
        return _of_store(orders, day, currency, timezone)
    return _of_frame(orders, day, currency, timezone)


def _of_store(store: Store, day: dt.date, currency: str | None, timezone: str | None) -> Orders:
    transactions = store.table("transactions")
    counted = counted_rows(transactions, day, ORDER_KINDS)
    code = currency_of(store, counted, currency)
    spare = transactions.aggregate(
        future=transactions.count(where=transactions.local_date > day),
        nobody=transactions.count(where=transactions.customer_id.isnull()),
        undated=transactions.count(where=transactions.local_date.isnull()),
    )
    found = counts(**store.query(spare).to_pylist()[0])
    known = (Remark.of("zone_of_store"),) if timezone else ()
    rows = store.row_counts.get("transactions", 0)
    return Orders(counted, day, code, found + known, store.query, store.version, store.sql, rows)


def _of_frame(frame: Any, day: dt.date, currency: str | None, timezone: str | None) -> Orders:
    rows, spare = counted_frame(frame, day, currency or NO_CURRENCY, timezone)
    table, engine = in_memory(rows)
    return Orders(
        counted=table,
        as_of=day,
        currency=currency or NO_CURRENCY,
        remarks=counts(**spare),
        answer=engine.to_pyarrow,
        data_version=None,
        sql=lambda _: "",
        rows=len(rows),
    )
