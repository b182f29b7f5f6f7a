"""Arrays of forecasts as tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.forecast.candidates import METHODS

if TYPE_CHECKING:
    import pandas as pd

    from workbench.forecast.answer import Forecast
    from workbench.forecast.bundle import Bundle
    from workbench.forecast.fit import Fit


def long(bundle: Bundle, days: Any, columns: Mapping[str, Any]) -> pd.DataFrame:
    """One row a series and day.

    Args:
        bundle: Names the series. days: (D,). columns: Name → values, (N, D).
    """
    import pandas as pd

    count = len(bundle.keys)
    found: dict[str, Any] = {
        name: np.repeat([key[name] for key in bundle.keys], len(days)).astype(object) for name in bundle.by
    }
    found["date"] = pd.Series(np.tile(days, count)).astype("datetime64[s]")
    found |= {name: np.asarray(values).reshape(-1) for name, values in columns.items()}
    return pd.DataFrame(found)


def forecast(bundle: Bundle, fits: tuple[Fit, ...], horizon: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the steps after the data, and of those of the data that are not finished."""
    whole = [("forecast", "point"), ("low", "low"), ("high", "high")]
    arrays = {name: np.concatenate([getattr(fit, field) for fit in fits]) for name, field in whole}
    days = fits[0].days
    young = len(days) - horizon
    ahead = long(bundle, days[young:], {name: values[:, young:] for name, values in arrays.items()})
    return ahead, long(bundle, days[:young], {name: values[:, :young] for name, values in arrays.items()})


def methods(bundle: Bundle, fits: tuple[Fit, ...]) -> pd.DataFrame:
    """One row a series and way."""
    import pandas as pd

    rows = []
    places = [(fit, n) for fit in fits for n in range(len(fit.point))]
    for key, (fit, n) in zip(bundle.keys, places, strict=True):
        for name in METHODS:
            chosen = fit.trial.chosen[n] == name
            rows.append(
                {
                    **key,
                    "method": name,
                    "mase": float(fit.trial.mase[name][n]),
                    "rmsse": float(fit.trial.rmsse[name][n]),
                    "coverage": fit.spreads[n].coverage if chosen else math.nan,
                    "chosen": chosen,
                }
            )
    return pd.DataFrame(rows)


def backtest(answer: Forecast) -> pd.DataFrame:
    """One row a series, origin and step ahead that came."""
    import pandas as pd

    parts = []
    days = answer.bundle.days
    for key, (fit, n) in zip(answer.bundle.keys, answer.places(), strict=True):
        actual, guess = fit.trial.actual[:, n], fit.middle[:-1, n]
        origin, ahead = np.nonzero(np.isfinite(actual))
        at = fit.trial.origins[origin]
        part = pd.DataFrame(
            {
                "origin": days[at].astype("datetime64[s]"),
                "ahead": ahead + 1,
                "date": days[at + ahead + 1].astype("datetime64[s]"),
                "forecast": guess[origin, ahead],
                "actual": actual[origin, ahead],
            }
        )
        for place, name in enumerate(answer.by):
            part.insert(place, name, key[name])
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def effects(answer: Forecast) -> pd.DataFrame:
    """One row a series and event whose effect is known."""
    import pandas as pd

    rows = []
    for key, (fit, n) in zip(answer.bundle.keys, answer.places(), strict=True):
        for e, name in enumerate(fit.marks.names):
            of = fit.marks.kind == e
            if not fit.effects.heard[n, of].any():
                continue
            days = fit.marks.values[:, of]
            weight = days[(days > 0).any(axis=1)].mean(axis=0)
            middle = float(weight @ fit.effects.values[n, of])
            sd = 1.96 * float(np.sqrt(weight @ fit.effects.cov[n][np.ix_(of, of)] @ weight))
            said = [_effect(value, fit, n) for value in (middle, middle - sd, middle + sd)]
            found = dict(zip(("effect", "low", "high"), said, strict=True))
            times, relative = int(fit.marks.times[e]), bool(fit.scale.log[n])
            rows.append({**key, "event": name, "times": times, **found, "relative": relative})
    return pd.DataFrame(rows, columns=[*answer.by, "event", "times", "effect", "low", "high", "relative"])


def _effect(value: float, fit: Fit, n: int) -> float:
    return float(np.expm1(value)) if fit.scale.log[n] else float(value * fit.scale.unit[n])


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON-safe values."""
    return [{str(name): _safe(value) for name, value in row.items()} for row in table.to_dict("records")]


def _safe(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value.item() if hasattr(value, "item") else value
