"""Which report answers when a question needs a dimension that the preferred grain does not know.

Platforms report the same spend by ad, by keyword, by region, by hour, side by side. `preferred` marks the
one slice that answers for an account's day; where another complete slice knows the asked dimensions
better, it answers for that day instead. Slices are never added.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from workbench.schema import GRAINS
from workbench.store.rollup import COMPLETE, MEASURES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

ACCOUNT = ("source", "account")
PART = ("grain", "breakdown", "scope")
_DAY = [*ACCOUNT, "local_date"]
_NO_ACCOUNT = "\0"
_HAS = "has_"
_DELIVERY, _OUTCOMES = MEASURES[:3], MEASURES[3:]

Part = tuple[str, str, str]
"""Grain, breakdown and scope of a report."""


@dataclass(frozen=True)
class Switch:
    """Days on which reports other than the preferred ones answer for some accounts.

    Attributes:
        source: Platform.
        accounts: Accounts; None for the unknown one.
        first: First day.
        last: Last day, included.
        parts: The reports that answer.
    """

    source: str
    accounts: tuple[str | None, ...]
    first: dt.date
    last: dt.date
    parts: tuple[Part, ...]


def slices(rollup: Any, columns: Sequence[str] = ()) -> Any:
    """Ibis expression: the sums of each account, day and slice.

    Args:
        rollup: The roll-up as an Ibis table.
        columns: Columns that rows may know: a slice has one row for each set of them that is known.

    Returns:
        `source, account, local_date, grain, breakdown, scope, preferred`, `has_<column>`, then the sum of
        each measure; `rows`.
    """
    known = {f"{_HAS}{name}": rollup[name].notnull() for name in columns}
    marked = rollup.mutate(**known) if known else rollup
    sums = {name: marked[name].sum().cast("float64") for name in MEASURES}
    return marked.group_by([*_DAY, *PART, "preferred", *known]).aggregate(**sums, rows=marked.count())


def switches(found: pa.Table) -> tuple[Switch, ...]:
    """Where another slice than the preferred one answers.

    Args:
        found: Rows of `slices`.

    Returns:
        Runs of days, over all of the data; days that `preferred` answers are in none.
    """
    import numpy as np

    days = _chosen(_judged(_known(found.to_pandas(date_as_object=False))))
    key = days[[*ACCOUNT, "choice"]]
    starts = np.flatnonzero((key != key.shift()).any(axis=1))
    ends = [*(starts[1:] - 1), len(days) - 1]
    accounts: dict[tuple[Any, ...], list[str | None]] = {}
    for first, last in zip(starts, ends, strict=False):
        row, end = days.iloc[first], days["local_date"].iloc[last]
        if row["parts"]:
            run = (row["source"], row["local_date"].date(), end.date(), row["parts"])
            accounts.setdefault(run, []).append(None if row["account"] == _NO_ACCOUNT else row["account"])
    return tuple(
        Switch(source, tuple(named), first, last, parts)
        for (source, first, last, parts), named in accounts.items()
    )


def answering(rollup: Any, switched: Sequence[Switch]) -> Any:
    """Ibis predicate of the roll-up rows that answer."""
    if not switched:
        return rollup.preferred
    own = [_window(rollup, switch) for switch in switched]
    other = [
        window & reduce(or_, (_is(rollup, part) for part in switch.parts))
        for window, switch in zip(own, switched, strict=True)
    ]
    return (rollup.preferred & ~reduce(or_, own)) | reduce(or_, other)


def _window(rollup: Any, switch: Switch) -> Any:
    named = [account for account in switch.accounts if account is not None]
    account = rollup.account.notnull() & rollup.account.isin(named)
    if None in switch.accounts:
        account = rollup.account.isnull() | account
    days = rollup.local_date.between(switch.first, switch.last)
    return (rollup.source == switch.source) & account & days


def _is(rollup: Any, part: Part) -> Any:
    return reduce(and_, (rollup[name] == value for name, value in zip(PART, part, strict=True)))


def _known(found: pd.DataFrame) -> pd.DataFrame:
    """One row a slice; `known_<measure>` is the sum over the rows that know every column.

    A column that no report of an account knows on a day, say the channel of a free table, tells none of
    its reports from the others: it is not asked for.
    """
    has = [name for name in found.columns if name.startswith(_HAS)]
    asked = found.groupby(_DAY, dropna=False)[has].transform("max")
    knows = (found[has] >= asked).all(axis=1)
    sums = [*MEASURES, "rows"]
    parts = found.assign(**{f"known_{name}": found[name].where(knows) for name in sums})
    slices = parts.drop(columns=has).groupby([*_DAY, *PART, "preferred"], dropna=False)
    return slices.sum(min_count=1).reset_index()


def _judged(found: pd.DataFrame) -> pd.DataFrame:
    """The slices with what the choice needs to know of each; `day` numbers the accounts' days."""
    import numpy as np

    found = found.assign(day=found.groupby(_DAY, dropna=False).ngroup())
    most = found.groupby("day")[list(MEASURES)].transform("max")
    sold = found[list(_OUTCOMES)].notna().any(axis=1)
    knows = [found[name].to_numpy() > 0 for name in MEASURES]
    known = [_quotient(found[f"known_{name}"], found[name]) for name in MEASURES]
    ranks = {grain: -number for number, grain in enumerate(GRAINS)}
    return found.assign(
        account=found["account"].fillna(_NO_ACCOUNT),
        complete=_share(found, most, MEASURES) >= COMPLETE,
        outcomes_complete=_share(found, most, _OUTCOMES) >= COMPLETE,
        lacks=~sold & (most[list(_OUTCOMES)].max(axis=1) > 0),
        alone=sold & found[list(_DELIVERY)].isna().all(axis=1),
        known=np.select(knows, known, _quotient(found["known_rows"], found["rows"])),
        fineness=found["grain"].map(ranks),
        broken=found["breakdown"] != "",
        scoped=found["scope"] != "",
    )


