"""How long to wait before the next contact: where the response by gap is highest, and where it pays most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contacts.curve import Curve
from workbench.contacts.effects import ContactEffects, effects
from workbench.contacts.hazard import MOST_RECENT
from workbench.contacts.words import days, named, plain
from workbench.errors import QuestionError, unknown
from workbench.i18n import text
from workbench.i18n.formats import number, percent

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

PER = ("contact", "day")
MONTH, YEAR = 30.0, 365.0
STEPS = 120
"""Intervals that are tried, in equal ratios."""

QUANTILES = (0.025, 0.975)

Three = tuple[np.ndarray, np.ndarray, np.ndarray]
"""A value with the ends of its interval."""


@dataclass(frozen=True, eq=False)
class ContactInterval:
    """The answer of `workbench.contacts.interval`; intervals are 95%.

    Attributes:
        table: One row a segment and method: `segment, method, n`; `best_days` with `low, high`: the gap since
            the last contact after which a contact most likely pleases, other contacts of the last 30 days
            held equal; `reaction` with `_low, _high`: its probability there; `routine_days` with `_low,
            _high`: the routine interval with the highest gain once fatigue, bad reactions, complaints and
            opt-outs count; `gain` with `_low, _high`: of one contact at it, in values of a positive
            reaction; `best` (probability that the method is the best of its segment); `seen` (whether
            gaps around `best_days` were seen).
        segments: One row a segment with its best method: `segment, method, best, best_days, low, high,
            routine_days, routine_low, routine_high, reaction, gain`.
        curves: `segment, method, gap, reaction` with `_low, _high` (no other contact in 30 days), `gain` (of
            a routine at that interval): what a chart shows.
        effects: What it rests on.
        per: What was made large: the gain of a `contact`, or of a `day`.
    """

    table: pd.DataFrame
    segments: pd.DataFrame
    curves: pd.DataFrame
    effects: ContactEffects = field(repr=False)
    per: str = "contact"

    @property
    def data_version(self) -> int | None:
        """Version of the store; None of a frame."""
        return self.effects.data_version

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, `segments`, `curves` and the sentences."""
        return {
            "rows": plain(self.table),
            "segments": plain(self.segments),
            "curves": plain(self.curves),
            "per": self.per,
            "sentences": {lang: list(self.sentences(lang)) for lang in ("en", "zh")},
            "data_version": self.data_version,
        }

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """One sentence a segment, then what to know."""
        said = [self._segment(row, lang) for _, row in self.segments.iterrows()]
        unseen = int((~self.table["seen"]).sum())
        if unseen:
            said.append(text("contact_effects.unseen", lang, cells=number(unseen, lang)))
        if self.effects.curve.misfit < 0.01:
            said.append(text("contact_effects.misfit", lang))
        return (*said, text("contact_effects.not_random", lang))

    def _segment(self, row: Any, lang: str) -> str:
        names = self.effects.names
        return text(
            "contact_effects.interval_best",
            lang,
            segment=named(names, "segment", row["segment"], lang),
            method=named(names, "method", row["method"], lang),
            sure=percent(min(row["best"], 0.99), lang, 0),
            days=days(row["best_days"], lang),
            low=days(row["low"], lang),
            high=days(row["high"], lang),
            routine=days(row["routine_days"], lang),
        )

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for line in self.sentences())
        return said + str(self.table.to_html(index=False))


