"""Possible contacts with what each is expected to bring, when it is due, and why."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from workbench.contacts import ContactInterval
from workbench.contacts.hazard import MOST_RECENT
from workbench.plans.contacts.facts import RECENT_DAYS, Facts
from workbench.plans.contacts.permits import Permits
from workbench.plans.contacts.worth import Worth

if TYPE_CHECKING:
    import pandas as pd

YEAR = 365.0
FIRST = "first"
"""Band of `contacts.effects` for customers who were never contacted."""

COLUMNS = (
    *("customer_id", "method", "value", "segment", "language", "ready", "chance", "harm", "worth", "gap"),
    *("routine_days", "wait_days"),
)


def candidates(
    facts: Facts, rhythm: ContactInterval, permits: Permits, worth: Worth, end: dt.date
) -> pd.DataFrame:
    """One row a customer and method that may be contacted within the plan.

    A contact's value is the worth of a positive reaction times its probability after that gap, less what
    bad reactions, complaints and opt-outs take away; an opt-out takes a year of the routine.

    Args:
        facts: Customers and past contacts.
        rhythm: Reaction by gap, and the routine interval of each segment and method.
        permits: Who may be contacted how.
        worth: What a positive reaction of each is worth.
        end: Last day of the plan.

    Returns:
        `customer_id, method, value` (in `worth`'s unit), `segment, language, ready` (day from which the
        routine interval has passed), `chance` (of a positive reaction then), `harm` (in values of one),
        `worth`, `gap` (days since the last contact then; NaN: the first), `routine_days`, `wait_days`
        (days until `ready`, 0 where it has passed).
    """
    import pandas as pd

    allowed = _allowed(facts, permits)
    if allowed.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    told = allowed.merge(_routines(rhythm), on=["segment", "method"])
    told = _timed(told, facts.start)
    told = told[told["ready"] <= pd.Timestamp(end)].reset_index(drop=True)
    told["chance"] = _chances(told, rhythm)
    told["harm"] = _harms(told, rhythm)
    told = told.merge(worth.table, on="customer_id", how="left")
    told["worth"] = told["worth"].fillna(worth.usual)
    told["value"] = told["worth"] * (told["chance"] - told["harm"])
    return told[list(COLUMNS)]


def _allowed(facts: Facts, permits: Permits) -> pd.DataFrame:
    """Customers × methods that the gate lets through, without those who wait for a complaint's answer."""
    import pandas as pd

    people = facts.people[~facts.people["complaint"] & facts.people["segment"].notna()]
    parts = [
        people[people["customer_id"].isin(audience.ids)].assign(method=name)
        for name, audience in permits.audiences.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else people.iloc[:0].assign(method="")


def _routines(rhythm: ContactInterval) -> pd.DataFrame:
    """`segment, method, routine_days, yearly`: the routine interval, and what a year of it gains."""
    table = rhythm.table[["segment", "method", "routine_days", "gain"]]
    yearly = table["gain"].clip(lower=0.0) * YEAR / table["routine_days"]
    return table.drop(columns="gain").assign(yearly=yearly)


def _timed(told: pd.DataFrame, start: dt.date) -> pd.DataFrame:
    """When the routine interval has passed, and the gap on the first day of the plan from then on."""
    import pandas as pd

    first = pd.Timestamp(start)
    ready = told["last"] + pd.to_timedelta(np.ceil(told["routine_days"]), unit="D")
    day = ready.where(ready > first, first)
    gap = (day - told["last"]).dt.days.astype(float)
    return told.assign(ready=day, gap=gap, wait_days=(day - first).dt.days)


def _recent(told: pd.DataFrame) -> np.ndarray:
    """Contacts in the 30 days before; none where the last one is longer ago."""
    found: np.ndarray = np.where(told["gap"].to_numpy(float) < RECENT_DAYS, told["recent"].to_numpy(), 0)
    return found


def _chances(told: pd.DataFrame, rhythm: ContactInterval) -> np.ndarray:
    """Probability of a positive reaction; of customers never contacted as first contacts were answered."""
    import pandas as pd

    curve = rhythm.effects.curve
    segment = pd.Index(curve.segments).get_indexer(pd.Index(told["segment"]))
    method = pd.Index(curve.methods).get_indexer(pd.Index(told["method"]))
    gap = told["gap"].to_numpy(float)
    later = curve.chance_of(segment, method, np.nan_to_num(gap, nan=1.0), _recent(told))
    table = rhythm.effects.table
    known = table[table["gap"] == FIRST].set_index(["segment", "method"])["positive"]
    first = known.reindex(pd.MultiIndex.from_frame(told[["segment", "method"]])).to_numpy(float)
    best = rhythm.table.set_index(["segment", "method"])["reaction"]
    peak = best.reindex(pd.MultiIndex.from_frame(told[["segment", "method"]])).to_numpy(float)
    found: np.ndarray = np.where(np.isnan(gap), np.where(np.isnan(first), peak, first), later)
    return found


def _harms(told: pd.DataFrame, rhythm: ContactInterval) -> np.ndarray:
    """Bad reactions, complaints and opt-outs of a contact, in values of a positive reaction."""
    names = ["negative", "complaints", "opt_outs"]
    costs = rhythm.effects.costs
    rates = costs[names].where(costs["n"] > 0).ffill().fillna(0.0).clip(lower=0.0).to_numpy(float)
    negative, complaints, left = rates[np.minimum(_recent(told), MOST_RECENT)].T
    found: np.ndarray = negative + complaints + left * told["yearly"].to_numpy(float)
    return found
