"""Cohorts: customers by when or how they came, and what they still do, period by period."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.lastday import last_day
from workbench.customers.orders import Orders, read
from workbench.customers.purchases import MICROS, ORDER_KINDS, is_purchase
from workbench.customers.remarks import Remark, counts
from workbench.errors import QuestionError, unknown
from workbench.i18n import formats
from workbench.schema import NO_CURRENCY
from workbench.segments.people import called
from workbench.segments.shares import wilson
from workbench.store.part import part_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

PERIODS = {"week": "W", "month": "M", "quarter": "Q", "year": "Y"}
CHANNEL = "channel"
"""Short for the attribute `acquisition_channel`."""


@dataclass(frozen=True, eq=False)
class Cohorts:
    """The answer of `cohorts`.

    Attributes:
        table: One row a cohort and period: `cohort` (first day of the period, or a text); `period` (0:
            the one of the first order); `customers` that could be seen in it; `active` (with an order);
            `retention` (active / customers) with `low` and `high` (95%, Wilson); `orders`; `amount`
            (currency units, less refunds). A cell whose period has not ended for anybody is missing
            throughout: unknown, not 0.
        repeat: One row a cohort, and one for all (`cohort` is missing): `customers, repeaters, repeat_rate,
            low, high` up to `as_of`; and `followed` (customers first seen at least `within` days before
            it), `repeaters_within, repeat_rate_within, low_within, high_within`, which can be compared
            between old and young cohorts.
        by: What makes a cohort.
        unit: Length of a period: `week`, `month`, `quarter` or `year`.
        within: Days for `repeat_rate_within`.
        as_of: Last day that counted.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        remarks: What was left out.
        data_version: Version of the store; None for a frame.
        sql: The query; empty for a frame.
    """

    table: pd.DataFrame
    repeat: pd.DataFrame
    by: str
    unit: str
    within: int
    as_of: dt.date
    currency: str
    remarks: tuple[Remark, ...]
    data_version: int | None
    sql: str
    store: Store | None = field(default=None, repr=False)

    @right_kinds
    def matrix(self, what: str = "retention") -> pd.DataFrame:
        """Cohorts × periods of one column; open cells are missing.

        Args:
            what: `retention, low, high, active, customers, orders` or `amount`.

        Raises:
            QuestionError: for another column.
        """
        known = ("retention", "low", "high", "active", "customers", "orders", "amount")
        if what not in known:
            raise unknown("column of a cohort matrix", what, known)
        return self.table.pivot(index="cohort", columns="period", values=what)

    @right_kinds
    def repeat_shown(self, most: int) -> pd.DataFrame:
        """The rows of `repeat`: everybody, then the newest cohorts, or the largest of other kinds."""
        each = self.repeat[self.repeat["cohort"].notna()]
        calendar = self.by in PERIODS
        best = each.iloc[::-1] if calendar else each.sort_values("customers", ascending=False, kind="stable")
        import pandas as pd

        return pd.concat([self.repeat[self.repeat["cohort"].isna()], best.head(most)], ignore_index=True)

    def name(self, cohort: Any, lang: str = "en") -> str:
        """What a cohort is called."""
        if not isinstance(cohort, dt.date):
            return called(self.store, "acquisition_channel" if self.by == CHANNEL else self.by, cohort, lang)
        return period_name(cohort, self.unit, lang)

    def sentence(self, lang: str = "en") -> str:
        """The repeat rate of all, and how many are active again after one period."""
        everyone = self.repeat[self.repeat["cohort"].isna()].iloc[0]
        next_ = self.table[(self.table["period"] == 1) & self.table["retention"].notna()]
        said = i18n.text(
            "cohorts.said",
            lang,
            customers=formats.number(everyone["customers"], lang),
            rate=formats.percent(everyone["repeat_rate"], lang, 1),
            low=formats.percent(everyone["low"], lang, 1),
            high=formats.percent(everyone["high"], lang, 1),
        )
        if not next_["customers"].sum():
            return said
        share = float(next_["active"].sum() / next_["customers"].sum())
        more = i18n.text(f"cohorts.next_{self.unit}", lang, share=formats.percent(share, lang, 1))
        return said + (" " if lang == "en" else "") + more

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, `repeat`, and what the answer says of itself."""
        return {
            "rows": _records(self.table),
            "repeat": _records(self.repeat),
            "by": self.by,
            "unit": self.unit,
            "within": self.within,
            "as_of": self.as_of.isoformat(),
            "currency": self.currency,
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(), *(remark.sentence("en") for remark in self.remarks)]
        matrix = self.matrix().rename(index=self.name)
        return str(matrix.map(lambda share: formats.percent(share, "en", 0)).to_html()) + "".join(
            f"<p>{escape(text)}</p>" for text in said
        )


