"""The question of the interaction report."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers.cards.rows import last_day, zone_of
from workbench.customers.service import cases, rates, survival
from workbench.customers.service.answer import Interactions
from workbench.errors import QuestionError
from workbench.metrics.periods import Period, before, resolve
from workbench.store.part import part_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

QUANTILES = {"median": 0.5, "p75": 0.75, "p90": 0.9}
HOUR = 3600.0
RECENT = 30
"""Days within which a contact is a recent one."""

BINS = ((0, 7), (8, 14), (15, 30), (31, 60), (61, 90), (91, 180), (181, None))
"""Days since the last contact, from and to."""


@dataclass(frozen=True)
class _Asked:
    """One report: what is asked, and the instant up to which anything is known."""

    store: Store
    now: Period
    before: Period | None
    by: str
    teams: Mapping[str, str]
    end: int

    @property
    def periods(self) -> tuple[Period, ...]:
        return (self.now,) if self.before is None else (self.now, self.before)


@right_kinds
def interactions(
    store: Store,
    period: str = "last_90_days",
    compare: str | None = "previous_period",
    by: str = "",
    teams: Mapping[str, str] | None = None,
    segment: Any = None,
) -> Interactions:
    """Report how customers are looked after, compared with the period before.

    Args:
        store: The store; table `interactions`, and `transactions` for who is active.
        period: Days in which cases were opened and promotions sent, in words.
        compare: `previous_period`, `previous_year` or a period; None: no comparison.
        by: `method`, `marketer`, `kind`, `message`, `region` (of the customer) or `team`; empty: all together
            (promotions by method).
        teams: Marketer → team, for `by="team"`.
        segment: A rule or a saved segment's name: its customers alone count, as they are on the last day of
            the period; None: everybody.

    Returns:
        `.times`: answer and solution times in hours by Kaplan–Meier, so that open cases count as long as they
        have waited; `.complaints`; `.reactions` to promotions; `.contact_days`. Each with 95% intervals and,
        where compared, the value before, a p-value and the one corrected for all of the report (Holm).

    Raises:
        QuestionError: for a workspace without interactions, or words that name no period or dimension.
    """
    if "interactions" not in store.tables:
        raise QuestionError(
            "This workspace has no interactions.", "Import calls, mails, messages or cases first."
        )
    day, first = span(store)
    now = resolve(period, day, first)
    past = before(now, compare, day, first) if compare else None
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, zone_of(store))
    part = part_of(store, segment, now.end)
    asked = _Asked(part, now, past, by, teams or {}, int(end.timestamp()))
    tables = {name: make(asked) for name, make in _TABLES.items()}
    rate, past_rate = _complaint_rates(asked)
    return Interactions(
        period=now,
        compare=past,
        by=by,
        as_of=day,
        complaint_rate=rate,
        complaint_rate_before=past_rate,
        recent_days=RECENT,
        data_version=store.version,
        held_back=0,
        **_corrected(tables),
    )


def span(store: Store) -> tuple[dt.date, dt.date]:
    """(last day, first day) of a report, as periods are resolved."""
    table = store.table("interactions")
    found: dt.date | None = store.query(table.aggregate(day=table.local_date.min()))["day"][0].as_py()
    day = last_day(store)
    return day, found or day


def _times(asked: _Asked) -> pd.DataFrame:
    """One row a measure and member."""
    import pandas as pd

    rows = []
    for measure in cases.MEASURES:
        found = [_waits(asked, period, measure) for period in asked.periods]
        rows += [_time(measure, name, [waits.get(name) for waits in found]) for name in found[0]]
    return pd.DataFrame(rows)


def _waits(asked: _Asked, period: Period, measure: str) -> dict[str, survival.Waits]:
    rows = cases.waiting(asked.store, period, asked.by, asked.teams, measure, asked.end)
    return {
        str(name): survival.waits(
            part["seconds"].to_numpy(float), part["ended"].to_numpy(bool), part["cases"].to_numpy(float)
        )
        for name, part in rows.groupby("member")
    }


def _time(measure: str, name: str, found: list[survival.Waits | None]) -> dict[str, Any]:
    now, past = found[0], found[1] if len(found) > 1 else None
    assert now is not None
    row: dict[str, Any] = {"measure": measure, "member": name, "n": now.n, "open": now.open}
    for label, share in QUANTILES.items():
        quantile = survival.quantile(now, share)
        row |= {
            label: quantile.value / HOUR,
            f"{label}_low": quantile.low / HOUR,
            f"{label}_high": quantile.high / HOUR,
        }
    if len(found) > 1:
        row["median_before"] = survival.quantile(past, 0.5).value / HOUR if past else math.nan
        row["p_value"] = survival.log_rank(now, past) if past else math.nan
    return row


def _complaints(asked: _Asked) -> pd.DataFrame:
    """Complaints among cases, one row a member."""
    return _shares(asked, lambda period: cases.complaining(asked.store, period, asked.by, asked.teams))


def _reactions(asked: _Asked) -> pd.DataFrame:
    """Positive and negative reactions, one row a reaction and member."""
    import pandas as pd

    parts = []
    for reaction in ("positive", "negative"):
        ask = lambda period, kind=reaction: cases.reacting(asked.store, period, asked.by, asked.teams, kind)  # noqa: E731
        parts.append(_shares(asked, ask).assign(reaction=reaction))
    return pd.concat(parts, ignore_index=True)


def _shares(asked: _Asked, ask: Callable[[Period], pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    asked_rows = [ask(period) for period in asked.periods]
    found = [_rates(rows) for rows in asked_rows]
    people = [
        dict(zip(map(str, part["member"]), map(int, part["people"]), strict=True)) for part in asked_rows
    ]
    rows = []
    for name, now in found[0].items():
        row = {"member": name, "people": people[0][name], **_told(now)}
        if len(found) > 1:
            past = found[1].get(name, rates.NOTHING)
            row |= {"people_before": people[1].get(name, 0), "hits_before": past.hits}
            row |= {"rate_before": past.value, "p_value": rates.differ(now, past)}
        rows.append(row)
    columns = ["member", "people", "n", "hits", "rate", "low", "high"]
    columns += ["people_before", "hits_before", "rate_before", "p_value"] if len(found) > 1 else []
    return pd.DataFrame(rows, columns=columns)


def _people(rows: pd.DataFrame) -> dict[str, int]:
    return dict(zip(map(str, rows["member"]), map(int, rows["people"]), strict=True))


def _rates(rows: pd.DataFrame) -> dict[str, rates.Rate]:
    return {
        str(row["member"]): rates.share(rates.Sums(**{name: int(row[name]) for name in _SUMS}))
        for row in rows.to_dict("records")
    }


_SUMS = ("people", "n", "y", "nn", "ny", "yy")


def _told(rate: rates.Rate) -> dict[str, Any]:
    return {"n": rate.n, "hits": rate.hits, "rate": rate.value, "low": rate.low, "high": rate.high}


def _complaint_rates(asked: _Asked) -> tuple[dict[str, float], dict[str, float]]:
    """Complaints an active customer: now and before, with the p-value."""
    found = []
    for period in asked.periods:
        rows = cases.complaining(asked.store, period, "", {})
        sums = rates.Sums(**{name: int(rows[name].iloc[0]) for name in _SUMS}) if len(rows) else _NONE
        found.append(rates.count(sums, cases.active(asked.store, period)))
    past = _told(found[1]) | {"p_value": rates.counts_differ(*found)} if len(found) > 1 else {}
    return _told(found[0]), past


_NONE = rates.Sums(0, 0, 0, 0, 0, 0)


def _contact_days(asked: _Asked) -> pd.DataFrame:
    """Customers with an order in the last 365 days by the days since their last contact."""
    import pandas as pd

    found = [_binned(cases.contacted(asked.store, period), period.end) for period in asked.periods]
    table = pd.DataFrame({"days": [_bin(*ends) for ends in BINS] + ["never"], "customers": found[0]})
    table["share"] = table["customers"] / max(1, sum(found[0]))
    table["of_largest"] = table["customers"] / max(1, *found[0])
    if asked.before:
        table["share_before"] = [count / max(1, sum(found[1])) for count in found[1]]
        moved = cases.recently(asked.store, asked.now, asked.before, RECENT)
        table["p_value"] = [rates.changed_minds(*moved)] + [math.nan] * len(BINS)
    return table


def _bin(low: int, high: int | None) -> str:
    return f"{low}+" if high is None else f"{low}-{high}"


def _binned(rows: pd.DataFrame, end: dt.date) -> list[int]:
    count = [0] * (len(BINS) + 1)
    for day, customers in zip(rows["day"], rows["customers"], strict=True):
        known = isinstance(day, dt.date) and day == day
        count[_place((end - day).days) if known else len(BINS)] += int(customers)
    return count


def _place(days: int) -> int:
    return next(at for at, (_, high) in enumerate(BINS) if high is None or days <= high)


_TABLES: Mapping[str, Callable[[_Asked], pd.DataFrame]] = {
    "times": _times,
    "complaints": _complaints,
    "reactions": _reactions,
    "contact_days": _contact_days,
}


def _corrected(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The p-values of all tables as one family."""
    import numpy as np

    from workbench.compare.families import corrected

    named = [name for name, table in tables.items() if "p_value" in table]
    if not named:
        return tables
    family = corrected(np.concatenate([tables[name]["p_value"].to_numpy(float) for name in named]))
    parts = np.split(family, np.cumsum([len(tables[name]) for name in named])[:-1])
    fresh = {name: tables[name].assign(p_adjusted=part) for name, part in zip(named, parts, strict=True)}
    return {**tables, **fresh}
