"""Advice about pacing: a month that will miss its plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from workbench.errors import WorkbenchError
from workbench.findings.finding import Days, Figure, Finding, Percent, Status, metric_words
from workbench.findings.page import Page, Test, slug

CHECKED = {"cost": "budget", "revenue": "forecast"}
"""Planned sum → the page where one acts on it."""


def tests(page: Page) -> list[Test]:
    """Test whether each channel's month ends where its plan says.

    Args:
        page: The question.
    """
    return of_month(page, None)


def of_month(page: Page, as_of: dt.date | None) -> list[Test]:
    """The same, as it was asked on a day.

    Args:
        page: The question.
        as_of: Last day that counts; None: the last of the data.
    """
    if "targets" not in page.store.tables or {*page.where} - {"channel"}:
        return []
    return [test for metric in CHECKED for test in _tests(page, metric, as_of)]


def _tests(page: Page, metric: str, as_of: dt.date | None) -> Iterator[Test]:
    from workbench.forecast import month_end

    if not _planned(page, metric, as_of):
        return
    try:
        found = month_end(page.store, metric, as_of, by="channel", where=page.where)
    except WorkbenchError:
        return
    for row in found.table.to_dict("records"):
        chance = float(row["chance"])
        if chance == chance and row["target"]:
            p = max(2 * min(chance, 1 - chance), 1e-300)
            key = {"channel": row["channel"] or None}
            said = abs(row["projected"] / row["target"] - 1) >= page.thresholds.change
            finding = _finding(page, found, metric, key, row) if said else None
            yield Test(p, finding, slug(f"pace_{metric}", key))


def _planned(page: Page, metric: str, as_of: dt.date | None) -> bool:
    """Whether anything is planned for the month in question: a forecast takes its time."""
    from workbench.data import targets

    last = as_of or page.store.as_of
    if last is None:
        return False
    day = last if as_of else last + dt.timedelta(days=1)
    table = targets(page.store)
    inside = (table["start_date"] <= day) & (table["end_date"] >= day) & table[metric].notna()
    return bool(inside.any())


def _finding(page: Page, found: Any, metric: str, key: dict[str, str | None], row: dict[Any, Any]) -> Finding:
    over = row["projected"] > row["target"]
    good = metric == "revenue" and over
    status: Status = "good" if good else "bad"
    sign = 1.0 if good else -1.0
    currency = found.forecast.currency
    gaps = sorted(sign * abs(row[name] - row["target"]) for name in ("low", "high"))
    return Finding(
        id=f"{slug(f'pace_{metric}', key)}:{found.first}",
        status=status,
        code=f"pace_{'over' if over else 'under'}",
        values={
            "name": page.names(key),
            "metric": metric_words(page.store.metrics[metric]),
            "change": Percent(abs(row["projected"] / row["target"] - 1)),
            "projected": Figure(row["projected"], "money", currency, row["low"], row["high"]),
            "target": Figure(row["target"], "money", currency),
            "month": Days(found.first, found.last),
            "left": found.days_left,
        },
        effect=sign * abs(row["projected"] - row["target"]),
        effect_range=(gaps[0], gaps[1]),
        currency=currency,
        state=page.state(metric, key),
        panel=CHECKED[metric],
    )