@right_kinds
def cohorts(
    orders: Any,
    as_of: dt.date | str | None = None,
    by: str = "month",
    unit: str = "",
    within: int = 90,
    groups: Mapping[Any, str] | None = None,
    timezone: str | None = None,
    currency: str | None = None,
    segment: Any = None,
) -> Cohorts:
    """Follow customers from their first order, cohort by cohort.

    A customer is active in a period with an order in it. Periods are those of the calendar, counted from
    the one of the first order. A cell counts the customers whose period has ended by `as_of`; where there
    are none it is missing.

    Args:
        orders: A store, or a pandas, Polars, Arrow or Ibis table with `customer_id, order_time, amount`
            (currency units; a negative amount is a refund, which lowers the money and is no order).
        as_of: Last day that counts; None: the last day on which customers of a store did anything.
        by: `week`, `month`, `quarter` or `year` of the first order; of a store also `channel` (that
            acquired the customer) or another attribute of `customers`; `group` with `groups`.
        unit: Length of a period; empty: as `by`, else `month`.
        within: Days in which a second order makes a repeat customer of comparable age.
        groups: Customer → cohort, for `by="group"`; others are in the cohort `""`.
        timezone: Zone of times that name none, and of the days.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        segment: Of a store, a rule of `segments` whose customers alone count, as they are on that day.

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for unknown cohorts or units, a day that is none, times without a zone, or several
            currencies without a choice.
    """
    from workbench.data import Store

    day, length = _day(orders, as_of), _length(by, unit, within)
    orders = part_of(orders, segment, day)
    store = orders if isinstance(orders, Store) else None
    asked = read(orders, day, timezone, currency)
    first = first_orders(asked, grouped(store, by, groups), length)
    question = _cells(asked, first, length)
    repeated = asked.ask(_repeats(asked, first, within))
    cells = asked.ask(question)
    return Cohorts(
        table=_table(cells, repeated, length, asked.as_of, by in PERIODS),
        repeat=_repeat(repeated, by in PERIODS),
        by=by,
        unit=length,
        within=within,
        as_of=asked.as_of,
        currency=asked.currency,
        remarks=asked.remarks + counts(others=int(cells["others"].sum())),
        data_version=asked.data_version,
        sql=asked.sql(question),
        store=store,
    )


def _day(orders: Any, as_of: dt.date | str | None) -> dt.date | str:
    """The last day that counts."""
    from workbench.data import Store

    day = as_of or (last_day(orders) if isinstance(orders, Store) else None)
    if day is None:
        raise QuestionError("as_of is missing.", "Say the last day that counts, such as as_of='2026-06-30'.")
    return day


def _length(by: str, unit: str, within: int) -> str:
    """The length of a period, once it fits what the cohorts are made by."""
    length = unit or (by if by in PERIODS else "month")
    if length not in PERIODS:
        raise unknown("unit of a period", length, PERIODS)
    if by in PERIODS and by != length:
        raise QuestionError(f"Cohorts by {by} cannot be followed by {length}.", f"Say unit={by!r}.")
    if within < 1:
        raise QuestionError(f"within is {within}.", "Give at least 1 day.")
    return length


