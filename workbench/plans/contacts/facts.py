"""What a workspace knows of its customers and marketers before contacts are planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.customers import pressing
from workbench.customers.lastday import last_day
from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

STAFF_DAYS = 90
"""Days back in which somebody contacted customers who counts as a marketer now."""

RECENT_DAYS = 30
"""Days in which earlier contacts tire, as `contacts.effects` counts them."""

ASSUMED_MINUTES = 10.0
"""Minutes of a contact where the workspace never wrote any down; the plan says so."""

EVERYBODY = 10**9
"""More complaints than are open."""

SHORTEST = 0.1
"""Minutes that a contact takes at least, as sliders show them."""


@dataclass(frozen=True, eq=False)
class Facts:
    """Customers, marketers and past contacts, as they are on one day.

    Attributes:
        people: One row a customer of a segment: `customer_id, segment, language, last` (day of the last
            contact that we began; NaT: none), `recent` (of the 30 days before), `complaint` (one is open).
        staff: One row a marketer and method: `marketer, method, contacts, minutes` in the last 90 days.
        days: Marketer → days in those 90 with a contact.
        minutes: Method → minutes of a contact, the mean of those written down.
        assumed: Methods whose minutes nobody wrote down.
        languages: Marketer → languages of the customers that they contacted.
        as_of: Last day that counts. start: First day of the plan.
    """

    people: pd.DataFrame
    staff: pd.DataFrame
    days: dict[str, int]
    minutes: dict[str, float]
    assumed: tuple[str, ...]
    languages: dict[str, tuple[str, ...]]
    as_of: dt.date
    start: dt.date

    @property
    def marketers(self) -> tuple[str, ...]:
        """Who contacts customers now."""
        return tuple(dict.fromkeys(self.staff["marketer"]))

    @property
    def hours_now(self) -> float:
        """Mean hours that a marketer spends on such contacts on a day with one."""
        spent = sum(row["contacts"] * self.minutes[row["method"]] for row in self.staff.to_dict("records"))
        return float(spent / 60 / max(sum(self.days.values()), 1))

    @property
    def contacts_now(self) -> float:
        """Mean contacts that a marketer makes on a day with one."""
        return float(self.staff["contacts"].sum() / max(sum(self.days.values()), 1))


def facts(store: Store, by: str, methods: Sequence[str]) -> Facts:
    """Read what a plan rests on.

    Args:
        store: The workspace.
        by: The customers' attribute that makes segments.
        methods: Methods whose effects are known.

    Raises:
        QuestionError: for a workspace without marketers, or an attribute that customers do not have.
    """
    day = last_day(store) or dt.datetime.now(store.zone).date()
    made = _outbound(store, day, methods)
    since = day - dt.timedelta(days=STAFF_DAYS)
    staff, days = _staff(store, made.filter(made.local_date > since))
    if staff.empty:
        raise QuestionError(
            "The interactions of the last 90 days name no marketer.",
            "Import interactions with the column marketer: who contacted the customer.",
        )
    minutes = _minutes(store, made)
    mean = sum(minutes.values()) / len(minutes) if minutes else ASSUMED_MINUTES
    assumed = tuple(name for name in methods if name not in minutes)
    return Facts(
        people=_people(store, made, by, day),
        staff=staff,
        days=days,
        minutes={name: max(round(minutes.get(name, mean), 1), SHORTEST) for name in methods},
        assumed=assumed,
        languages=_languages(store, made.filter(made.local_date > since)),
        as_of=day,
        start=first_day(day),
    )


def first_day(day: dt.date) -> dt.date:
    """The first weekday after a day."""
    return day + dt.timedelta(days=max(1, 7 - day.weekday()) if day.weekday() >= 4 else 1)


def weekdays(start: dt.date, many: int) -> list[dt.date]:
    """So many days from one on, without Saturdays and Sundays."""
    ahead = (start + dt.timedelta(days=step) for step in range(many * 2 + 2))
    return [day for day in ahead if day.weekday() < 5][:many]


def _outbound(store: Store, day: dt.date, methods: Sequence[str]) -> Any:
    """Contacts that we began, up to a day, by methods whose effects are known."""
    rows = store.table("interactions")
    inbound = (rows.direction == "inbound").fill_null(False)
    return rows.filter(
        rows.customer_id.notnull(), ~inbound, rows.local_date <= day, rows.method.isin(list(methods))
    )


def _staff(store: Store, made: Any) -> tuple[pd.DataFrame, dict[str, int]]:
    named = made.filter(made.marketer.notnull())
    by_method = named.group_by("marketer", "method").aggregate(
        contacts=named.count(), minutes=named.minutes.sum()
    )
    by_day = named.group_by("marketer").aggregate(days=named.local_date.nunique())
    staff = store.query(by_method.order_by("marketer", "method")).to_pandas()
    days = {row["marketer"]: int(row["days"]) for row in store.query(by_day).to_pylist()}
    return staff, days


def _minutes(store: Store, made: Any) -> dict[str, float]:
    """Mean minutes of a contact of each method, where any were written down."""
    known = made.filter(made.minutes.notnull())
    found = store.query(known.group_by("method").aggregate(minutes=known.minutes.mean())).to_pylist()
    return {row["method"]: float(row["minutes"]) for row in found}


def _languages(store: Store, made: Any) -> dict[str, tuple[str, ...]]:
    """Who contacted customers of which language; nothing where customers have none."""
    people = store.table("customers")
    if "language" not in people.columns:
        return {}
    spoken = people.filter(people.language.notnull()).select("customer_id", "language")
    pairs = made.filter(made.marketer.notnull()).inner_join(spoken, "customer_id")
    found = store.query(pairs.select("marketer", "language").distinct()).to_pylist()
    known: dict[str, tuple[str, ...]] = {}
    for row in sorted(found, key=lambda row: (row["marketer"], row["language"])):
        known[row["marketer"]] = (*known.get(row["marketer"], ()), row["language"])
    return known


def _people(store: Store, made: Any, by: str, day: dt.date) -> pd.DataFrame:
    import pandas as pd

    table = store.table("customers")
    if by not in table.columns:
        raise unknown("customer attribute", by, table.columns)
    language = table.language if "language" in table.columns else table[by].nullif(table[by])
    people = store.query(table.select("customer_id", segment=table[by], language=language)).to_pandas()
    last = made.group_by("customer_id").aggregate(
        last=made.local_date.max(),
        recent=made.count(where=made.local_date > day - dt.timedelta(days=RECENT_DAYS)),
    )
    found = people.merge(store.query(last).to_pandas(), on="customer_id", how="left")
    found["last"] = pd.to_datetime(found["last"])
    found["recent"] = found["recent"].fillna(0).astype(int)
    found["complaint"] = found["customer_id"].isin(_complaining(store, day))
    ordered: pd.DataFrame = found.sort_values("customer_id", ignore_index=True)
    return ordered


def _complaining(store: Store, day: dt.date) -> list[str]:
    """Customers with an open complaint, whom nobody calls for a promotion."""
    return [found.customer_id for found in pressing(store, day, limit=EVERYBODY)]
