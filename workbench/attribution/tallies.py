"""Journeys counted from events in memory: the same answer as `counts.question`, window after window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.attribution import counts
from workbench.attribution.cells import Floats, Ints
from workbench.attribution.journeys import DAY_SECONDS
from workbench.attribution.models import Rules
from workbench.attribution.source import Source
from workbench.attribution.tracks import Codes, Flags, Tracks, ordered

if TYPE_CHECKING:
    import pyarrow as pa

DIRECT_KEYS = 4_000_000
"""Groups up to which sums are added up in place, without sorting the rows."""


class Cut:
    """A stream cut into journeys by one window; see `journeys.cut` for what each flag means.

    Args:
        tracks: The stream.
        window_days: Days before a conversion in which a touch counts.
        since: First day that is answered, in days since 1970; None: all.
    """

    def __init__(self, tracks: Tracks, window_days: float, since: int | None) -> None:
        window = float(window_days) * DAY_SECONDS
        days = tracks.since(since)
        self.tracks = tracks
        self.inside: Flags = tracks.age <= window
        far = np.where(self.inside, tracks.reach, tracks.gap) > window
        self.first: Flags = (tracks.past == 0) | far | (~self.inside & days["cut"])
        after, until = tracks.ahead
        self.last: Flags = np.where(self.inside, tracks.closed, (after <= window) | (until > window))
        self.prev: Codes = np.where(self.first, 0, tracks.past)
        own, goal = tracks.clusters
        self.cluster: Codes = np.where(self.inside, goal, own)
        kept = np.where(self.inside, days["won"], days["lost"])
        self.rows: Ints | slice = slice(None) if since is None else np.flatnonzero(kept)

    def kept(self, column: Any) -> Any:
        """A column of the rows that are answered."""
        return column[self.rows]

    def pasts(self, order: int) -> list[Codes]:
        """Members one, two, … touches back; `START` where the journey is shorter."""
        found = [self.prev]
        for _ in range(order - 1):
            before = np.r_[found[-1][:1] * 0, found[-1][:-1]]
            found.append(np.where(found[-1] == 0, 0, before))
        return found


def answer(tracks: Tracks, source: Source, rules: Rules) -> pa.Table:
    """What `counts.question` answers, from memory.

    Args:
        tracks: The events of `source`, or of one that begins earlier.
        source: The stream that is asked about.
        rules: Window, order, half-life, and the models.
    """
    import pyarrow as pa

    since = day_number(source.since)
    came = _came(tracks, day_number(source.from_day))
    if rules.direct_channel:
        tracks = _without_direct(Cut(tracks, rules.window_days, since), rules.direct_channel)
    cut = Cut(tracks, rules.window_days, since)
    parts = [_steps(cut, rules), _credits(cut, rules), came]
    columns = {name: _joined(parts, name) for name in dict.fromkeys(name for part in parts for name in part)}
    named = ("member", *counts.PAST)
    columns |= {name: words(columns[name], tracks.members) for name in named if name in columns}
    return pa.table(columns)


def day_number(day: Any) -> int | None:
    """Days since 1970."""
    return None if day is None else int(np.datetime64(day, "D").astype(np.int64))


def _without_direct(cut: Cut, direct: str) -> Tracks:
    """The events without the touches of a channel wherever their journey has another; as in `journeys`."""
    tracks = cut.tracks
    mine = tracks.member == (tracks.members.index(direct) if direct in tracks.members else -1)
    journey = np.cumsum(cut.first)
    others = np.bincount(journey, tracks.touch & ~mine)
    drop = mine & (others[journey] > 0)
    bare = replace(tracks, touch=tracks.touch & ~drop, member=np.where(drop, 0, tracks.member))
    return ordered(bare.only(~drop | tracks.conv))


def words(codes: Any, members: tuple[str, ...]) -> Any:
    """Places in `members` as an Arrow column of names."""
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), list(members)).cast(pa.string())


def _joined(parts: list[dict[str, Any]], name: str) -> Any:
    """A column of all parts; 0 where a part does not say it."""
    return np.concatenate([part.get(name, np.zeros(len(part["kind"]), np.int64)) for part in parts])


def _came(tracks: Tracks, first: int | None) -> dict[str, Any]:
    days, sums = tracks.came
    whole = sums[days >= first].sum(axis=0) if first is not None else sums.sum(axis=0)
    return {"kind": np.array([counts.ROWS]), "n": whole[:1], "ends": whole[1:]}


class _Groups:
    """Rows grouped by several small numbers at once.

    Attributes:
        at: Group of each row.
        size: Number of groups, empty ones included.
    """

    def __init__(self, columns: dict[str, Any]) -> None:
        self.low = {name: int(part.min(initial=0)) for name, part in columns.items()}
        self.width = {name: int(part.max(initial=0)) - self.low[name] + 1 for name, part in columns.items()}
        key = np.zeros(len(next(iter(columns.values()))), np.int64)
        for name, part in columns.items():
            key *= self.width[name]
            key += part
            key -= self.low[name]
        self.size = int(np.prod([float(width) for width in self.width.values()]))
        self.keys: Ints | None = None
        if self.size > DIRECT_KEYS:
            self.keys, key = np.unique(key, return_inverse=True)
            self.size = len(self.keys)
        self.at: Ints = key

    def add(self, rows: Any = slice(None), weights: Floats | None = None) -> Any:
        """Rows, or their weights, added up by group."""
        return np.bincount(self.at[rows], weights, self.size)

    def columns(self, chosen: Ints) -> dict[str, Ints]:
        """What the chosen groups are made of."""
        rest = chosen if self.keys is None else self.keys[chosen]
        found = {}
        for name in reversed(self.width):
            rest, part = np.divmod(rest, self.width[name])
            found[name] = part + self.low[name]
        return found


def _steps(cut: Cut, rules: Rules) -> dict[str, Any]:
    """Rows by what came before them and whether the journey ended there, as `counts` groups them."""
    tracks = cut.tracks
    pasts = cut.pasts(rules.order) if rules.chained else []
    columns: dict[str, Any] = {"cluster": cut.cluster, "member": tracks.member}
    columns |= dict(zip(counts.PAST, pasts, strict=False))
    columns |= {"inside": cut.inside, "last": cut.last, "touch": tracks.touch}
    groups = _Groups({name: cut.kept(part) for name, part in columns.items()})
    conv, touch, value, won = (
        cut.kept(part) for part in (tracks.conv, tracks.touch, tracks.value, tracks.won)
    )
    goals = np.flatnonzero(conv)
    wins = np.flatnonzero(cut.kept(cut.inside & cut.last) & touch)
    ends = np.flatnonzero(cut.kept(tracks.newest) & ~conv)
    twins = np.flatnonzero(cut.kept(tracks.twin))
    sums = {
        "n": groups.add(),
        "convs": groups.add(goals),
        "value": groups.add(goals, np.nan_to_num(value[goals])),
        "worth": groups.add(wins, np.nan_to_num(won[wins])),
        "unvalued": groups.add(goals[np.isnan(value[goals])]),
        "negative": groups.add(goals[value[goals] < 0]),
        "twins": groups.add(twins),
        "ends": groups.add(ends),
    }
    chosen = np.flatnonzero(sums["n"])
    kind = np.full(len(chosen), counts.STEP)
    return {"kind": kind, **groups.columns(chosen), **{name: part[chosen] for name, part in sums.items()}}


def _credits(cut: Cut, rules: Rules) -> dict[str, Any]:
    """Credits of the journeys that converted, by member; conversions without a touch have none."""
    tracks = cut.tracks
    led = tracks.led
    kept = cut.inside[led]
    if not isinstance(cut.rows, slice):
        kept &= np.bincount(cut.rows, minlength=len(tracks.conv))[led] > 0
    inside = led[kept]
    journey, fresh = tracks.block[kept], tracks.fresh[kept]
    journeys = _Journeys(cut, inside, journey, fresh)
    groups = _Groups({"cluster": cut.cluster[inside], "member": tracks.member[inside]})
    bare = np.flatnonzero(journeys.bare)
    sums = {
        "n": groups.add(bare),
        "convs": groups.add(np.flatnonzero(fresh)),
        "value": groups.add(bare, journeys.total[bare]),
    }
    for name in rules.by_rule:
        share = journeys.share(name, rules)
        sums |= {f"{name}_n": groups.add(weights=share)}
        sums |= {f"{name}_value": groups.add(weights=share * journeys.total)}
    chosen = np.flatnonzero((sums["n"] > 0) | (sums["convs"] > 0))
    kind = np.full(len(chosen), counts.CREDIT)
    return {"kind": kind, **groups.columns(chosen), **{name: part[chosen] for name, part in sums.items()}}


class _Journeys:
    """The rows inside converting journeys, with sums over the journey beside them.

    Attributes:
        bare: Whether a row is a conversion that no touch came before.
        total: Value of the row's journey.
    """

    def __init__(self, cut: Cut, rows: Ints, journey: Ints, fresh: Flags) -> None:
        tracks = cut.tracks
        self._journey, self._fresh = journey, fresh
        self._touch: Floats = tracks.touch[rows].astype(float)
        self._first, self._last = (part[rows] * self._touch for part in (cut.first, cut.last))
        self._age = tracks.age[rows]
        self._length = self._sum(self._touch)
        self.bare: Flags = self._length == 0
        self.total: Floats = self._sum(np.where(tracks.conv[rows], np.nan_to_num(tracks.value[rows]), 0.0))

    def _sum(self, part: Floats) -> Floats:
        found: Any = np.bincount(self._journey, part) if len(part) else part
        return np.asarray(found[self._journey], float)

    def share(self, model: str, rules: Rules) -> Floats:
        """Part of its conversion that each row gets, by a rule."""
        if model == "first":
            return self._first
        if model == "last":
            return self._last
        if model == "position":
            return self._by_position(*map(float, rules.ends))
        fade = np.exp2(self._age / (-rules.half_life_days * DAY_SECONDS)) if model == "time_decay" else 1.0
        weight = self._touch * (self._fresh if model == "shapley" else fade)
        return _over(weight, self._sum(weight))

    def _by_position(self, first: float, last: float) -> Floats:
        """A share for each end, the rest for those between; two touches share in the same proportion."""
        ends = self._first * first + self._last * last
        middle = (self._touch - self._first - self._last) * (1.0 - first - last)
        long = ends + _over(middle, self._length - 2.0)
        return np.select(
            [self._length == 1.0, self._length == 2.0], [self._touch, ends / (first + last)], long
        )


def _over(part: Floats, whole: Floats) -> Floats:
    """Quotients; 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