def period_name(start: dt.date, unit: str, lang: str) -> str:
    """A period of the calendar by its first day."""
    if unit == "week":
        return formats.date(start, lang)
    if unit == "month":
        return formats.month(start, lang)
    return i18n.text(f"cohorts.{unit}", lang, year=start.year, quarter=(start.month + 2) // 3)


def grouped(store: Store | None, by: str, groups: Mapping[Any, str] | None) -> Any:
    """Ibis expression of customers and their cohort; None where the first order makes it.

    Raises:
        QuestionError: for what makes no cohort.
    """
    from workbench.schema import TABLES

    if by in PERIODS:
        return None
    if by == "group" and groups:
        import ibis
        import pyarrow as pa

        who, what = list(groups), [str(value) for value in groups.values()]
        return ibis.memtable(pa.table({"of": who, "cohort": what}))
    named = "acquisition_channel" if by == CHANNEL else by
    known = [c.name for c in TABLES["customers"].columns if c.role == "attribute" and c.privacy == "none"]
    if store is None or named not in known:
        raise unknown("cohort", by, [*PERIODS, "group (with groups=)", *([CHANNEL, *known] if store else [])])
    return store.table("customers").select("customer_id", named).rename(of="customer_id", cohort=named)


def first_orders(asked: Orders, grouped: Any, unit: str) -> Any:
    """Ibis expression: each buyer with cohort, first day and period of the first order."""

    bought = asked.counted.filter(is_purchase(asked.counted, ORDER_KINDS))
    first = bought.group_by("customer_id").aggregate(first_day=bought.local_date.min())
    first = first.mutate(born=first.first_day.truncate(PERIODS[unit]))
    if grouped is None:
        return first.mutate(cohort=first.born)
    joined = first.left_join(grouped, first.customer_id == grouped.of)
    return joined.select("customer_id", "first_day", "born", cohort=joined.cohort.fill_null(""))


def _cells(asked: Orders, first: Any, unit: str) -> Any:
    """Ibis expression: customers, orders and money by cohort, period of birth and period."""
    rows = asked.counted
    bought = is_purchase(rows, ORDER_KINDS)
    same = rows.currency.fill_null(NO_CURRENCY) == asked.currency
    facts = rows.select(
        who="customer_id",
        now=rows.local_date.truncate(PERIODS[unit]),
        bought=bought,
        same=same,
        micros=rows.amount_micros,
    )
    joined = facts.join(first, facts.who == first.customer_id)
    return (
        joined.group_by(["cohort", "born", "now"])
        .aggregate(
            active=joined.who.nunique(where=joined.bought),
            orders=joined.count(where=joined.bought),
            micros=joined.micros.sum(where=joined.same),
            others=joined.count(where=~joined.same),
        )
        .order_by(["cohort", "born", "now"])
    )


def _repeats(asked: Orders, first: Any, within: int) -> Any:
    """Ibis expression: customers, repeaters and those in time, by cohort and period of birth."""
    import ibis

    bought = asked.counted.filter(is_purchase(asked.counted, ORDER_KINDS)).select("customer_id", "local_date")
    days = bought.rename(who="customer_id")
    joined = days.join(first, days.who == first.customer_id)
    in_time = joined.local_date <= joined.first_day + ibis.interval(days=within)
    buyers = joined.group_by(["customer_id", "cohort", "born", "first_day"]).aggregate(
        orders=joined.count(), early=joined.count(where=in_time)
    )
    old = buyers.first_day <= asked.as_of - dt.timedelta(days=within)
    return (
        buyers.group_by(["cohort", "born"])
        .aggregate(
            customers=buyers.count(),
            repeaters=buyers.count(where=buyers.orders > 1),
            followed=buyers.count(where=old),
            repeaters_within=buyers.count(where=old & (buyers.early > 1)),
        )
        .order_by(["cohort", "born"])
    )


def _table(
    cells: pd.DataFrame, sizes: pd.DataFrame, unit: str, as_of: dt.date, calendar: bool
) -> pd.DataFrame:
    """Cells of all cohorts and periods; those not yet ended for anybody are missing."""
    import pandas as pd

    born, now = (ordinal(cells[name], unit) for name in ("born", "now"))
    # A refund may only follow its order, but a file can say otherwise: it counts in the first period.
    cells = cells.assign(period=(now - born).clip(lower=0))
    open_ = ended(as_of, unit)
    cells = cells[now.clip(lower=born) < open_]
    sums = cells.groupby(["cohort", "period"])[["active", "orders", "micros"]].sum()
    ages = (open_ - ordinal(sizes["born"], unit)).clip(lower=0)  # periods that have ended
    rows = []
    for cohort, group in sizes.assign(age=ages).groupby("cohort", sort=True):
        most = int(ages.max()) if len(ages) else 0
        rows += [
            (cohort, at, int(group.loc[group["age"] > at, "customers"].sum())) for at in range(max(most, 1))
        ]
    table = pd.DataFrame(rows, columns=["cohort", "period", "customers"])
    table = table.merge(sums.reset_index(), on=["cohort", "period"], how="left")
    seen = table["customers"] > 0
    for name in ("active", "orders", "micros"):
        table[name] = table[name].astype(float).fillna(0).where(seen)
    table["customers"] = table["customers"].astype(float).where(seen)
    table["retention"] = table["active"] / table["customers"]
    table["low"], table["high"] = wilson(table["active"], table["customers"])
    table["amount"] = table["micros"] / MICROS
    if calendar:
        table["cohort"] = [calendar_day(value) for value in table["cohort"]]
    names = ["cohort", "period", "customers", "active", "retention", "low", "high", "orders", "amount"]
    return table[names]


def _repeat(found: pd.DataFrame, calendar: bool) -> pd.DataFrame:
    import pandas as pd

    names = ["customers", "repeaters", "followed", "repeaters_within"]
    each = found.groupby("cohort", as_index=False)[names].sum()
    everyone = pd.DataFrame([[None, *found[names].sum()]], columns=each.columns).astype({"cohort": object})
    each["cohort"] = [calendar_day(value) if calendar else value for value in each["cohort"]]
    table = pd.concat([each.astype({"cohort": object}), everyone], ignore_index=True)
    for end, hits, n in (("", "repeaters", "customers"), ("_within", "repeaters_within", "followed")):
        count = table[n].astype(float)
        table[f"repeat_rate{end}"] = table[hits].astype(float) / count.where(count > 0)
        table[f"low{end}"], table[f"high{end}"] = wilson(table[hits].astype(float), count)
    return table


def ended(as_of: dt.date, unit: str) -> int:
    """Number of the first period that has not ended by a day."""
    import pandas as pd

    return int(ordinal(pd.Series([as_of + dt.timedelta(1)]), unit).iloc[0])


def ordinal(days: pd.Series, unit: str) -> pd.Series:
    """Number of the period of the calendar in which each day lies."""
    import numpy as np
    import pandas as pd

    stamps = pd.Series(pd.to_datetime(days.to_numpy()), index=days.index)
    if unit == "week":
        whole = stamps.to_numpy().astype("datetime64[D]").astype(np.int64)
        return pd.Series((whole + 3) // 7, index=days.index)  # 1970-01-01 was a Thursday
    year, month = stamps.dt.year.astype("int64"), stamps.dt.month.astype("int64") - 1
    if unit == "year":
        return year
    return 12 * year + month if unit == "month" else 4 * year + month // 3


def calendar_day(value: Any) -> dt.date:
    """The day of a timestamp."""
    import pandas as pd

    return pd.Timestamp(value).date()


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    known = table.astype(object).where(table.notna(), None).to_dict("records")
    return [
        {str(key): value.isoformat() if isinstance(value, dt.date) else value for key, value in row.items()}
        for row in known
    ]
