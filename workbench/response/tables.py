"""Tables of a fit: what channels bring, over time, and what they return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.response.part import Curves, Part
from workbench.response.saturation import Floats, marginal

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.9
"""Share of plausible fits that an interval holds."""


def interval(values: Floats) -> tuple[Floats, Floats]:
    """Low and high of draws along the first axis; NaN without draws."""
    if not len(values):
        nothing = np.full(values.shape[1:], np.nan)
        return nothing, nothing
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return low, high


def channels(parts: tuple[Part, ...], recent: int, regional: bool) -> pd.DataFrame:
    """One row a channel (× region)."""
    import pandas as pd

    return pd.concat([_channels(part, recent, regional) for part in parts], ignore_index=True)


def _channels(part: Part, recent: int, regional: bool) -> pd.DataFrame:
    import pandas as pd

    data, best = part.data, part.best
    each = regional and data.regional

    def shown(values: Floats) -> Floats:
        """Cells, or channels alone."""
        return values.reshape(*values.shape[:-2], -1) if each else values.sum(axis=-1)

    spend = shown(data.spend.sum(axis=2))
    brought = shown(part.contributions(best.z, best.w).sum(axis=2))
    drawn = shown(part.totals)
    outcome = shown(np.broadcast_to(data.outcome.sum(axis=1), data.spend.shape[:2]))
    margin = _marginal(part, part.curves(best.z, best.w), recent)
    margins = _marginal(part, part.sampled, recent) if part.draws is not None else part.totals
    weight = data.spend[..., -recent:].mean(axis=2)
    value = 1.0 if data.value is None else data.value
    table = pd.DataFrame({"channel": np.repeat(data.channels, len(data.regions) if each else 1)})
    if each:
        table["region"] = np.tile(data.regions, len(data.channels))
    table["spend"] = spend
    _with(table, "contribution", brought, drawn)
    _with(table, "share", brought / outcome, drawn / outcome)
    _with(table, "roas", _ratio(value * brought, spend), _ratio(value * drawn, spend))
    at = _mean(value * margin, weight, each), _mean(value * margins, weight, each)
    _with(table, "mroas", *at)
    return table


def _with(table: pd.DataFrame, name: str, best: Floats, drawn: Floats) -> None:
    table[name] = best
    table[f"{name}_low"], table[f"{name}_high"] = interval(drawn)


def _ratio(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(bottom > 0, top / bottom, np.nan))


def _marginal(part: Part, curves: Curves, recent: int) -> Floats:
    """What one more unit a period brings at today's spend, shape (..., C, R)."""
    current = part.data.spend[..., -recent:].mean(axis=2)
    found = np.empty(curves.scale.shape)
    for c, form in enumerate(part.forms):
        at = (curves.scale[..., c, :], curves.half[..., c, :], curves.shape[..., c, :])
        found[..., c, :] = marginal(form, current[c], *at)
    return found


def _mean(values: Floats, weight: Floats, each: bool) -> Floats:
    """Cells, or the mean of a channel's regions by today's spend."""
    if each:
        return values.reshape(*values.shape[:-2], -1)
    total = weight.sum(axis=-1, keepdims=True)
    share = np.where(total > 0, weight / np.where(total > 0, total, 1), 1 / weight.shape[-1])
    return np.asarray((values * share).sum(axis=-1))


def decomposition(parts: tuple[Part, ...]) -> pd.DataFrame:
    """One row a period and component, regions added up: `time, component, kind, value`."""
    import pandas as pd

    found = [piece for part in parts for piece in _pieces(part)]
    table = pd.concat(found, ignore_index=True)
    keys = ["time", "component", "kind"]
    added: pd.DataFrame = table.groupby(keys, sort=False)["value"].sum().reset_index()
    return added


def _pieces(part: Part) -> list[pd.DataFrame]:
    data, best, cols = part.data, part.best, part.problem.cols
    media = part.contributions(best.z, best.w).sum(axis=1)
    linear = part.linear(best.w).sum(axis=1)
    rows = [(name, "media", values) for name, values in zip(data.channels, media, strict=True)]
    for at, (name, kind) in enumerate(zip(cols.names, cols.kinds, strict=True)):
        rows.append((kind if kind in WHOLE else name, kind, linear[at]))
    outcome = data.outcome.sum(axis=0)
    rows.append(("unexplained", "unexplained", outcome - sum(row[2] for row in rows)))
    return [_piece(data.times, *row) for row in rows]


WHOLE = ("intercept", "trend", "season")
"""Kinds whose columns are one component."""


def _piece(times: Any, component: str, kind: str, values: Floats) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"time": times, "component": component, "kind": kind, "value": values})
