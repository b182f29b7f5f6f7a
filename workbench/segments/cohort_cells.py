"""Who is behind cells of a cohort matrix, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.customers.orders import read
from workbench.customers.purchases import ORDER_KINDS, is_purchase
from workbench.errors import QuestionError
from workbench.segments.cohorts import PERIODS, calendar_day, ended, first_orders, grouped, ordinal

if TYPE_CHECKING:
    from workbench.segments.cohorts import Cohorts


def members(answer: Cohorts, cohorts: Sequence[Any], first: int, last: int) -> list[Any]:
    """Customers of cohorts with an order in one of the periods, as the matrix counts them.

    Args:
        answer: Of `cohorts`, asked of a store.
        cohorts: As in its table.
        first, last: Periods after that of the first order, both included.

    Raises:
        QuestionError: for an answer that was asked of a frame.
    """
    import pandas as pd

    if answer.store is None:
        raise QuestionError(
            "These cohorts are of a frame, whose customers are not kept.", "Ask cohorts of a store."
        )
    orders = read(answer.store, answer.as_of, None, answer.currency)
    rows = orders.ask(_active(answer, orders))
    calendar = answer.by in PERIODS
    rows = rows.assign(cohort=[calendar_day(value) for value in rows["cohort"]]) if calendar else rows
    at = {name: ordinal(rows[name], answer.unit) for name in ("born", "now")}
    open_ = ended(answer.as_of, answer.unit)
    inside = rows["cohort"].isin(list(cohorts)) & (at["now"] - at["born"]).between(first, last)
    found: pd.Series = rows.loc[inside & (at["now"] < open_), "who"]
    return sorted(found.unique())


def words(answer: Cohorts, cohorts: Sequence[Any], first: int, last: int, lang: str) -> str:
    """Who is behind cells: when they came, and when they ordered again."""
    ends = [answer.name(cohort, lang) for cohort in cohorts]
    came = ends[0] if len(ends) == 1 else f"{ends[0]} – {ends[-1]}"
    kind = "came" if answer.by in PERIODS else "of"
    if last == 0:
        return i18n.text(f"pointed.cohort_{kind}", lang, cohort=came)
    periods = f"{first}" if first == last else f"{first}–{last}"
    again = i18n.text(f"pointed.again_{answer.unit}", lang, periods=periods)
    return i18n.text(f"pointed.cohort_{kind}_again", lang, cohort=came, again=again)


def _active(answer: Cohorts, orders: Any) -> Any:
    """Ibis expression: each buyer and period with an order, with the cohort and its period of birth."""
    first = first_orders(orders, grouped(answer.store, answer.by, None), answer.unit)
    rows = orders.counted.filter(is_purchase(orders.counted, ORDER_KINDS))
    facts = rows.select(who="customer_id", now=rows.local_date.truncate(PERIODS[answer.unit]))
    joined = facts.join(first, facts.who == first.customer_id)
    return joined.select("who", "now", "born", "cohort").distinct()