def interval(
    data: Store | Any,
    segment: str = "value_class",
    per: str = "contact",
    negative: float = 1.0,
    complaint: float = 1.0,
    opt_out: float | None = None,
    minutes: Mapping[str, float] | None = None,
    hour_cost: float = 0.0,
    complaints: Any = None,
    opt_outs: Any = None,
    seed: int = 7,
) -> ContactInterval:
    """Ask for the best routine interval of each segment and method.

    All costs are in values of one positive reaction.

    Args:
        data: A store, or a frame as `effects` takes it.
        segment: The customers' attribute that makes segments.
        per: `contact`: the interval at which one contact gains most, for when contacts are scarce; `day`: at
            which a customer gains most a day, for when they are not.
        negative, complaint: What a bad reaction and a complaint cost.
        opt_out: What an opt-out costs; None: what a year of that routine would have brought.
        minutes: Minutes of each method. hour_cost: What an hour costs; with `minutes`, time counts, too.
        complaints, opt_outs: Beside a frame: `customer_id, time` of each.
        seed: Seed of the draws.

    Returns:
        The intervals, with an interval estimate each.

    Raises:
        QuestionError: for an unknown choice, or a cost that is none.
        InputError: for data without contacts.
    """
    if per not in PER:
        raise unknown("value of per", per, PER)
    wages = _wages(minutes, hour_cost)
    prices = {"negative": negative, "complaint": complaint, "opt_out": 0.0 if opt_out is None else opt_out}
    for name, value in prices.items():
        if not value >= 0:
            raise QuestionError(f"The cost of {name!r} is {value!r}.", "Give 0 or more positive reactions.")
    found = effects(data, segment, complaints=complaints, opt_outs=opt_outs, seed=seed)
    gaps = _gaps(found.curve)
    time = np.array([wages.get(name, 0.0) for name in found.curve.methods])
    gain = _gains(found, gaps, prices, opt_out is None, time, np.random.default_rng(seed))
    table = _table(found, gaps, gain, per)
    return ContactInterval(table, _segments(table), _curves(found.curve, gaps, gain), found, per)


def _wages(minutes: Mapping[str, float] | None, hour_cost: float) -> dict[str, float]:
    """What the time of one contact costs, by method."""
    if not hour_cost >= 0:
        raise QuestionError(f"The cost of 'hour' is {hour_cost!r}.", "Give 0 or more positive reactions.")
    if hour_cost and not minutes:
        raise QuestionError("An hour has a cost, but contacts take no time.", "Give minutes by method.")
    return {name: hour_cost / 60 * value for name, value in (minutes or {}).items()}


def _gaps(curve: Curve) -> np.ndarray:
    """Intervals that are tried: whole days as far as gaps were seen, and the first beyond each part of 30."""
    low, high = max(curve.span[0], 1.0), max(curve.span[1], 2.0)
    steps = np.floor(MONTH / np.arange(1, 5)) + 1
    inside = steps[(steps > low) & (steps < high)]
    found: np.ndarray = np.unique(np.concatenate([np.rint(np.geomspace(low, high, STEPS)), inside]))
    return found


