"""The review of a workspace: every check, and one `PASS` for each area in which nothing is odd."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench.quality import clocks, currencies, days, duplicates, imports
from workbench.quality.answer import AREAS, DataReview, Item, ranked
from workbench.quality.asked import Asked
from workbench.quality.thresholds import Thresholds
from workbench.sources.maturity import moving
from workbench.sources.review import worst

if TYPE_CHECKING:
    from workbench.data import Store

CHECKS = (imports.check, days.check, duplicates.check, currencies.check, clocks.check)
"""Each yields items."""


def review(store: Store, today: dt.date | None = None, thresholds: Thresholds | None = None) -> DataReview:
    """Whether a workspace's data can be reported on, and what to do where it cannot.

    Looks at open questions of imports, rows set aside, totals that do not agree, freshness, missing days,
    spend and orders that are there twice, mixed or unknown currencies, and doubtful time zones.

    Args:
        store: The workspace, at any version.
        today: Day against which freshness is judged; None: today in the workspace's time zone, or for a
            past version the day on which it was written.
        thresholds: When something is worth a sentence.

    Raises:
        SettingsError: for a profile in the workspace that is not valid.
    """
    asked = Asked(store, thresholds or Thresholds(), today or today_of(store))
    items = _items(asked)
    return DataReview(
        status=worst(item.status for item in items),
        items=ranked(items),
        as_of=store.as_of,
        moving_until=max((source.until() for source in moving(store) if source.days), default=None),
        today=asked.today,
        data_version=store.version,
        lang=store.settings.lang,
    )


def _items(asked: Asked) -> list[Item]:
    if not set(asked.store.tables) - {"imports", "labels"}:
        return [asked.item("imports", "empty", status="FAIL")]
    found = [item for check in CHECKS for item in check(asked)]
    well = [area for area in AREAS if area not in {item.area for item in found}]
    return [*found, *(asked.item(area, _all_well(asked, area), status="PASS") for area in well)]


def _all_well(asked: Asked, area: str) -> str:
    """What is said of an area in which nothing is odd; days that are not there are not up to date either."""
    return (
        f"no_days_{area}" if asked.store.as_of is None and area in ("freshness", "gaps") else f"{area}_well"
    )


def today_of(store: Store) -> dt.date:
    """Today in the workspace's time zone; for a past version the day on which it was written."""
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(store.settings.timezone) if store.settings.timezone else dt.UTC
    now = store.written_at if store.is_past and store.written_at else dt.datetime.now(dt.UTC)
    return now.astimezone(zone).date()
