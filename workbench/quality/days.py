"""How fresh the data is, and which days of an account that otherwise reports every day are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from workbench.quality.answer import Item
from workbench.quality.asked import Asked, named

_DAY = dt.timedelta(days=1)


def check(asked: Asked) -> Iterator[Item]:
    """Look at the days of every account."""
    newest, limits = asked.store.as_of, asked.thresholds
    if newest is None:
        return
    behind = (asked.today - newest).days
    if behind > limits.late:
        yield asked.item("freshness", "late", day=newest, days=behind)
    for name, known in of_accounts(asked).items():
        last = max(known)
        if limits.late < (newest - last).days <= limits.ended:
            yield asked.item("freshness", "stops", name, day=last, days=(newest - last).days)
        first = max(min(known), last - limits.window * _DAY)
        if runs := gaps(known, first, last, limits.present):
            days = sum((end - start).days + 1 for start, end in runs)
            yield asked.item("gaps", "gap", name, days=days, when=_shown(runs))


def of_accounts(asked: Asked) -> dict[str, set[dt.date]]:
    """The recent days of each account's delivery and conversions, by `source · account`."""
    days = asked.recent().select("source", "account", "local_date").distinct()
    found: dict[str, set[dt.date]] = {}
    for row in asked.store.query(days.order_by("source", "account", "local_date")).to_pylist():
        found.setdefault(named(row["source"], row["account"]), set()).add(row["local_date"])
    return found


def gaps(known: set[dt.date], first: dt.date, last: dt.date, present: float) -> list[tuple[dt.date, dt.date]]:
    """Runs of missing days between two days; none where too many are missing for the rest to be a habit."""
    every = [first + number * _DAY for number in range((last - first).days + 1)]
    missing = [day for day in every if day not in known]
    if len(every) - len(missing) < present * len(every):
        return []
    runs: list[tuple[dt.date, dt.date]] = []
    for day in missing:
        if runs and runs[-1][1] == day - _DAY:
            runs[-1] = runs[-1][0], day
        else:
            runs.append((day, day))
    return runs


def _shown(runs: list[tuple[dt.date, dt.date]]) -> str:
    """Days and spans of days, the first five."""
    told = [str(start) if start == end else f"{start} – {end}" for start, end in runs[:5]]
    return ", ".join(told) + (" …" if len(runs) > 5 else "")
