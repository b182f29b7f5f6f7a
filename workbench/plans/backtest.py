"""Past advice against what happened: plans made with what was known then, judged by what is known now.

What a plan that nobody followed would have brought is never seen. So every plan, the split of the period
before and the split that was really spent are judged by one and the same later fit (or a known truth), at the
same money; a plan is never judged by the curves it was made on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import exports
from workbench.errors import QuestionError
from workbench.i18n import text
from workbench.i18n.formats import number, percent
from workbench.solvers.forms import Floats
from workbench.solvers.plan import plain

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("cell", "time", "spend", "response")
Z, TIE = 1.959963984540054, 1e-9
Fit = Callable[["pd.DataFrame"], "pd.DataFrame"]


@dataclass(frozen=True, eq=False)
class Backtest:
    """The answer of `backtest`.

    Attributes:
        table: One row a plan: `origin` (last period known), `budget` (a period), `plan`, `last`, `actual`
            (response a period of the plan, of the split before, of the split that was spent, by the
            judge), `claimed` (gain of the plan over the split before on its own curves, relative),
            `gain` (the same by the judge), `gain_actual` (over the split that was spent), `won`, `followed`
            (how far the money really moved as advised: 1 wholly, 0 not, below 0 the other way).
        plans: Number of plans. wins: Plans that beat the split before. share: wins ÷ plans.
        low: 95% interval of the share (Wilson). high: Its other end.
        gain: Mean gain. claimed: Mean claimed gain.
    """

    table: pd.DataFrame
    plans: int
    wins: int
    share: float
    low: float
    high: float
    gain: float
    claimed: float

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows` and the summary."""
        names = ("plans", "wins", "share", "low", "high", "gain", "claimed")
        rows = self.table.assign(origin=self.table["origin"].map(str)).to_dict("records")
        return dict(plain({"rows": rows, **{name: getattr(self, name) for name in names}}))

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs."""
        return exports.csv(self.table, path)

    def sentence(self, lang: str = "en") -> str:
        """How often advice was better than going on as before, by how much, and how much it had claimed."""
        shown = {
            name: percent(getattr(self, name), lang) for name in ("share", "low", "high", "gain", "claimed")
        }
        counts = {"plans": number(self.plans, lang), "wins": number(self.wins, lang)}
        return text("plans.backtest", lang, **shown, **counts)

    def _repr_html_(self) -> str:
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{self.table.to_html(index=False)}</div>'


def backtest(
    frame: pd.DataFrame,
    fit: Fit,
    *,
    horizon: int = 4,
    step: int | None = None,
    least: int = 26,
    window: int | None = None,
    judge: Fit | pd.DataFrame | None = None,
    move: float | None = 0.5,
    **asked: Any,
) -> Backtest:
    """Plan again and again with what was known then, and judge each plan with what came after.

    Args:
        frame: One row a cell and period, as `history` gives it: `cell`, `time`, `spend`, `response`.
        fit: Gives a CurveTable (currency a period) from the rows of a frame; sees only the past.
        horizon: Periods that a plan is for, and that the split before is taken from.
        step: Periods from one plan to the next; None: the horizon.
        least: Periods that must be known before the first plan.
        window: How many past periods a fit sees; None: all.
        judge: Gives the curves that judge, from all rows up to the end of the plan's periods; or a CurveTable
            that is the truth; None: `fit`.
        move: How far from the split before a cell may go: 0.5 is from half to one and a half times; None:
            as the curves' bounds say.
        asked: Further arguments of `optimize.allocate`, such as `groups` or `limits`.

    Returns:
        Every plan, and how often and by how much advice would have been better.

    Raises:
        QuestionError: for a frame without the columns, or with too few periods.
    """
    import pandas as pd

    _checked(horizon, step, move)
    spend, times = _spend(frame)
    last = len(times) - horizon
    origins = range(max(least, horizon), last + 1, step or horizon)
    if not len(origins):
        raise QuestionError(
            f"There are {len(times)} periods, and a back-test needs {max(least, horizon) + horizon}.",
            "Give a longer history, or lower least= and horizon=.",
        )
    rows = [
        _one(frame, fit, judge, (spend, times), origin, (horizon, window, move), asked) for origin in origins
    ]
    table = pd.DataFrame(rows)
    wins, count = int(table["won"].sum()), len(table)
    low, high = wilson(wins, count)
    gains = (float(table["gain"].mean()), float(table["claimed"].mean()))
    return Backtest(table, count, wins, wins / count, low, high, *gains)


def _checked(horizon: int, step: int | None, move: float | None) -> None:
    for name, value in (("horizon", horizon), ("step", 1 if step is None else step)):
        if value < 1:
            raise QuestionError(f"{name}={value!r} is no number of periods.", "Give 1 or more.")
    if move is not None and not move >= 0:
        raise QuestionError(f"move={move!r} is no share.", "Give 0 or more, such as 0.5, or None.")


def wilson(wins: int, count: int) -> tuple[float, float]:
    """The 95% interval of a share (E. B. Wilson, 1927)."""
    share, z2 = wins / count, Z * Z / count
    middle = (share + z2 / 2) / (1 + z2)
    half = Z * np.sqrt(share * (1 - share) / count + z2 / (4 * count)) / (1 + z2)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def _spend(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Any]]:
    """Spend by time and cell, and the times in order."""
    missing = [name for name in NEEDED if name not in frame]
    if missing:
        raise QuestionError(
            f"The history has no column {missing[0]!r}.", f"Give the columns {', '.join(NEEDED)}."
        )
    wide = frame.pivot_table(index="time", columns="cell", values="spend", aggfunc="sum", fill_value=0.0)
    return wide, list(wide.index)


def _one(
    frame: pd.DataFrame,
    fit: Fit,
    judge: Fit | pd.DataFrame | None,
    known: tuple[pd.DataFrame, list[Any]],
    origin: int,
    how: tuple[int, int | None, float | None],
    asked: dict[str, Any],
) -> dict[str, Any]:
    from workbench.optimize import allocate

    (wide, times), (horizon, window, move) = known, how
    past = frame[frame["time"].isin(times[max(0, origin - window) if window else 0 : origin])]
    curves = fit(past).reset_index(drop=True)
    before = wide.iloc[origin - horizon : origin].mean().reindex(curves["cell"]).fillna(0.0).to_numpy()
    after = wide.iloc[origin : origin + horizon].mean().reindex(curves["cell"]).fillna(0.0).to_numpy()
    budget = float(after.sum())
    split = before * (budget / before.sum()) if before.sum() > 0 else after
    plan = allocate(_bounded(curves, split, move), budget, **asked)
    advice = plan.table["spend"].to_numpy()
    truth = same_cells(_judge(frame, fit, judge, times[: origin + horizon]), curves)
    own = [total(curves, each) for each in (advice, split)]
    judged = [total(truth, each) for each in (advice, split, after)]
    return {
        "origin": times[origin - 1],
        "budget": budget,
        **dict(zip(("plan", "last", "actual"), judged, strict=True)),
        "claimed": _ratio(own[0], own[1]),
        "gain": _ratio(judged[0], judged[1]),
        "gain_actual": _ratio(judged[0], judged[2]),
        "won": judged[0] > judged[1] * (1 + TIE),
        "followed": _followed(advice - split, after - split),
    }


def same_cells(judging: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """The judge's curves of the planned cells, in their order."""
    lost = set(curves["cell"]) - set(judging["cell"])
    if lost:
        raise QuestionError(
            f"The judge has no curve of cell {min(lost)!r}.", "Let it give a curve for every planned cell."
        )
    return judging.set_index("cell").loc[curves["cell"]].reset_index()


