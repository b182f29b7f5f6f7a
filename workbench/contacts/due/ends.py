"""Contracts that end with nothing to follow, and customers who fall silent against their own rhythm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.contacts.due.events import Asked, events, later, nothing
from workbench.customers.cards.worth import model_of
from workbench.customers.purchases import LOST
from workbench.errors import QuestionError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.customers import ClvModel

YEAR = 365


def contract_ends(asked: Asked) -> pd.DataFrame:
    """The contract of each customer that ends last; a renewal that is entered already counts, too."""
    if "transactions" not in asked.store.tables:
        return nothing()
    rows = asked.store.table("transactions")
    rows = rows.filter(
        rows.kind == "contract", rows.status.isnull() | ~rows.status.isin(LOST),
        rows.customer_id.notnull(), rows.end_date.notnull(),
    )  # fmt: skip
    chosen = rows.select("transaction_id", "customer_id", "local_date", "end_date")
    found = asked.store.query(chosen).to_pandas()
    begun = found.groupby("customer_id")["local_date"].transform("min") <= asked.day
    found = found[begun].sort_values(["end_date", "transaction_id"], ascending=[False, True])
    found = found.drop_duplicates("customer_id").rename(columns={"transaction_id": "row_id"})
    end = found["end_date"].astype("datetime64[ns]")
    due = later(end, -asked.rules.contract_days)
    return events(
        asked, found, kind="contract", reason="contract", of_table="transactions", event=end,
        opens=due, due=due, until=end,
    )  # fmt: skip


def lapses(asked: Asked) -> pd.DataFrame:
    """Customers with a repeat order on the day on which they have probably left.

    Raises:
        QuestionError: for too short a history to know a rhythm from.
    """
    whole = asked.store.whole
    if "transactions" not in whole.tables:
        return nothing()
    model = model_of(whole, asked.day, whole.settings.currency or None)
    if isinstance(model, QuestionError):
        raise model
    return _crossed(asked, model)


def _crossed(asked: Asked, model: ClvModel) -> pd.DataFrame:
    """Those whose day lies in the window; their worth is the revenue of a year after it."""
    import numpy as np
    import pandas as pd

    away = days_until_lapse(model, asked.rules.alive)
    near = (away <= asked.ahead) & (away >= -asked.rules.lapse_span)
    names = model.history.customer_id.to_numpy()[near]
    silent = (model.history.age - model.history.last)[near]
    day = pd.Timestamp(asked.day) + pd.to_timedelta(away[near].astype(np.int64), unit="D")
    rows = pd.DataFrame({"customer_id": names, "event": day, "count": silent})
    rows["rhythm"] = model.history.last[near] / model.history.x[near]
    rows["worth"] = model.expect(YEAR)["clv"].to_numpy()[near]
    rows = rows[rows["customer_id"].isin(_members(asked))]
    return events(
        asked, rows, kind="lapse", reason="lapse", of_table="transactions", opens=rows["event"],
        due=rows["event"], until=later(rows["event"], asked.rules.lapse_span),
    )  # fmt: skip


def _members(asked: Asked) -> pd.Series:
    """Customers of the store or part."""
    people = asked.store.query(asked.store.table("transactions").select("customer_id").distinct())
    found: pd.Series = people.to_pandas()["customer_id"]
    return found


def days_until_lapse(model: ClvModel, alive: float) -> np.ndarray:
    """Whole days from the model's last day until P(alive) falls under a probability, if no order comes.

    P(alive) = 1 / (1 + a / (b + x − 1) · ((α + T) / (α + t_x))^(r + x)), solved for T: who buys often is
    missed soon, who buys seldom late. Below 0: it fell under it before. Infinite for who has bought once,
    whom the model never lets go.

    Args:
        model: Of all customers.
        alive: The probability.

    Source: Fader, Hardie & Lee (2005), equation 9.
    """
    import numpy as np

    r, alpha, a, b = (model.params[name] for name in ("r", "alpha", "a", "b"))
    x, last = model.history.x, model.history.last / model.days
    with np.errstate(over="ignore", divide="ignore"):
        odds = (1 - alive) / alive * (b + np.maximum(x, 1) - 1) / a
        crossing = (alpha + last) * odds ** (1 / (r + x)) - alpha
    there = np.ceil(np.maximum(crossing, last) * model.days - 1e-9) - model.history.age
    found: np.ndarray = np.where(x > 0, there, np.inf)
    return found
