"""What the engine counts of cases, contacts and people: whole numbers, so every engine gives the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.customers.cards.figures import COMPLAINT, INBOUND, OUTBOUND
from workbench.customers.purchases import ORDER_KINDS, is_purchase
from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.metrics.periods import Period

DIMENSIONS = ("method", "marketer", "kind", "message", "region", "team")
"""What can be told apart; `region` is the customer's, `team` needs the teams of the marketers."""

WHOLE = "all"
NOBODY = "(unknown)"
MEASURES = {"answer": "first_response_time", "solution": "resolved_time"}
ACTIVE_DAYS = 365
"""Days with an order in them that make a customer an active one."""


def member(table: Any, by: str, teams: Mapping[str, str]) -> Any:
    """Ibis expression of what tells rows apart.

    Raises:
        QuestionError: for an unknown dimension, or teams that nobody named.
    """
    import ibis

    if not by:
        return ibis.literal(WHOLE)
    if by not in DIMENSIONS:
        raise unknown("dimension", by, DIMENSIONS)
    if by != "team":
        return table[by].fill_null(NOBODY)
    if not teams:
        raise QuestionError(
            "Nobody said which marketer is in which team.", "Give teams: the team of each marketer."
        )
    pairs = [(table.marketer == name, ibis.literal(team)) for name, team in teams.items()]
    return ibis.cases(*pairs, else_=NOBODY)


def within(store: Store, period: Period, by: str = "") -> Any:
    """Interactions of a period, with the customer's region where that tells them apart."""
    table = store.table("interactions")
    rows = table.filter(table.local_date.between(period.start, period.end))
    if by != "region":
        return rows
    people = store.table("customers").select("region", person="customer_id")
    return rows.left_join(people, rows.customer_id == people.person)


def waiting(store: Store, period: Period, by: str, teams: Mapping[str, str], measure: str, end: int) -> Any:
    """How long the cases of a period waited: `member, seconds, ended, cases`.

    Args:
        store: The store.
        period: When the cases were opened.
        by, teams: What tells them apart.
        measure: `answer` or `solution`.
        end: Instant up to which anything is known, in seconds since 1970.
    """
    table = within(store, period, by)
    rows = table.filter(table.direction == INBOUND, table.time.notnull())
    stop, begin = _seconds(rows[MEASURES[measure]]), _seconds(rows.time)
    ended = (stop <= end).fill_null(False)
    told = rows.select(member=member(rows, by, teams), seconds=ended.ifelse(stop, end) - begin, ended=ended)
    kept = told.filter(told.seconds >= 0)
    counted = kept.group_by(["member", "seconds", "ended"]).aggregate(cases=kept.count())
    return store.query(counted.order_by("member", "seconds", "ended")).to_pandas()


def _seconds(moment: Any) -> Any:
    """Whole seconds since 1970: engines round parts of a second differently, so these are cut off."""
    return moment.truncate("s").epoch_seconds().cast("int64")


def complaining(store: Store, period: Period, by: str, teams: Mapping[str, str]) -> Any:
    """Complaints among the cases of a period: sums over customers."""
    table = within(store, period, by)
    rows = table.filter(table.direction == INBOUND)
    return _sums(store, rows, member(rows, by, teams), (rows.kind == COMPLAINT).fill_null(False))


def reacting(store: Store, period: Period, by: str, teams: Mapping[str, str], reaction: str) -> Any:
    """Reactions of one kind among the promotions of a period: sums over customers.

    A contact counts where its reaction was noted, also that there was none.
    """
    table = within(store, period, by)
    rows = table.filter(table.direction == OUTBOUND, table.kind == "marketing", table.reaction.notnull())
    return _sums(store, rows, member(rows, by or "method", teams), rows.reaction == reaction)


def _sums(store: Store, rows: Any, name: Any, hit: Any) -> Any:
    """`member, people, n, y, nn, ny, yy`; a row without a customer is a person of its own."""
    who = rows.customer_id.fill_null(rows.interaction_id)
    told = rows.select(member=name, who=who, hit=hit.cast("int64"))
    each = told.group_by(["member", "who"]).aggregate(n=told.count(), y=told.hit.sum())
    sums = each.group_by("member").aggregate(
        people=each.count(), n=each.n.sum(), y=each.y.sum(),
        nn=(each.n * each.n).sum(), ny=(each.n * each.y).sum(), yy=(each.y * each.y).sum(),
    )  # fmt: skip
    return store.query(sums.order_by("member")).to_pandas()


def active(store: Store, period: Period) -> int:
    """Customers with an order in the 365 days up to the end of a period, or with a case in it."""
    contacts = within(store, period)
    wrote = contacts.filter(contacts.direction == INBOUND, contacts.customer_id.notnull())
    people = _buyers(store, period).union(wrote.select("customer_id")).distinct()
    return int(store.query(people.count().name("n").as_table())["n"][0].as_py())


def _buyers(store: Store, period: Period) -> Any:
    orders = store.table("transactions")
    first = period.end - dt.timedelta(days=ACTIVE_DAYS - 1)
    bought = orders.filter(
        orders.customer_id.notnull(),
        is_purchase(orders, ORDER_KINDS),
        orders.local_date.between(first, period.end),
    )
    return bought.select("customer_id")


def contacted(store: Store, period: Period) -> Any:
    """Customers with an order in the 365 days before, by the day of their last contact: `day, customers`."""
    last = _last_contact(store, period.end)
    buyers = _buyers(store, period).distinct()
    joined = buyers.left_join(last, "customer_id").select("customer_id", day=last.day)
    counted = joined.group_by("day").aggregate(customers=joined.count())
    return store.query(counted.order_by("day")).to_pandas()


def recently(store: Store, now: Period, before: Period, days: int) -> tuple[int, int]:
    """Of customers active at both ends: contacted in the `days` before now, not before then; and reverse."""
    both = _buyers(store, now).distinct().inner_join(_buyers(store, before).distinct(), "customer_id")
    both = both.select("customer_id")
    recent = []
    for name, period in (("now", now), ("then", before)):
        last = _last_contact(store, period.end).rename({f"{name}_day": "day", f"{name}_id": "customer_id"})
        both = both.left_join(last, both.customer_id == last[f"{name}_id"]).drop(f"{name}_id")
        first = period.end - dt.timedelta(days=days - 1)
        recent.append((f"{name}_day", first))
    flags = {name[:-4]: (both[name] >= first).fill_null(False) for name, first in recent}
    told = both.select(**flags)
    row = told.aggregate(
        gained=told.count(where=told.now & ~told.then), lost=told.count(where=~told.now & told.then)
    )
    found = store.query(row).to_pylist()[0]
    # an engine may count nothing as null
    return int(found["gained"] or 0), int(found["lost"] or 0)


def _last_contact(store: Store, day: dt.date) -> Any:
    contacts = store.table("interactions")
    known = contacts.filter(contacts.customer_id.notnull(), contacts.local_date <= day)
    return known.group_by("customer_id").aggregate(day=known.local_date.max())
