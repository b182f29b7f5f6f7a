"""Events of customers as rows of one form, and the window in which they count."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.contacts.due.rules import TriggerRules

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

COLUMNS = (
    *("customer_id", "kind", "reason", "event", "opens", "due", "until"),
    *("count", "rhythm", "method", "marketer", "worth", "of_table", "row_id"),
)


@dataclass(frozen=True, eq=False)
class Asked:
    """What is asked of each kind of event.

    Attributes:
        store: The store, or the part of it whose customers count.
        day: Last day that counts, which is also the first on which something can be due.
        ahead: Days after it.
        rules: When events are due.
    """

    store: Store
    day: dt.date
    ahead: int
    rules: TriggerRules

    @property
    def last(self) -> dt.date:
        """The last day on which something can be due."""
        return self.day + dt.timedelta(days=self.ahead)


def events(asked: Asked, rows: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """Rows in the form of all kinds, those that are due and still make sense.

    Args:
        asked: The question.
        rows: `customer_id`, and what else is given neither there nor here is empty.
        columns: `kind`, `reason`, `event` (day of what happens), `opens` (first day on which the contact
            makes sense), `due`, `until` (last day on which it does), and the rest of `COLUMNS`.
    """
    import pandas as pd

    found = rows.assign(**columns)
    for name in COLUMNS:
        if name not in found:
            found[name] = pd.NA
    for name in ("event", "opens", "due", "until"):
        found[name] = pd.to_datetime(found[name])
    day, last = pd.Timestamp(asked.day), pd.Timestamp(asked.last)
    inside = (found["until"] >= day) & (found["due"] <= last)
    return found.loc[inside, list(COLUMNS)].reset_index(drop=True)


def nothing() -> pd.DataFrame:
    """No event."""
    import pandas as pd

    return pd.DataFrame(columns=list(COLUMNS))


def one_each(rows: pd.DataFrame) -> pd.DataFrame:
    """The first row of each customer, with how many there are."""
    many = rows.groupby("customer_id")["customer_id"].transform("size")
    return rows.assign(count=many).drop_duplicates("customer_id")


def later(day: Any, days: int) -> Any:
    """A day or a column of days, so many days later."""
    import pandas as pd

    return day + pd.Timedelta(days=days)
