"""A part of a store: the rows of some customers alone, asked like the store itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, StoreError
from workbench.schema import TABLES
from workbench.store.store import Store

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from workbench.store import history
    from workbench.store.pointer import Version

CUSTOMER = "customer_id"
OF_ORDERS = ("order_lines",)
"""Tables that know their customer by way of the transaction."""
READER = "workbench.segments.rules.face"
"""Who knows what a segment means: a room above this one, so it is found when a segment is asked for."""
DELIVERY = ("performance", "performance_hourly", "conversions", "reach", "targets")


class Part(Store):
    """A store in which every table with customers holds the rows of some of them; it is only read.

    Tables about no customer (campaigns, products, labels, …) are whole. Delivery is bought for everybody and
    knows no customers: asking a part for it is refused rather than answered for all.

    Args:
        whole: The store.
        customers: Gives an Ibis table of the whole with the `customer_id` that are kept, each once.
        name: What the part is called in sentences.
    """

    def __init__(self, whole: Store, customers: Callable[[Store], Any], name: str) -> None:
        self.__dict__.update({name: held for name, held in whole.__dict__.items() if name != "_version"})
        self._whole, self._customers, self.name = whole, customers, name
        self._kept: dict[tuple[int, str], Any] = {}

    @property
    def whole(self) -> Store:
        """The store that this is a part of."""
        return self._whole

    @property
    def _version(self) -> Version:  # type: ignore[override]
        """That of the whole, also after it has moved: rows and who they are of are of one version."""
        return self._whole._version

    @property
    def customers(self) -> Any:
        """Ibis table with the `customer_id` of the part."""
        return self._once("customers", lambda: self._customers(self._whole))

    def table(self, name: str) -> Any:
        """A table as `Store.table` gives it, with the rows of these customers.

        Raises:
            QuestionError: for a table of delivery, or none.
        """
        if name in DELIVERY:
            raise QuestionError(
                f"Delivery is not kept by customer, so segment {self.name!r} cannot filter table {name!r}.",
                "Ask it without a segment, or filter by channel, campaign, region or audience.",
            )
        table = self._whole.table(name)
        if name in OF_ORDERS:
            orders = self.table("transactions").select(kept_="transaction_id")
            return table.semi_join(orders, table.transaction_id == orders.kept_)
        personal = CUSTOMER in (TABLES[name].names if name in TABLES else table.columns)
        return self._of_customers(table) if personal else table

    def _of_customers(self, table: Any) -> Any:
        kept = self.customers.select(kept_=CUSTOMER)
        return table.semi_join(kept, table[CUSTOMER] == kept.kept_)

    def query(self, question: Any) -> pa.Table:
        """Answer an Ibis expression over `table`.

        Raises:
            QuestionError: for SQL as text, which names whole tables.
        """
        if isinstance(question, str):
            raise QuestionError(
                f"SQL names whole tables, so it cannot be asked of segment {self.name!r}.",
                "Ask an Ibis expression over table(), or the whole store.",
            )
        return self._whole.query(question)

    def query_each(self, questions: Sequence[Any]) -> Iterator[pa.Table]:
        """Answers of several large expressions over `table`, in their order."""
        return self._whole.query_each(questions)

    def at(self, when: history.When) -> Store:
        """The same part at an older version."""
        return Part(self._whole.at(when), self._customers, self.name)

    def refresh(self) -> int:
        """Move to the newest data version, with the store that this is a part of."""
        return self._whole.refresh()

    def check_present(self) -> None:
        """Refuse to write.

        Raises:
            StoreError: always.
        """
        raise StoreError(f"Segment {self.name!r} is only read.", "Write to the whole store.", str(self.path))


def part_of(data: Any, segment: Any, as_of: date | str | None = None) -> Any:
    """What a question with `segment=` reads: the rows of its customers.

    Args:
        data: A store, else what the question was given.
        segment: A saved segment's name or id, a rule, an expression, or JSON of a rule; None: everybody.
        as_of: Day on which who is in it is decided.

    Raises:
        QuestionError: for a segment that is none, with the nearest name, or one beside a frame.
    """
    if segment is None:
        return data
    if not isinstance(data, Store):
        raise QuestionError(
            "A segment is a rule over the tables of a store, and this is a frame.",
            "Give the store, or filter the frame by customer_id first.",
        )
    return import_module(READER).within(data, segment, as_of)