def _ratio(now: float, before: float) -> float:
    return now / before - 1 if before > 0 else float("nan")


def _followed(advised: Floats, moved: Floats) -> float:
    """How much of the advised moves was made: the projection of what moved on the advice."""
    size = float(advised @ advised)
    return float(advised @ moved) / size if size > 0 else float("nan")


def _bounded(curves: pd.DataFrame, split: Floats, move: float | None) -> pd.DataFrame:
    if move is None:
        return curves
    return curves.assign(min=np.maximum(1 - move, 0.0) * split, max=(1 + move) * split)


def _judge(frame: pd.DataFrame, fit: Fit, judge: Fit | pd.DataFrame | None, seen: list[Any]) -> pd.DataFrame:
    if judge is None or callable(judge):
        return (judge or fit)(frame[frame["time"].isin(seen)])
    return judge


def total(curves: pd.DataFrame, spend: Floats) -> float:
    """Response of a CurveTable at spends in its order."""
    from workbench.optimize import allocate

    locks = dict(zip(curves["cell"], (float(x) for x in spend), strict=True))
    kept = curves.drop(columns=[name for name in ("min", "max", "min_if_active") if name in curves])
    return allocate(kept, budget=max(float(spend.sum()), 1e-9) * (1 + 1e-9), locked=locks).total_response