def _gains(
    found: ContactEffects,
    gaps: np.ndarray,
    prices: Mapping[str, float],
    yearly: bool,
    time: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draws of what one contact gains in a routine of each interval: (gaps, draws, segments, methods).

    A customer who is contacted every g days had ⌊30 / g⌋ contacts in the 30 days before each.
    """
    curve = found.curve
    many = len(curve.draws["bend"])
    hazard = {name: _drawn(found.costs, name, many, rng) for name in ("negative", "complaints", "opt_outs")}
    gains = np.empty((len(gaps), many, len(curve.segments), len(curve.methods)), np.float32)
    for at, gap in enumerate(gaps):
        recent = np.floor(MONTH / gap)
        reaction = curve.chance_draws(float(gap), float(recent))
        group = int(min(recent, MOST_RECENT))
        bad = (
            prices["negative"] * hazard["negative"][group] + prices["complaint"] * hazard["complaints"][group]
        )
        net = reaction - bad[:, None, None] - time
        left = hazard["opt_outs"][group][:, None, None]
        lost = np.maximum(net, 0.0) * YEAR / gap if yearly else prices["opt_out"]
        gains[at] = net - left * lost
    return gains


def _drawn(costs: pd.DataFrame, name: str, many: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of one hazard by recent contacts, shape (groups, draws); what was not seen is as before."""
    rows = (
        costs[[name, f"{name}_low", f"{name}_high"]].where(costs["n"] > 0).ffill().fillna(0.0).to_numpy(float)
    )
    spread = (rows[:, 2] - rows[:, 1]) / (2 * 1.959964)
    drawn: np.ndarray = rows[:, :1] + spread[:, None] * rng.standard_normal((len(rows), many))
    return np.maximum(drawn, 0.0) if name == "negative" else drawn


def _table(found: ContactEffects, gaps: np.ndarray, gain: np.ndarray, per: str) -> pd.DataFrame:
    import pandas as pd

    curve = found.curve
    best = curve.best()
    low, high = np.quantile(curve.best_draws(), QUANTILES, axis=0)
    reached = _reaction(curve, np.clip(best, *curve.span))
    routine, gained = _routine(gaps, gain, per)
    seen = (curve.span[0] <= best) & (best <= curve.span[1])
    chosen = found.methods.table.set_index([found.methods.table.columns[0], "arm"])["best"]
    cells = list(np.ndindex(best.shape))
    names = [(curve.segments[s], curve.methods[m]) for s, m in cells]
    parts = {
        "n": curve.n,
        **dict(zip(("best_days", "low", "high"), (best, low, high), strict=True)),
        **dict(zip(("reaction", "reaction_low", "reaction_high"), reached, strict=True)),
        **dict(zip(("routine_days", "routine_low", "routine_high"), routine, strict=True)),
        **dict(zip(("gain", "gain_low", "gain_high"), gained, strict=True)),
    }
    table = pd.DataFrame(names, columns=["segment", "method"])
    table = table.assign(**{name: values.ravel() for name, values in parts.items()})
    table["best"] = [float(chosen.get(name, np.nan)) for name in names]
    table["seen"] = seen.ravel()
    return table[table["n"] > 0].reset_index(drop=True)


def _routine(gaps: np.ndarray, gain: np.ndarray, per: str) -> tuple[Three, Three]:
    """(routine interval with the highest aim, gain of one contact at it) of each cell."""
    aim = gain / gaps[:, None, None, None] if per == "day" else gain
    low, high = np.quantile(gaps[aim.argmax(axis=0)], QUANTILES, axis=0)
    place = aim.mean(axis=1).argmax(axis=0)
    there = np.take_along_axis(gain, place[None, None], axis=0)[0]
    least, most = np.quantile(there, QUANTILES, axis=0)
    return (gaps[place], low, high), (there.mean(axis=0), least, most)


def _reaction(curve: Curve, gap: np.ndarray) -> Three:
    """(probability, low, high) of a positive reaction at a gap of each cell, with no other contact."""
    z = np.log(gap / MONTH)
    log = curve.draws["level"] + curve.draws["slope"] * z - 0.5 * curve.draws["bend"][:, None, None] * z**2
    low, high = np.exp(np.minimum(np.quantile(log, QUANTILES, axis=0), 0.0))
    here = curve.level + curve.slope * z - 0.5 * curve.bend * z**2
    return np.exp(np.minimum(here, 0.0)), low, high


def _segments(table: pd.DataFrame) -> pd.DataFrame:
    """The best method of each segment: the one that most likely pleases most at gaps as they are."""
    first = table.sort_values(["segment", "best", "n"], ascending=[True, False, False]).drop_duplicates(
        "segment"
    )
    names = [
        *("segment", "method", "best", "best_days", "low", "high", "routine_days", "routine_low"),
        *("routine_high", "reaction", "reaction_low", "reaction_high", "gain"),
    ]
    return first[names].reset_index(drop=True)


def _curves(curve: Curve, gaps: np.ndarray, gain: np.ndarray) -> pd.DataFrame:
    """Reaction and gain at each interval, for charts."""
    import pandas as pd

    parts = []
    for at, gap in enumerate(gaps):
        low, high = np.quantile(curve.chance_draws(float(gap), 0.0), QUANTILES, axis=0)
        here = curve.chance(np.array([gap]), np.zeros(1))[0]
        net = gain[at].mean(axis=0)
        for s, m in zip(*np.nonzero(curve.n), strict=True):
            cell = (curve.segments[s], curve.methods[m], gap)
            parts.append((*cell, here[s, m], low[s, m], high[s, m], float(net[s, m])))
    names = ["segment", "method", "gap", "reaction", "reaction_low", "reaction_high", "gain"]
    table = pd.DataFrame(parts, columns=names)
    return table.sort_values(["segment", "method", "gap"], ignore_index=True)
