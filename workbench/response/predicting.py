"""What a fit foresees of periods: those it saw with another spend, or the ones after them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import InputError
from workbench.response import frames
from workbench.response.data import Data
from workbench.response.frames import Names
from workbench.response.part import Part
from workbench.response.saturation import Floats
from workbench.response.tables import interval

if TYPE_CHECKING:
    import pandas as pd


def predict(part: Part, names: Names, frame: Any, seed: int) -> pd.DataFrame:
    """One row a period (× region) of the frame; see `ResponseModel.predict`."""
    asked = replace(names, outcome="", population="", value="")
    data, rows = _joined(part, frames.read(frame, asked, fewest=1))
    best = part.best
    media = part.projected(data, best.z, best.w)[..., rows]
    base = part.linear(best.w, data).sum(axis=0)[:, rows]
    low, high = interval(_futures(part, data, rows, seed))
    return _table(data, rows, media, base, low, high)


def _joined(part: Part, new: Data) -> tuple[Data, Any]:
    """The fit's periods with the new ones in their place or after them, and the places of the new ones."""
    old = part.data
    _same_regions(old, new)
    times = np.union1d(old.times, new.times)
    inside = np.isin(new.times, old.times)
    after = new.times[~inside]
    step = np.timedelta64(round(old.step), "D")
    slack = np.timedelta64(2 if 28 <= old.step <= 31 else 0, "D")
    previous = np.append(old.times[-1], after)[:-1]
    if len(after) and (np.abs((after - previous) - step) > slack).any():
        raise InputError(
            f"The periods to foresee, from {new.times[0]}, do not follow on {old.times[-1]} in steps of "
            f"{round(old.step)} days.",
            "Give every period from the next one on; spend before them carries over.",
        )
    return _merged(old, new, times), np.searchsorted(times, new.times)


def _same_regions(old: Data, new: Data) -> None:
    for region in old.regions:
        if region not in new.regions:
            raise InputError(f"Region {region!r} is not in the frame.", "Give every region of the fit.")
    for region in new.regions:
        if region not in old.regions:
            raise InputError(f"Region {region!r} was not in the fit.", "Leave it out, or fit again.")


def _merged(old: Data, new: Data, times: Any) -> Data:
    was, now = np.searchsorted(times, old.times), np.searchsorted(times, new.times)

    def both(first: Floats, second: Floats) -> Floats:
        found = np.zeros((*first.shape[:-1], len(times)))
        found[..., was] = first
        found[..., now] = second
        return found

    columns = {name: both(values, new.columns[name]) for name, values in old.columns.items()}
    outcome = both(old.outcome, np.zeros_like(new.outcome))
    return replace(
        old,
        times=times,
        spend=both(old.spend, new.spend),
        outcome=outcome,
        columns=columns,
        season=np.ones(len(times)),
    )


def _futures(part: Part, data: Data, rows: Any, seed: int) -> Floats:
    """What each draw foresees, noise included, shape (D, R, rows)."""
    rng, found = np.random.default_rng([seed, 2]), []
    level = part.data.level * part.data.size / np.sqrt(part.problem.weight)
    for z, w in part.every():
        told = part.projected(data, z, w)[..., rows].sum(axis=0) + part.linear(w, data).sum(axis=0)[:, rows]
        assert part.draws is not None
        noise = part.draws.sigma * level[:, None] * rng.standard_normal(told.shape)
        found.append(told + noise)
    return np.array(found).reshape(len(found), len(data.regions), len(rows))


def _table(data: Data, rows: Any, media: Floats, base: Floats, low: Floats, high: Floats) -> pd.DataFrame:
    import pandas as pd

    regions = len(data.regions)
    table = pd.DataFrame({"time": np.tile(data.times[rows], regions)})
    if data.regional:
        table["region"] = np.repeat(data.regions, len(rows))
    table["outcome"] = (media.sum(axis=0) + base).ravel()
    table["low"], table["high"] = low.ravel(), high.ravel()
    table["baseline"] = base.ravel()
    for name, values in zip(data.channels, media, strict=True):
        table[name] = values.ravel()
    return table
