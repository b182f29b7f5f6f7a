"""CurveTables of a fit: the best curves, and the plausible ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.response.part import Curves, Part

if TYPE_CHECKING:
    import pandas as pd

STRETCH, RECENT = 2.0, 13
"""How far above the highest spend seen a plan may go, and the periods whose mean is today's spend."""


def best(parts: tuple[Part, ...], stretch: float, recent: int) -> pd.DataFrame:
    """One row a cell."""
    import pandas as pd

    return pd.concat(
        [_frame(part, part.curves(part.best.z, part.best.w), stretch, recent) for part in parts],
        ignore_index=True,
    )


def drawn(parts: tuple[Part, ...], stretch: float, recent: int) -> pd.DataFrame:
    """One row a draw and cell."""
    import pandas as pd

    found = []
    for part in parts:
        base = _frame(part, part.curves(part.best.z, part.best.w), stretch, recent)
        many = len(part.sampled.scale)
        long = base.loc[np.tile(np.arange(len(base)), many)].reset_index(drop=True)
        long.insert(0, "draw", np.repeat(np.arange(many), len(base)))
        long["kind"] = "posterior"  # data and priors are both shaken
        for name, values in _parameters(part.sampled).items():
            long[name] = values.reshape(-1)
        found.append(long)
    return pd.concat(found, ignore_index=True).sort_values("draw", kind="stable", ignore_index=True)


def _parameters(curves: Curves) -> dict[str, Any]:
    return {"scale": curves.scale, "half_saturation": curves.half, "shape": curves.shape}


def _frame(part: Part, curves: Curves, stretch: float, recent: int) -> pd.DataFrame:
    import pandas as pd

    data = part.data
    cells = list(part.cells())
    channel, region = (np.array([cell[side] for cell in cells], int) for side in (0, 1))
    highest = data.spend.max(axis=2)
    current = data.spend[..., -recent:].mean(axis=2)
    table = pd.DataFrame({"cell": [cell[2] for cell in cells]})
    table["channel"] = np.array(data.channels, object)[channel]
    if data.regional:
        table["region"] = np.array(data.regions, object)[region]
    table["form"] = np.array(part.forms, object)[channel]
    for name, values in _parameters(curves).items():
        table[name] = values.reshape(-1)
    table["min"] = 0.0
    table["max"] = np.maximum(stretch * highest, current).reshape(-1)
    if data.regional:
        table["group"] = table["channel"]
    table["value_per_response"] = 1.0 if data.value is None else data.value
    table["current"] = current.reshape(-1)
    table["highest"] = highest.reshape(-1)
    return table
