"""Contracts as relationships: what follows on without a gap is a renewal."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.customers.frames import arrow, customer, days, zone_of
from workbench.customers.purchases import LOST, MICROS, currency_of, day_of
from workbench.customers.remarks import Remark, counts
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

COLUMNS = ("customer_id", "start", "end", "amount")


@dataclass(frozen=True, eq=False)
class Contracts:
    """Contracts of known customers that had begun by a day.

    Attributes:
        rows: `customer_id, start, end` (last day; datetime64), `amount` (currency units).
        as_of: Last day that counts.
        currency: ISO 4217 code; `XXX`: not known.
        remarks: What was left out.
        data_version: Version of the store; None for a frame.
    """

    rows: pd.DataFrame
    as_of: dt.date
    currency: str
    remarks: tuple[Remark, ...]
    data_version: int | None


def read(
    contracts: Any, as_of: dt.date | str, timezone: str | None = None, currency: str | None = None
) -> Contracts:
    """Bring contracts of a store or a frame into one form.

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for a day that is none, times without a zone, or several currencies without a choice.
    """
    from workbench.data import Store

    zone_of(timezone)
    day = day_of(as_of)
    if isinstance(contracts, Store):
        return _of_store(contracts, day, currency)
    return _of_frame(contracts, day, timezone, currency)


def _of_store(store: Store, day: dt.date, currency: str | None) -> Contracts:
    rows = store.table("transactions")
    rows = rows.filter(rows.kind == "contract", rows.status.isnull() | ~rows.status.isin(LOST))
    code = currency_of(store, rows, currency)
    asked = rows.select(
        "customer_id",
        code=rows.currency.fill_null(NO_CURRENCY),
        start=rows.local_date,
        end=rows.end_date,
        amount=rows.amount_micros.cast("float64") / float(MICROS),
    )
    found = store.query(asked).to_pandas()
    same = found.pop("code") == code
    found["amount"] = found["amount"].where(same, 0.0)
    return _counted(found, day, code, store.version, int((~same).sum()))


def _of_frame(frame: Any, day: dt.date, timezone: str | None, currency: str | None) -> Contracts:
    import pyarrow as pa

    table = arrow(frame, COLUMNS, "contracts")
    columns = [customer(table["customer_id"])]
    columns += [days(table[name], timezone, name) for name in ("start", "end")]
    found = pa.table([*columns, table["amount"].cast(pa.float64())], names=list(COLUMNS)).to_pandas()
    return _counted(found, day, currency or NO_CURRENCY, None, 0)


def _counted(rows: pd.DataFrame, day: dt.date, code: str, version: int | None, others: int) -> Contracts:
    """Contracts that had begun, with a customer and both days in order; the others counted."""
    import numpy as np
    import pandas as pd

    rows = rows.assign(**{name: pd.to_datetime(rows[name]) for name in ("start", "end")})
    whole = rows["customer_id"].notna() & rows["start"].notna()
    bounded = rows["end"] >= rows["start"]
    begun = rows["start"] <= np.datetime64(day)
    said = counts(
        future_contracts=int((whole & ~begun).sum()),
        nobody=int(rows["customer_id"].isna().sum()),
        endless=int((whole & begun & ~bounded).sum()),
        others_contracts=others,
    )
    kept = rows[whole & bounded & begun].assign(amount=lambda table: table["amount"].fillna(0.0))
    return Contracts(kept.reset_index(drop=True), day, code, said, version)


def spells(asked: Contracts, grace_days: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Relationships: contracts of a customer that follow on within the grace.

    A contract that lengthens the relationship is a renewal; one that runs inside it is an addition and
    renews nothing. A relationship has ended when the grace after its last day is over by `as_of`. A renewal
    is settled when the grace before it is over, too: those who renew at once must not count before those who
    leave can.

    Returns:
        One row a relationship: `customer_id, start, end, renewals, settled` (renewals), `left` (0 or 1),
        `length` (days that the last contract added), `amount` (of that contract); and the days that settled
        renewals came late, in order.
    """
    import numpy as np
    import pandas as pd

    rows = asked.rows.sort_values(["customer_id", "start", "end"], kind="stable", ignore_index=True)
    until = rows.groupby("customer_id", sort=False)["end"].cummax()
    before = until.groupby(rows["customer_id"], sort=False).shift()
    grace, today = pd.Timedelta(days=grace_days), np.datetime64(asked.as_of)
    fresh = before.isna() | (rows["start"] > before + grace + pd.Timedelta(days=1))
    longer = fresh | (rows["end"] > before)
    renews = longer & ~fresh
    settled = renews & (before + grace < today)
    since = before.where(~fresh, rows["start"] - pd.Timedelta(days=1))
    rows = rows.assign(
        spell=fresh.cumsum(), renews=renews, settled=settled, length=(rows["end"] - since).dt.days
    )
    found = _joined(rows, longer)
    late = np.maximum((rows["start"] - before)[settled].dt.days.to_numpy() - 1, 0)
    over = found["end"] + grace < today
    return found.assign(left=over.astype(np.int64)).reset_index(drop=True), np.sort(late)


def _joined(rows: pd.DataFrame, longer: pd.Series) -> pd.DataFrame:
    """Contracts joined into relationships."""
    found = rows.groupby("spell").agg(
        customer_id=("customer_id", "first"),
        start=("start", "first"),
        end=("end", "max"),
        renewals=("renews", "sum"),
        settled=("settled", "sum"),
    )
    found = found.astype({"renewals": "int64", "settled": "int64"})
    return found.join(rows[longer].groupby("spell")[["length", "amount"]].last())
