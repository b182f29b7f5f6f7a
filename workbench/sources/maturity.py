"""Maturity: until when each source's newest days may still change, for conversions come late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from workbench.sources.profile import Profile, profiles
from workbench.store import shared

if TYPE_CHECKING:
    from workbench.store.store import Store

USUAL_DAYS = Profile.restated_days
"""Days for a source without a profile."""


@dataclass(frozen=True)
class Moving:
    """How far one source's data is from final.

    Attributes:
        source: Source id.
        last_day: Last local day that it has.
        days: Days back that the platform goes on correcting.
    """

    source: str
    last_day: dt.date
    days: int

    @property
    def first_open(self) -> dt.date:
        """First day that may still change: everything before is final."""
        return self.last_day - dt.timedelta(days=self.days - 1)

    def until(self, day: dt.date | None = None) -> dt.date:
        """The day on which `day`, or the last one, is final."""
        return min(day or self.last_day, self.last_day) + dt.timedelta(days=self.days)


_known: WeakKeyDictionary[Store, tuple[int, tuple[Moving, ...]]] = WeakKeyDictionary()


def moving(store: Store) -> tuple[Moving, ...]:
    """Which days of which source platforms may still correct.

    Counted from the last day that a source has, not from the clock: an export cannot know more than its
    own last day's corrections, however late it is imported.

    Args:
        store: The store, pinned to a version.

    Returns:
        One entry a source, by its id; empty for an empty workspace.

    Raises:
        SettingsError: for a profile in the workspace that is not valid.
    """
    found = _known.get(store)
    if not found or found[0] != store.version:
        found = (store.version, shared.held(store, "sources.moving", lambda: _asked(store)))
        _known[store] = found
    return found[1]


def settled(sources: Sequence[Moving]) -> dt.date | None:
    """The last day that no source still corrects; None where every day is final.

    A source whose own last day was final before the newest one of all brings nothing more, and so does not
    hold up the others.
    """
    newest = max((source.last_day for source in sources), default=None)
    opened = [source.first_open for source in sources if newest and source.days and source.until() > newest]
    return min(opened) - dt.timedelta(days=1) if opened else None


def _asked(store: Store) -> tuple[Moving, ...]:
    rollup = store.table("performance_hourly")
    last = store.query(rollup.group_by("source").agg(last=rollup.local_date.max()).order_by("source"))
    known = profiles(store.path)
    return tuple(
        Moving(row["source"], row["last"], known[row["source"]].restated_days)
        if row["source"] in known
        else Moving(row["source"], row["last"], USUAL_DAYS)
        for row in last.to_pylist()
    )
