"""Paths counted from events in memory: the same answer as `routes.question`, window after window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.attribution.cells import Floats, Ints
from workbench.attribution.routes import SHOWN
from workbench.attribution.source import Source
from workbench.attribution.tallies import Cut, day_number, words
from workbench.attribution.tracks import Codes, Tracks

if TYPE_CHECKING:
    import pyarrow as pa


def answer(tracks: Tracks, source: Source, window_days: float) -> pa.Table:
    """What `routes.question` answers, from memory.

    Args:
        tracks: The events of `source`, or of one that begins earlier.
        source: The stream that is asked about.
        window_days: Days before a conversion in which a touch counts.
    """
    import pyarrow as pa

    cut = Cut(tracks, window_days, day_number(source.since))
    rows = np.arange(len(tracks.conv))[cut.rows]
    touches = rows[tracks.touch[rows]]
    ends = np.flatnonzero(cut.last[touches])
    journey = np.repeat(np.arange(len(ends)), np.diff(np.r_[-1, ends]))
    new = cut.first[touches] | (tracks.member[touches] != cut.prev[touches])
    path, at = _paths(tracks.member[touches], journey, new, ends)
    ends = touches[ends]
    won = cut.inside[ends]
    columns = {f"step{number}": words(path[:, number - 1], tracks.members) for number in range(1, SHOWN + 1)}
    columns |= {"end": words(path[:, SHOWN], tracks.members), "long": path[:, SHOWN + 1]}
    columns |= {"people": _people(at, tracks.customer[ends], len(path)), "journeys": _added(at, len(path))}
    columns["conversions"] = _added(at[won], len(path))
    worth = np.nan_to_num(tracks.won[ends][won])
    return pa.table({**columns, "value": _added(at[won], len(path), worth)})


def _paths(member: Codes, journey: Ints, new: Any, ends: Ints) -> tuple[Ints, Ints]:
    """Each different path (its first steps, its end where it is longer, whether it has a gap); and whose."""
    steps = np.cumsum(new)
    place = steps - np.r_[0, steps[ends]][journey]
    path = np.zeros((len(ends), SHOWN + 2), np.int64)
    shown = new & (place <= SHOWN)
    path[journey[shown], place[shown] - 1] = member[shown]
    size = place[ends]
    path[:, SHOWN] = np.where(size > SHOWN, member[ends], 0)
    path[:, SHOWN + 1] = size > SHOWN + 1
    return _different(path)


def _different(rows: Ints) -> tuple[Ints, Ints]:
    """Different rows, and which of them each row is: column by column, so that no number grows too large."""
    at = np.zeros(len(rows), np.int64)
    for column in rows.T:
        key = at * (int(column.max(initial=0)) + 1) + column
        _, where, at = np.unique(key, return_index=True, return_inverse=True)
    return rows[where], at


def _people(at: Ints, customer: Ints, size: int) -> Ints:
    """Different customers of each path."""
    order = np.lexsort((customer, at))
    path, who = at[order], customer[order]
    fresh = np.r_[np.ones(len(path[:1]), bool), (path[1:] != path[:-1]) | (who[1:] != who[:-1])]
    return np.bincount(path[fresh], minlength=size)


def _added(at: Ints, size: int, weights: Floats | None = None) -> Any:
    return np.bincount(at, weights, size)