def _share(found: pd.DataFrame, most: pd.DataFrame, measures: Sequence[str]) -> np.ndarray:
    """A slice's share of the day's largest total, by the first measure that the day knows."""
    import numpy as np

    known = [most[name].to_numpy() > 0 for name in measures]
    return np.select(known, [_quotient(found[name], most[name]) for name in measures], 1.0)


def _quotient(above: pd.Series[Any], below: pd.Series[Any]) -> np.ndarray:
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        quotient: np.ndarray = above.fillna(0).to_numpy(float) / below.to_numpy(float)
    return quotient


_FINEST = ["fineness", "broken", "scoped", "breakdown", "scope"]


def _chosen(judged: pd.DataFrame) -> pd.DataFrame:
    """One row an account and day, in order: `parts` that answer instead of the preferred ones, or None.

    The finest of the complete slices that know most answers, one with outcomes before one without; where
    it has none, a report of outcomes alone stands beside it.
    """
    complete = judged[judged["complete"]]
    bar = complete.groupby("day")["known"].max() - (1 - COMPLETE)
    served = complete[complete["preferred"]].groupby("day")["known"].max() >= bar
    asked = complete[complete["day"].isin(bar.index[~served.reindex(bar.index, fill_value=False)])]
    main = _firsts(asked[asked["known"] >= asked["day"].map(bar)], ["lacks", *_FINEST])
    alone = judged[judged["alone"] & judged["outcomes_complete"]]
    alone = alone[alone["known"] >= alone.groupby("day")["known"].transform("max") - (1 - COMPLETE)]
    beside = _firsts(alone, _FINEST)
    parts = {
        day: (part, beside[day][0]) if lacks and day in beside else (part,)
        for day, (part, lacks) in main.items()
    }
    days = judged.drop_duplicates("day").sort_values(_DAY, kind="stable")
    choices: list[Any] = [parts.get(day) for day in days["day"]]
    codes = {choice: number for number, choice in enumerate(dict.fromkeys(choices))}
    return days.assign(parts=choices, choice=[codes[choice] for choice in choices])


def _firsts(found: pd.DataFrame, order: list[str]) -> dict[int, tuple[Part, bool]]:
    """The first slice of each day in an order, and whether it lacks outcomes."""
    first = found.sort_values(["day", *order], kind="stable").drop_duplicates("day")
    rows = first[["day", *PART, "lacks"]].itertuples(index=False, name=None)
    return {day: ((grain, breakdown, scope), bool(lacks)) for day, grain, breakdown, scope, lacks in rows}
