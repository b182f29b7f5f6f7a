"""The units of a store's experiment: who was assigned, and what they did afterwards, at equal age.

A customer's outcome is what its transactions say from the moment of its assignment on: `converted` (at
least one order), `orders`, `revenue` and `margin` (refunds taken off), in currency units; `orders_before`
and `revenue_before` say the same of the days before. Where the store has no transactions, the columns of
`assignments` answer as they were imported. A transaction that only knows its day counts at noon of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from workbench.compare.families import sample_ratio
from workbench.compare.options import Options
from workbench.compare.result import Remark
from workbench.compare.units import Units
from workbench.compare.words import Share
from workbench.errors import QuestionError, unknown
from workbench.schema import NO_CURRENCY, TABLES
from workbench.store.part import part_of

if TYPE_CHECKING:
    from workbench.data import Store

DAY = 86_400
AFTER = ("converted", "orders", "revenue", "margin")
BEFORE = ("orders_before", "revenue_before", "converted_before")
KNOWN = ("converted", "orders", "revenue", "orders_before", "revenue_before")
"""Outcomes that `assignments` itself can hold."""
ORDERS = ("order", "contract")
UNDONE = ("open", "cancelled")
"""States of transactions that did not happen (yet)."""
ATTRIBUTES = tuple(
    column.name
    for column in TABLES["customers"].columns
    if column.role == "attribute" and column.privacy == "none"
)
_MICROS = 1e6


@dataclass(frozen=True)
class Window:
    """Which part of time counts.

    Attributes:
        end: Last moment that counts, in epoch seconds.
        last: The same as a day.
        days: Follow-up of every unit; None: all until the end.
        before: Days before the assignment that the covariates cover.
        remarks: What is to say about it.
    """

    end: int
    last: dt.date
    days: int | None
    before: int
    remarks: tuple[Remark, ...] = ()


def names(store: Store) -> tuple[str, ...]:
    """Experiments of a store, the latest first."""
    table = store.table("assignments")
    begun = table.group_by("experiment").agg(begun=table.time.epoch_seconds().min())
    rows = store.query(begun).to_pylist()
    return tuple(
        row["experiment"] for row in sorted(rows, key=lambda row: (-(row["begun"] or 0), row["experiment"]))
    )


def zone(store: Store) -> ZoneInfo:
    """Zone in which a day of this workspace begins and ends."""
    return ZoneInfo(store.settings.timezone or "UTC")


def end_of(store: Store, last: dt.date) -> int:
    """Epoch second at which a day is over."""
    return int(dt.datetime.combine(last + dt.timedelta(1), dt.time(), zone(store)).timestamp())


def last_day(store: Store) -> dt.date:
    """Last day with transactions; where there are none, the last with data at all."""
    asked = store.table("transactions").local_date.max().name("last").as_table()
    found: dt.date | None = store.query(asked)["last"][0].as_py()
    return found or store.as_of or dt.datetime.now(dt.UTC).date()


def looks(store: Store, name: str, metric: str, days: Sequence[dt.date], covariates: Sequence[str]) -> Units:
    """One outcome as it stood at the end of each of several days, a column `<metric>@<day>` each.

    Args:
        store: The store.
        name: Which experiment.
        metric: Which outcome.
        days: Last days of the looks.
        covariates: From before the assignment.
    """
    _check(covariates, BEFORE, "covariate")
    rows = store.table("assignments").filter(lambda t: t.experiment == name, lambda t: t.variant.notnull())
    begun = rows.select("customer_id", "variant", begun=rows.time.epoch_seconds())
    code, _ = _currency(store, None, [metric])
    joined = _acts(store, begun, code)
    ends = {f"{metric}@{item}": end_of(store, item) for item in days}
    before = _sums(joined, joined.at < joined.begun, _before(joined, Options().before_days))
    seen = {
        key: _outcome_sum(joined, metric, (joined.at >= joined.begun) & (joined.at < end))
        for key, end in ends.items()
    }
    sums = joined.group_by("buyer").agg(
        **{key: before[key.replace("converted", "orders")] for key in covariates}, **seen
    )
    whole = begun.left_join(sums, begun.customer_id == sums.buyer)
    made = {key: _scaled(whole[key], key) for key in (*ends, *covariates)}
    return Units(
        whole.select("customer_id", "variant", **made), store.query, store.sql, store.version, days[-1], code
    )


def units(store: Store, needed: Sequence[str], dims: Sequence[str], made: Options) -> Units:
    """The units of one experiment.

    Args:
        store: The store.
        needed: Outcomes and covariates that the question names.
        dims: Attributes of customers.
        made: Which experiment, until when, follow-up, days before, currency.

    Raises:
        QuestionError: for an experiment, metric, attribute, day or currency that is not there.
    """
    trial = chosen(store, made.name)
    store = of_segment(store, trial, made.segment)
    _check(needed, (*AFTER, *BEFORE), "metric")
    _check(dims, ATTRIBUTES, "attribute")
    rows = store.table("assignments").filter(lambda t: t.experiment == trial, lambda t: t.variant.notnull())
    if "transactions" not in store.tables or not _is_dated(store, rows):
        return _recorded(store, rows, needed, dims, made)
    window = _window(store, rows, made.until, made.days, made.before_days)
    code, remarks = _currency(store, made.currency, needed)
    table = _with_outcomes(store, _eligible(rows, window), window, code, needed)
    table = _with_attributes(store, table, dims)
    sizes = _sizes(store, rows)
    return Units(
        table,
        store.query,
        store.sql,
        store.version,
        window.last,
        code,
        sizes,
        (*window.remarks, *remarks, *_overlap(store, rows, trial)),
        {"revenue": "money", "margin": "money", "converted": "percent", "orders": "number"},
    )


def chosen(store: Store, name: str | None) -> str:
    """The experiment that a question means.

    Raises:
        QuestionError: for an unknown one, or none where there are several.
    """
    known = names(store)
    if not known:
        raise QuestionError(
            "The store holds no experiment.", "Import its assignments first.", "table assignments"
        )
    if name is None and len(known) > 1:
        raise QuestionError(
            f"The store holds {len(known)} experiments.",
            f"Name one: name='{known[0]}'. All: {', '.join(known)}.",
        )
    if name is not None and name not in known:
        raise unknown("experiment", name, known)
    return name or known[0]


def of_segment(store: Store, trial: str, segment: Any) -> Store:
    """The store for a segment's customers, chosen by what was known before anybody was treated."""
    if segment is None:
        return store
    rows = store.table("assignments").filter(lambda t: t.experiment == trial)
    begun = store.query(rows.agg(first=rows.time.epoch_seconds().min()))["first"][0].as_py()
    day = None if begun is None else dt.datetime.fromtimestamp(begun, zone(store)).date() - dt.timedelta(1)
    part: Store = part_of(store, segment, day)
    return part


