"""Orders of a store or of a frame in one form, so that one expression adds both up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
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
"""Rows that are added up by customer at once, by all threads together; more are parted by customer."""
IN_A_PART = 4
"""A part has up to this many times as many rows, since one thread alone adds it up; each reads all ids."""
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
        answer_each: Runs several large ones, in their order.
        data_version: Version of the store; None for a frame.
        sql: The engine's SQL of an expression; empty for a frame.
        rows: Rows before any is left out.
    """

    counted: Any
    as_of: dt.date
    currency: str
    remarks: tuple[Remark, ...]
    answer: Callable[[Any], pa.Table]
    answer_each: Callable[[Sequence[Any]], Iterator[pa.Table]]
    data_version: int | None
    sql: Callable[[Any], str]
    rows: int = 0

    def ask(self, question: Any) -> pd.DataFrame:
        """The rows of an expression."""
        return _frame(self.answer(question))

    def ask_in_parts(self, question: Callable[[Any], Any], at_once: int = AT_ONCE) -> Iterator[pd.DataFrame]:
        """What is asked of each customer, in order of id and in one or several parts.

        A table of many million customers at once takes much memory, one for each thread even more.

        Args:
            question: From `counted`, or a part of it, to an expression with rows by `customer_id`.
            at_once: Rows that are added up at once; more are parted.

        """
        many = 1 if self.rows <= at_once else max(2, -(-self.rows // (IN_A_PART * at_once)))
        asked = [question(part) for part in self._parts(many)]
        answers = self.answer_each(asked) if len(asked) > 1 else map(self.answer, asked)
        yield from map(_frame, answers)

    def others(self) -> int:
        """Purchases and refunds in other currencies than the one that is added up."""
        code = self.counted.currency
        if self.currency == NO_CURRENCY:
            reasons = {"other": code.notnull() & (code != NO_CURRENCY)}
        else:
            reasons = {"none": code.isnull(), "other": code != self.currency}
        return sum(_counted(self.answer, self.counted, reasons).values())

    def _parts(self, many: int) -> Iterator[Any]:
        """`counted` by ranges of customers, in order of id."""
        bounds = self._bounds(many - 1)
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
    found = counts(**_spare(store, transactions, day))
    known = (Remark.of("zone_of_store"),) if timezone else ()
    return Orders(
        counted=counted,
        as_of=day,
        currency=code,
        remarks=found + known,
        answer=store.query,
        answer_each=store.query_each,
        data_version=store.version,
        sql=store.sql,
        rows=store.row_counts.get("transactions", 0),
    )


def _spare(store: Store, transactions: Any, day: dt.date) -> dict[str, int]:
    """Rows that are left out, by reason."""
    reasons = {
        "future": transactions.local_date > day,
        "nobody": transactions.customer_id.isnull(),
        "undated": transactions.local_date.isnull(),
    }
    return _counted(store.query, transactions, reasons)


def _counted(answer: Callable[[Any], pa.Table], rows: Any, reasons: Mapping[str, Any]) -> dict[str, int]:
    """Rows by the reason they are chosen for, each counted on its own.

    An engine skips files that have none by their statistics, which it cannot where one pass counts all.
    """
    import ibis

    chosen = [(name, rows.filter(reason)) for name, reason in reasons.items()]
    counted = [part.aggregate(reason=ibis.literal(name), rows=part.count()) for name, part in chosen]
    return {row["reason"]: row["rows"] for row in answer(ibis.union(*counted)).to_pylist()}


def _of_frame(frame: Any, day: dt.date, currency: str | None, timezone: str | None) -> Orders:
    rows, spare = counted_frame(frame, day, currency or NO_CURRENCY, timezone)
    table, engine = in_memory(rows)
    return Orders(
        counted=table,
        as_of=day,
        currency=currency or NO_CURRENCY,
        remarks=counts(**spare),
        answer=engine.to_pyarrow,
        answer_each=partial(map, engine.to_pyarrow),
        data_version=None,
        sql=lambda _: "",
        rows=len(rows),
    )


def _frame(answer: pa.Table) -> pd.DataFrame:
    """Rows with days as `datetime64`: an object each would cost more than the sums."""
    found: pd.DataFrame = answer.to_pandas(date_as_object=False)
    return found
