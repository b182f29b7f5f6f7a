"""A slot plan as arrays: campaign × hour of the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import checked
from workbench.solvers.curves import Curves
from workbench.solvers.forms import Floats
from workbench.solvers.reading import PARAMETERS, curves_of

if TYPE_CHECKING:
    import pandas as pd

HOURS, DAYS, DAY = 168, 7, 24
NEEDED = ("hour_of_week", "spend", "form", "scale", "half_saturation")


@dataclass(frozen=True, eq=False)
class Cells:
    """A slot plan of g campaigns; arrays have shape (g, 168) unless they say otherwise.

    Attributes:
        by: Columns that name a campaign.
        names: The values of `by`, one tuple a campaign.
        spend: Planned spend, currency units a week; 0 where the plan has no such hour.
        natural: Spend of each hour when every bid is the same, relative to the campaign's mean.
        low: Least spend of an hour. high: Most; 0 where the hour is forbidden.
        curves: Of the hours that the plan has. place: Where each of these is, flat.
    """

    by: tuple[str, ...]
    names: tuple[tuple[Any, ...], ...]
    spend: Floats
    natural: Floats
    low: Floats
    high: Floats
    curves: Curves
    place: Any

    def responses(self, spend: Floats) -> Floats:
        """Responses at spends of shape (k, g, 168)."""
        flat = spend.reshape(len(spend), -1)
        found = np.zeros_like(flat)
        with np.errstate(divide="ignore"):
            found[:, self.place] = self.curves.values(flat[:, self.place])
        return found.reshape(spend.shape)

    @property
    def price(self) -> Floats:
        """What one more unit of spend brings where hours can move, shape (g,); 0 where none spends."""
        flat = self.spend.reshape(-1)[self.place]
        slopes = np.full(self.spend.size, np.nan)
        slopes[self.place] = np.exp(self.curves.log_slopes(np.maximum(flat, 1e-12)[None])[0])
        free = (self.spend > self.low * (1 + 1e-9)) & (self.spend < self.high * (1 - 1e-9))
        for chosen in (free, self.spend > 0):
            slopes_of = np.where(chosen, slopes.reshape(self.spend.shape), np.nan)
            if np.isfinite(slopes_of).any(axis=1).all():
                break
        found = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else 0.0 for row in slopes_of]
        return np.array(found)


def read_cells(table: Any, by: Sequence[str] | None, natural: str | None) -> Cells:
    """The plan, checked.

    Args:
        table: One row a campaign and hour: `hour_of_week`, `spend`, the columns of a CurveTable; optional
            `min`, `max`.
        by: Columns that name a campaign; None: those of `channel`, `region` and `campaign` that there are.
        natural: Column with the spend of each hour when every bid is the same; None: the same in all hours.

    Raises:
        QuestionError: for a table that lacks columns or hours, holds an hour twice, or amounts that are none.
    """
    import pandas as pd

    frame = pd.DataFrame(table).reset_index(drop=True)
    by = (
        tuple(name for name in ("channel", "region", "campaign") if name in frame)
        if by is None
        else tuple(by)
    )
    for name in (*NEEDED, *by, *([natural] if natural else [])):
        if name not in frame:
            raise unknown("column", name, list(frame.columns))
    names, group = _campaigns(frame, by)
    hour = _hours(frame)
    place = group * HOURS + hour
    if len(np.unique(place)) < len(place):
        twice = frame.loc[pd.Series(place).duplicated(), "hour_of_week"].iloc[0]
        raise QuestionError(
            f"The hour {twice} of a campaign comes twice.", "Give one row a campaign and hour."
        )
    shape = (len(names), HOURS)
    parts = {
        name: _spread(frame, name, place, shape, default) for name, default in (("min", 0), ("max", np.inf))
    }
    own = frame.assign(shape=frame["shape"].fillna(1.0) if "shape" in frame else 1.0)
    own["cell"] = [f"hour {at}" for at in hour]
    own = checked(own[["cell", "form", *PARAMETERS]], once=False)
    order, curves = curves_of(own, np.ones(len(own)), 1.0)
    spend = _spread(frame, "spend", place, shape, 0.0)
    has = np.zeros(spend.size, dtype=bool)
    has[place] = True
    high = np.where(has.reshape(shape), parts["max"], 0.0)
    return Cells(
        by, names, spend, _natural(frame, natural, place, shape), parts["min"], high, curves, place[order]
    )


def _campaigns(frame: pd.DataFrame, by: tuple[str, ...]) -> tuple[tuple[tuple[Any, ...], ...], Any]:
    if frame.empty:
        raise QuestionError("The slot plan has no rows.", "Give one row a campaign and hour.")
    if not by:
        return ((),), np.zeros(len(frame), dtype=int)
    keys = frame.groupby(list(by), sort=False, dropna=False)
    return tuple(key if isinstance(key, tuple) else (key,) for key in keys.groups), keys.ngroup().to_numpy()


def _hours(frame: pd.DataFrame) -> Any:
    import pandas as pd

    found = pd.to_numeric(frame["hour_of_week"], errors="coerce")
    wrong = ~(found.between(0, HOURS - 1) & (found % 1 == 0))
    if wrong.any():
        raise QuestionError(
            f"hour_of_week {frame['hour_of_week'][wrong].tolist()[0]!r} is no hour of a week.",
            "Give whole numbers from 0, Monday 0:00, to 167.",
        )
    return found.to_numpy(int)


def _spread(frame: pd.DataFrame, name: str, place: Any, shape: tuple[int, int], default: float) -> Floats:
    """A column of amounts as (campaigns, 168)."""
    import pandas as pd

    found = np.full(shape[0] * shape[1], float(default))
    if name in frame:
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(float)
        if name == "max":
            values = np.where(frame[name].isna(), np.inf, values)
        wrong = ~(values >= 0)
        if wrong.any():
            first = frame[name][wrong].tolist()[0]
            raise QuestionError(f"{name} holds {first!r}.", "Give amounts of 0 or more in each row.")
        found[place] = values
    return found.reshape(shape)


def _natural(frame: pd.DataFrame, name: str | None, place: Any, shape: tuple[int, int]) -> Floats:
    if name is None:
        return np.ones(shape)
    found = _spread(frame, name, place, shape, 0.0)
    mean = found.sum(axis=1, keepdims=True) / np.maximum((found > 0).sum(axis=1, keepdims=True), 1)
    if not (mean > 0).all():
        raise QuestionError(
            f"{name} is 0 in all hours of a campaign.", "Give what its hours spend at equal bids."
        )
    return np.asarray(found / mean)