def _is_dated(store: Store, rows: Any) -> bool:
    known = store.query(rows.agg(known=rows.time.count()))["known"][0].as_py()
    return bool(known)


def _check(asked: Sequence[str], allowed: Sequence[str], kind: str) -> None:
    for name in asked:
        if name not in allowed:
            raise unknown(kind, name, allowed, where="a store's experiment")


def _window(store: Store, rows: Any, until: dt.date | str | None, days: int | None, before: int) -> Window:
    known = last_day(store)
    last = day(until) if until else known
    end = end_of(store, last)
    ages = _ages(store, rows, end)
    if not any(count for count, _ in ages.values()):
        raise QuestionError(f"Nobody was assigned before the end of {last}.", "Choose a later day.", "until")
    if days is not None and not days >= 1:
        raise QuestionError(f"A follow-up of {days!r} days is none.", "Give at least 1.", "days")
    cut = _equal(ages) if days is None else None
    code, follow = ("equal_age", cut) if cut else ("follow_up", days)
    remarks = () if follow is None else _left_out(store, rows, end, follow, code)
    if last < known:
        remarks = (*remarks, Remark.of("early_look", "info", day=last))
    return Window(end, last, follow, before, remarks)


def day(given: dt.date | str) -> dt.date:
    """A day as written.

    Raises:
        QuestionError: for what is no day.
    """
    try:
        return given if isinstance(given, dt.date) else dt.date.fromisoformat(given)
    except ValueError:
        raise QuestionError(f"{given!r} is no day.", "Write it as 2026-10-31.", "until") from None


