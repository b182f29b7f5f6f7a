"""Frames beside an effect: the series, the event study, weights and placebos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.compare.causal import did
from workbench.compare.causal.grid import Grid
from workbench.compare.causal.synthetic import Placebo

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def series_frame(times: Sequence[Any], target: np.ndarray, control: np.ndarray, start: int) -> pd.DataFrame:
    """`time, treated, control, gap, after`: the treated and what they would have been."""
    import numpy as np
    import pandas as pd

    return pd.DataFrame(
        {
            "time": list(times),
            "treated": target,
            "control": control,
            "gap": target - control,
            "after": np.arange(len(times)) >= start,
        }
    )


def control_series(grid: Grid) -> pd.DataFrame | None:
    """The mean of the treated and that of the controls moved to their level; None for several starts."""
    treated, start = grid.treated, grid.first
    controls = ~treated
    if (grid.start[treated] != start).any() or not controls.any():
        return None
    one, two = grid.outcome[treated].mean(axis=0), grid.outcome[controls].mean(axis=0)
    shift = one[:start].mean() - two[:start].mean() if start else 0.0
    return series_frame(grid.times, one, two + shift, start)


def events(grid: Grid, level: float) -> pd.DataFrame:
    """`first, last, effect, low, high`: differences by time since the start, less the mean before it."""
    import pandas as pd

    rows = []
    for block in did.event_study(grid):
        low, high = block.found.limits(level)
        rows.append((block.first, block.last, block.found.value, low, high))
    return pd.DataFrame(rows, columns=["first", "last", "effect", "low", "high"])


def weights(units: Sequence[Any], found: np.ndarray) -> pd.DataFrame:
    """`unit, weight`, largest first."""
    import pandas as pd

    frame = pd.DataFrame({"unit": [str(unit) for unit in units], "weight": found})
    return frame.sort_values(["weight", "unit"], ascending=[False, True]).reset_index(drop=True)


def placebo_frame(units: Sequence[Any], tried: Placebo) -> pd.DataFrame:
    """`unit, ratio`: the gap after in fits of before, the treated first, then the largest gaps."""
    import pandas as pd

    values = [tried.own, *tried.ratio]
    table = pd.DataFrame({"unit": [str(unit) for unit in units], "ratio": values})
    rest = table.iloc[1:].sort_values("ratio", key=abs, ascending=False, kind="stable")
    return pd.concat([table.iloc[:1], rest], ignore_index=True)
