"""The facts that rules look at, with what their sentences name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.customers.cards.figures import COMPLAINT, INBOUND, Figures, is_open, is_order
from workbench.customers.cards.permits import Permits
from workbench.customers.cards.rows import Row, Rows
from workbench.customers.cards.words import Money
from workbench.customers.cards.worth import LAPSE_DAYS, Worth

LOW = {"nps": 6.0}
"""Kind of feedback → highest score that is a bad one; two of five where it is not named."""

LOW_OF_FIVE = 2.0


@dataclass(frozen=True, eq=False)
class Facts:
    """What is so, as numbers; a fact that is not known is left out.

    Attributes:
        known: Fact → value.
        told: Rule → what its sentence names.
    """

    known: Mapping[str, float]
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Seen:
    """All that facts are read from."""

    rows: Rows
    figures: Figures
    worth: Worth
    permits: Permits
    birth_date: dt.date | None


Found = tuple[Mapping[str, float | None], Mapping[str, Any]]
"""Facts, and what the sentence of their rule names."""


def facts(seen: Seen) -> Facts:
    """Read the facts of one customer."""
    known: dict[str, float] = {}
    told: dict[str, Mapping[str, Any]] = {}
    for rule, read in _READERS.items():
        values, told[rule] = read(seen)
        known |= {name: float(value) for name, value in values.items() if value is not None}
    return Facts(known, told)


def _complaint(seen: Seen) -> Found:
    """The newest open complaint."""
    open_ = [row for row in seen.rows.tables["interactions"] if row["kind"] == COMPLAINT]
    return _case(seen, "complaint_days", [row for row in open_ if is_open(row, seen.rows)])


def _waiting(seen: Seen) -> Found:
    """The newest message of the customer's, other than a complaint, that nobody answered."""
    asked = [row for row in seen.rows.tables["interactions"] if row["direction"] == INBOUND]
    others = [row for row in asked if row["kind"] != COMPLAINT]
    silent = [row for row in others if row["first_response_time"] is None and is_open(row, seen.rows)]
    return _case(seen, "waiting_days", silent)


def _case(seen: Seen, name: str, cases: list[Row]) -> Found:
    if not cases:
        return {}, {}
    newest = cases[0]
    days = seen.rows.days_since(newest["day"])
    said = {"days": days, "day": newest["day"], "method": newest["method"], "message": newest["message"]}
    return {name: days}, said


def _contract(seen: Seen) -> Found:
    """The contract that ends last: a renewed one is no longer about to end."""
    ends = [row["end_date"] for row in seen.rows.counted if row["kind"] == "contract" and row["end_date"]]
    if not ends:
        return {}, {}
    left = (max(ends) - seen.rows.as_of).days
    return {"contract_days_left": left}, {"days": left, "day": max(ends)}


def _low_score(seen: Seen) -> Found:
    """The newest feedback, where it is bad."""
    said = seen.rows.tables["feedback"]
    if not said or not _is_low(said[0]):
        return {}, {}
    newest = said[0]
    score = "–" if newest["score"] is None else f"{newest['score']:g}"
    days = seen.rows.days_since(newest["day"])
    return {"low_score_days": days}, {"days": days, "day": newest["day"], "score": score,
                                      "feedback_kind": newest["kind"]}  # fmt: skip


def _is_low(row: Row) -> bool:
    if row["score"] is None:
        return bool(row["mood"] == "negative")
    return bool(row["score"] <= LOW.get(row["kind"], LOW_OF_FIVE))


def _lapse(seen: Seen) -> Found:
    found = seen.worth
    value = Money(found.clv, found.currency)
    said = {"risk": found.lapse_risk, "top": found.top, "value": value, "days": LAPSE_DAYS}
    return {"lapse_risk": found.lapse_risk, "top": found.top}, said


def _birthday(seen: Seen) -> Found:
    if seen.birth_date is None:
        return {}, {}
    days = days_to_birthday(seen.birth_date, seen.rows.as_of)
    return {"birthday_in": days}, {"days": days}


def days_to_birthday(born: dt.date, day: dt.date) -> int:
    """Days to the next birthday; 29 February is kept on 1 March in other years."""
    for year in (day.year, day.year + 1):
        try:
            next_ = born.replace(year=year)
        except ValueError:
            next_ = dt.date(year, 3, 1)
        if next_ >= day:
            return (next_ - day).days
    raise AssertionError("a birthday comes every year")


def _first_order(seen: Seen) -> Found:
    orders = [row for row in seen.rows.counted if is_order(row)]
    days = seen.rows.days_since(seen.figures.first_day)
    first = Money(None, "")
    if orders and orders[0]["amount_micros"] is not None:
        first = Money.of_micros(orders[0]["amount_micros"], orders[0]["currency"])
    said = {"days": days, "day": seen.figures.first_day, "amount": first}
    return {"orders": len(orders), "days_since_first_order": days}, said


def _consent(seen: Seen) -> Found:
    permits = seen.permits
    counts = {"channels_allowed": len(permits.channels), "channels_undecided": permits.undecided}
    return counts, {"count": permits.undecided}


def _offer(seen: Seen) -> Found:
    days = seen.figures.days_since_contact
    said = {"days": days, "order_days": seen.figures.days_since_order, "orders": seen.figures.orders}
    return {"days_since_contact": days}, said


_READERS: Mapping[str, Callable[[Seen], Found]] = {
    "complaint": _complaint,
    "waiting": _waiting,
    "contract": _contract,
    "low_score": _low_score,
    "lapse": _lapse,
    "birthday": _birthday,
    "first_order": _first_order,
    "consent": _consent,
    "offer": _offer,
}
"""Rule → what reads its facts."""