def _ages(store: Store, rows: Any, end: int) -> dict[str, tuple[int, float]]:
    """Arm → (units assigned before the end, their mean age in days)."""
    age = (end - rows.time.epoch_seconds()).cast("float64")
    begun = rows.filter(age > 0)
    age = (end - begun.time.epoch_seconds()).cast("float64")
    found = store.query(begun.group_by("variant").agg(n=begun.count(), age=age.mean())).to_pylist()
    return {row["variant"]: (row["n"], row["age"] / DAY) for row in found}


def _equal(ages: dict[str, tuple[int, float]]) -> int | None:
    """Days to cut every unit to, where one arm is clearly younger than another."""
    means = [age for _, age in ages.values()]
    if max(means) - min(means) <= max(1.0, 0.05 * max(means)):
        return None
    return max(1, int(min(means)))


def _left_out(store: Store, rows: Any, end: int, days: int, code: str) -> tuple[Remark, ...]:
    begun = rows.filter(rows.time.epoch_seconds() < end)
    old = (begun.time.epoch_seconds() <= end - days * DAY).ifelse(1, 0).sum()
    row = store.query(begun.agg(n=begun.count(), old=old)).to_pylist()[0]
    if not row["old"]:
        raise QuestionError(
            f"No unit has {days} days of follow-up yet.", "Ask for fewer days, or wait.", "days"
        )
    return (Remark.of(code, "info", days=days, share=Share(1 - row["old"] / row["n"])),)


def _eligible(rows: Any, window: Window) -> Any:
    begun = rows.time.epoch_seconds()
    latest = window.end - (window.days * DAY if window.days else 1)
    return rows.filter(begun <= latest).select("customer_id", "variant", begun=begun)


def _currency(store: Store, wanted: str | None, needed: Sequence[str]) -> tuple[str, tuple[Remark, ...]]:
    """The one currency that amounts are in; others are left out, and said."""
    table = store.table("transactions")
    counted = table.group_by("currency").agg(n=table.count())
    found = {row["currency"] or NO_CURRENCY: row["n"] for row in store.query(counted).to_pylist()}
    if wanted and wanted not in found:
        raise unknown("currency", wanted, found)
    own = store.settings.currency
    code = wanted or (own if own in found else max(found, key=lambda key: (found[key], key)))
    others = sorted(set(found) - {code})
    money = {"revenue", "margin", "revenue_before"} & set(needed)
    said = (Remark.of("other_currencies", "warn", currency=code, others=others),) if others and money else ()
    return code, said


def _acts(store: Store, table: Any, code: str) -> Any:
    """The units with each of their transactions."""
    bought = store.table("transactions").filter(lambda t: t.status.isnull() | ~t.status.isin(UNDONE))
    acts = bought.select(
        buyer=bought.customer_id,
        at=bought.time.epoch_seconds().coalesce(_noon(store, bought.local_date)),
        is_order=bought.kind.isin(ORDERS),
        own=bought.currency.fill_null(NO_CURRENCY) == code,
        amount=bought.amount_micros.cast("float64"),
        gain=bought.margin_micros.cast("float64"),
    ).filter(lambda t: t.at.notnull())
    return table.inner_join(acts, table.customer_id == acts.buyer)


