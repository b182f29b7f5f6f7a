"""The touches and orders of a store as a stream of events."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from workbench.attribution.notes import Note
from workbench.attribution.source import Source, conversion_rows, touch_rows
from workbench.errors import QuestionError, unknown
from workbench.metrics import periods
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    from workbench.data import Store

DIMENSIONS = {
    "channel": "channel",
    "campaign": "campaign_id",
    "creative": "creative",
    "region": "region",
    "device": "device",
}
"""What a touch of a store can be broken down by → column of table `events`."""

GOALS = ("order", "lead")
UNDONE = ("cancelled", "open")
"""Orders that nobody has paid for."""

TOUCHES = ("impression", "click")
"""Kinds of events that are touches; other kinds (visits, installs) are not."""


def source(store: Store, by: str, window_days: float, period: str, goal: str) -> Source:
    """The touches and conversions of a store.

    Args:
        store: The store.
        by: A key of `DIMENSIONS`.
        window_days: Days before the period whose touches still count.
        period: Days in which a conversion, or a touch that led to none, is answered.
        goal: `order` (orders, without refunds) or `lead`.

    Raises:
        QuestionError: for an unknown dimension, goal or period, or a store without touches or conversions.
    """
    if by not in DIMENSIONS:
        raise unknown("dimension", by, DIMENSIONS)
    if goal not in GOALS:
        raise unknown("goal", goal, GOALS)
    _present(store, "events", "touches")
    conversions, worth, code, notes = _conversions(store, goal)
    span = _period(store, period)
    touches = _named(store, by)

    def within(days: float) -> Source:
        first = None if period == "all" else span.start - dt.timedelta(days=math.ceil(days) + 1)

        def rows() -> Any:
            wins = _wins(_within(conversions, first, span.end), worth)
            return _touches(_within(touches, first, span.end)).union(wins, distinct=False)

        return Source(
            rows=rows,
            ask=store.query,
            sql=store.sql,
            by=by,
            currency=code,
            period=None if period == "all" else span,
            data_version=store.version,
            notes=notes,
            from_day=first,
            within=within,
        )

    return within(window_days)


def _present(store: Store, table: str, what: str) -> None:
    if table not in store.tables:
        raise QuestionError(
            f"This workspace has no {what}: table {table!r} is empty.",
            f"Import {what} into {table!r} first, or give touches as a frame.",
        )


def _period(store: Store, words: str) -> periods.Period:
    from workbench.metrics.query import first_day

    last = store.as_of or _last_day(store)
    return periods.resolve(words, last, first_day(store.whole) or last)


def _last_day(store: Store) -> dt.date:
    events = store.table("events")
    day = store.query(events.local_date.max().name("day").as_table())["day"][0].as_py()
    return day or dt.datetime.now(dt.UTC).date()


def _within(table: Any, first: dt.date | None, last: dt.date) -> Any:
    kept = table.filter(table.local_date <= last) if first else table
    return kept.filter(kept.local_date >= first) if first else kept


def _named(store: Store, by: str) -> Any:
    """Touches with their member; campaigns by their name."""
    events = store.table("events")
    touches = events.filter(events.kind.isin(TOUCHES))
    column = touches[DIMENSIONS[by]]
    if by != "campaign":
        return touches.mutate(member=column)
    names = store.table("campaigns")
    known = names.group_by(campaign_key=names.campaign_id).agg(campaign=names.campaign.max())
    joined = touches.left_join(known, touches.campaign_id == known.campaign_key)
    return joined.mutate(member=joined.campaign.fill_null(joined.campaign_id))


def _touches(touches: Any) -> Any:
    import ibis

    return touch_rows(
        touches,
        customer=touches.customer_id,
        time=touches.time,
        day=touches.local_date,
        member=touches.member,
        conv=ibis.literal(0, type="int64"),
        value=ibis.null("float64"),
    )


def _wins(rows: Any, worth: Any) -> Any:
    return conversion_rows(
        rows, customer=rows.customer_id, time=rows.time, day=rows.local_date, value=worth(rows)
    )


def _conversions(store: Store, goal: str) -> tuple[Any, Any, str, tuple[Note, ...]]:
    """Conversions, what each is worth, the currency, and what is left out."""
    table, column = ("transactions", "amount_micros") if goal == "order" else ("leads", "value_micros")
    _present(store, table, "orders" if goal == "order" else "leads")
    rows = store.table(table)
    if goal == "order":
        rows = rows.filter(rows.kind == "order", rows.status.fill_null("").notin(UNDONE))
    code, others = _currency(store, rows)
    notes = (Note.of("other_currencies", currency=code, count=others),) if others else ()

    def worth(kept: Any) -> Any:
        import ibis

        amount = kept[column].cast("float64") / 1e6
        return (kept.currency.fill_null(NO_CURRENCY) == code).ifelse(amount, ibis.null("float64"))

    return rows, worth, code, notes


def _currency(store: Store, rows: Any) -> tuple[str, int]:
    """The currency of most conversions, or that of the settings; and conversions in others."""
    counted = rows.group_by(code=rows.currency.fill_null(NO_CURRENCY)).agg(n=rows.count())
    found = {row["code"]: row["n"] for row in store.query(counted).to_pylist()}
    if not found:
        return store.settings.currency or NO_CURRENCY, 0
    wanted = store.settings.currency
    code = wanted if wanted in found else max(sorted(found), key=lambda name: found[name])
    return code, sum(found.values()) - found[code]
