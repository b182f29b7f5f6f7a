"""Flagged days as tables: one row a day, one row a run of days, one row a change of level."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.forecast import events as occasions
from workbench.forecast.bundle import Bundle
from workbench.forecast.events import Event
from workbench.forecast.fit import WIDTHS
from workbench.forecast.unusual import Unusual

if TYPE_CHECKING:
    import pandas as pd

DAY = ("date", "value", "expected", "low", "high", "excess", "money", "p", "p_adjusted", "direction", "event")
SPAN = ("start", "end", "days", "direction", "value", "expected", "excess", "money", "p_adjusted", "event")
CHANGE = ("date", "before", "after", "change", "money", "direction", "event")
HELD = 6
"""Days in a row that make a new level."""
SIZE = 0.1
"""Relative change from which on a new level is one."""


def flagged(
    bundle: Bundle, seen: Unusual, p: Any, q: Any, alarm: float, named: tuple[Event, ...], price: Any
) -> pd.DataFrame:
    """Days whose adjusted p-value is at most `alarm`, the largest money first, then the least chance."""
    import pandas as pd

    rows = []
    for n, t in np.argwhere(q <= alarm):
        excess = float(seen.values[n, t] - seen.expected[n, t])
        rows.append(
            {
                **bundle.keys[n],
                "date": pd.Timestamp(bundle.days[t]),
                "value": float(seen.values[n, t]),
                "expected": float(seen.expected[n, t]),
                "low": float(seen.low[n, t]),
                "high": float(seen.high[n, t]),
                "excess": excess,
                "money": excess * float(price[n]),
                "p": float(p[n, t]),
                "p_adjusted": float(q[n, t]),
                "direction": "above" if excess > 0 else "below",
                "event": _event(named, bundle, t),
            }
        )
    return _ranked(pd.DataFrame(rows, columns=[*bundle.by, *DAY]))


def _event(named: tuple[Event, ...], bundle: Bundle, t: int) -> str:
    day: dt.date = bundle.days[t].item()
    return " · ".join(occasions.at(named, day, WIDTHS[bundle.step]))


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    keys = pd.DataFrame({"money": -table["money"].astype(float).abs().fillna(0.0)})
    keys["p"] = table.get("p_adjusted", 0.0)
    order = keys.sort_values(["money", "p"], kind="stable").index
    ranked: pd.DataFrame = table.loc[order].reset_index(drop=True)
    return ranked


def spans(table: pd.DataFrame, bundle: Bundle) -> pd.DataFrame:
    """Runs of flagged days of one series in one direction, the largest money first."""
    import pandas as pd

    by = list(bundle.by)
    place = {day: at for at, day in enumerate(bundle.days)}
    ordered = table.sort_values([*by, "direction", "date"], kind="stable")
    rows: list[dict[str, Any]] = []
    previous: tuple[Any, ...] = ()
    for row in ({str(key): value for key, value in row.items()} for row in ordered.to_dict("records")):
        at = place[np.datetime64(row["date"], "D")]
        here = (*(row[name] for name in by), row["direction"])
        if rows and previous == (*here, at - 1):
            _grow(rows[-1], row)
        else:
            rows.append(_begun(row, by))
        previous = (*here, at)
    return _ranked(pd.DataFrame(rows, columns=[*by, *SPAN]))


def _begun(row: dict[str, Any], by: list[str]) -> dict[str, Any]:
    kept = (*by, "direction", "value", "expected", "excess", "money", "p_adjusted", "event")
    return {"start": row["date"], "end": row["date"], "days": 1} | {name: row[name] for name in kept}


def _grow(span: dict[str, Any], row: dict[str, Any]) -> None:
    for name in ("value", "expected", "excess", "money"):
        span[name] += row[name]
    span["end"], span["days"] = row["date"], span["days"] + 1
    span["p_adjusted"] = min(span["p_adjusted"], row["p_adjusted"])
    span["event"] = span["event"] or row["event"]


def changes(
    bundle: Bundle, seen: Unusual, q: Any, judged: Any, alarm: float, named: tuple[Event, ...], price: Any
) -> pd.DataFrame:
    """New levels: days in a row that surprise those before them and not those after.

    All places of all series are one family of tests.
    """
    import pandas as pd

    from workbench.forecast.tails import adjusted

    chance = _chances(seen)
    held = adjusted(np.where(judged, chance, np.nan), "BH") <= alarm
    rows = []
    for n, t in np.argwhere(held):
        if held[n, max(0, t - HELD) : t].any() or (q[n, t : t + HELD] <= alarm).sum() > HELD / 2:
            continue
        part = slice(t, min(t + 2 * HELD, len(bundle.days)))
        before, after = (_mean(values[n, slice_]) for values, slice_ in _sides(seen, t, part))
        relative = after / before - 1 if before else float("nan")
        if abs(relative) < SIZE:
            continue
        rows.append(
            {
                **bundle.keys[n],
                "date": pd.Timestamp(bundle.days[t]),
                "before": before,
                "after": after,
                "change": relative,
                "money": (after - before) * float(price[n]),
                "direction": "above" if after > before else "below",
                "event": _event(named, bundle, t),
            }
        )
    return _ranked(pd.DataFrame(rows, columns=[*bundle.by, *CHANGE]))


def _sides(seen: Unusual, t: int, part: slice) -> tuple[tuple[Any, slice], tuple[Any, slice]]:
    """A fortnight before, as it was, and the days from then on."""
    return (seen.values, slice(max(0, t - 2 * HELD), t)), (seen.values, part)


def _mean(values: Any) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _chances(seen: Unusual) -> Any:
    """Chance of the `HELD` days from each day on under the view from before; 1 where they do not agree.

    That of the third-smallest chance of so many independent ones, a beta distribution: two broken days make
    no new level.
    """
    from scipy.special import betainc

    count, steps = seen.values.shape
    found = np.full((count, steps), np.nan)
    if steps <= HELD:
        return found
    view = np.lib.stride_tricks.sliding_window_view
    p = np.sort(view(np.nan_to_num(seen.change, nan=1.0), HELD, axis=1), axis=2)[:, :, 2]
    side = np.sign(np.nan_to_num(seen.values - seen.before))
    agree = np.abs(view(side, HELD, axis=1).sum(axis=2)) == HELD
    found[:, : steps - HELD + 1] = np.where(agree, betainc(3, HELD - 2, p), 1.0)
    return found