def _noon(store: Store, column: Any) -> Any:
    """Epoch second of a day's noon in the workspace's zone, for transactions that only know their day."""
    ahead = dt.datetime.combine(last_day(store), dt.time(12), zone(store)).utcoffset() or dt.timedelta()
    return column.epoch_seconds() + (DAY // 2 - int(ahead.total_seconds()))


def _before(joined: Any, days: int) -> Any:
    age = joined.at - joined.begun
    return (age < 0) & (age >= -days * DAY)


def _with_outcomes(store: Store, table: Any, window: Window, code: str, needed: Sequence[str]) -> Any:
    """The units with what they did; who did nothing has zeros."""
    joined = _acts(store, table, code)
    age = joined.at - joined.begun
    latest = window.days * DAY if window.days else window.end
    after = (age >= 0) & (age < latest) & (joined.at < window.end)
    sums = joined.group_by("buyer").agg(**_sums(joined, after, _before(joined, window.before)))
    whole = table.left_join(sums, table.customer_id == sums.buyer)
    made = {name: _scaled(whole[name.replace("converted", "orders")], name) for name in needed}
    return whole.select("customer_id", "variant", **made)


def _sums(joined: Any, after: Any, before: Any) -> dict[str, Any]:
    made = {name: _outcome_sum(joined, name, after) for name in ("orders", "revenue", "margin")}
    return made | {f"{name}_before": _outcome_sum(joined, name, before) for name in ("orders", "revenue")}


def _outcome_sum(joined: Any, name: str, part: Any) -> Any:
    """Orders as a count, amounts in micros of the one currency."""
    if name in ("orders", "converted"):
        return (part & joined.is_order).ifelse(1, 0).sum().cast("float64")
    return (joined.gain if name == "margin" else joined.amount).sum(where=part & joined.own)


def _scaled(column: Any, name: str) -> Any:
    """A sum in the unit of its outcome; nothing is zero."""
    import ibis

    value = column.fill_null(ibis.literal(0).cast("float64"))
    if name.startswith("converted"):
        return (value > 0).ifelse(1, 0)
    return value / ibis.literal(_MICROS, "float64") if name.startswith(("revenue", "margin")) else value


def _with_attributes(store: Store, made: Any, dims: Sequence[str]) -> Any:
    if not dims:
        return made
    people = store.table("customers")
    known = people.select(**{"person": people.customer_id, **{name: people[name] for name in dims}})
    joined = made.left_join(known, made.customer_id == known.person)
    return joined.drop("person")


def _recorded(store: Store, rows: Any, needed: Sequence[str], dims: Sequence[str], made: Options) -> Units:
    """Outcomes as the assignments were imported with."""
    if made.days or made.until:
        raise QuestionError(
            "Without transactions and times of assignment, days and until have nothing to cut.",
            "Import the orders and the times, or leave both out.",
        )
    _check(needed, KNOWN, "metric")
    table = _with_attributes(store, rows.select("customer_id", "variant", *needed), dims)
    return Units(
        table,
        store.query,
        store.sql,
        store.version,
        None,
        store.settings.currency or NO_CURRENCY,
        units={"revenue": "money", "converted": "percent", "orders": "number"},
    )


def _sizes(store: Store, rows: Any) -> dict[str, int]:
    counted = store.query(rows.group_by("variant").agg(n=rows.count())).to_pylist()
    return {row["variant"]: row["n"] for row in sorted(counted, key=lambda row: str(row["variant"]))}


def _overlap(store: Store, rows: Any, name: str) -> tuple[Remark, ...]:
    """Customers who are in another experiment too: harmless only when alike in every arm."""
    table = store.table("assignments")
    other = table.filter(table.experiment != name)
    others = other.select(who=other.customer_id, other=other.experiment).distinct()
    joined = rows.inner_join(others, rows.customer_id == others.who)
    both = joined.group_by("variant", "other").agg(n=joined.customer_id.nunique())
    found = store.query(both).to_pylist()
    if not found:
        return ()
    sizes = _sizes(store, rows)
    counts = {arm: sum(row["n"] for row in found if row["variant"] == arm) for arm in sizes}
    uneven = not sample_ratio(counts, sizes).ok
    share = Share(sum(counts.values()) / sum(sizes.values()))
    names_ = sorted({row["other"] for row in found})
    code, status = ("overlap_uneven", "bad") if uneven else ("overlap", "info")
    return (Remark(code, {"share": share, "names": names_}, status),)  # type: ignore[arg-type]
