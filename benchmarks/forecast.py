"""Forecasts of real series beside statsmodels' ETS and the naive ways: error and processor time."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import ROOT, SEED, alone
from benchmarks.page import load, ms, table

DATA = ROOT.parent / "shared" / "data"
"""Public data beside the project."""

SERIES = {
    "CDNOW orders by day": ("cdnow", "orders", 28),
    "CDNOW sales by day": ("cdnow", "sales", 28),
    "Robyn revenue by week": ("robyn", "revenue", 13),
    "Meridian conversions by week": ("meridian", "conversions", 13),
}
"""Name → file, column, steps ahead."""

WAYS = ("workbench", "statsmodels", "naive", "seasonal_naive")


def series(file: str, column: str) -> Any:
    """A real series with its days as index."""
    import pandas as pd

    if file == "cdnow":
        names = ["customer", "date", "orders", "sales"]
        frame = pd.read_csv(DATA / "CDNOW_master.txt", sep=r"\s+", skiprows=1, names=names)
        day = pd.to_datetime(frame["date"].astype(str))
        found = frame.groupby(day).agg(orders=("customer", "size"), sales=("sales", "sum"))[column]
        return found[found.index >= "1997-04-01"]  # customers were taken in until March
    where = {"robyn": ("robyn_dt_simulated_weekly.csv", "DATE"),
             "meridian": ("meridian_national_all_channels.csv", "time")}[file]  # fmt: skip
    frame = pd.read_csv(DATA / where[0])
    return frame.set_index(pd.to_datetime(frame[where[1]]))[column].astype(float)


def compare(file: str, column: str, horizon: int, origins: int) -> dict[str, Any]:
    """Mean absolute error of each way in parts of the seasonal-naive one, and milliseconds of a forecast."""
    import numpy as np

    whole = series(file, column)
    m = 7 if file == "cdnow" else 52
    ends = np.linspace(len(whole) * 0.6, len(whole) - horizon, origins).astype(int)
    errors: dict[str, list[float]] = {way: [] for way in WAYS}
    spent: dict[str, list[float]] = {way: [] for way in WAYS}
    inside = []
    for end in ends:
        past, came = whole.iloc[:end], whole.iloc[end : end + horizon].to_numpy()
        for way in WAYS:
            start = time.process_time()
            said, ends_of = _said(way, past, horizon, m)
            spent[way].append(1000 * (time.process_time() - start))
            errors[way].append(float(np.abs(said - came).mean()))
            if ends_of is not None:
                inside.append(float(((came >= ends_of[0]) & (came <= ends_of[1])).mean()))
    base = float(np.mean(errors["seasonal_naive"]))
    return {
        "errors": {way: float(np.mean(found)) / base for way, found in errors.items()},
        "ms": {way: float(np.median(found)) for way, found in spent.items()},
        "coverage": float(np.mean(inside)),
        "steps": len(whole),
    }


def _said(way: str, past: Any, horizon: int, m: int) -> tuple[Any, Any]:
    """Forecasts of one way, and its interval where it has one."""
    import numpy as np

    if way == "workbench":
        from workbench import forecast

        answer = forecast.forecast(past, horizon).table
        return answer["forecast"].to_numpy(), answer[["low", "high"]].to_numpy().T
    if way == "statsmodels":
        return _ets(past.to_numpy(), horizon, m), None
    values = past.to_numpy()
    if way == "naive":
        return np.full(horizon, values[-1]), None
    return values[len(values) - m + np.arange(horizon) % m], None


def _ets(values: Any, horizon: int, m: int) -> Any:
    """The ETS model of the least AICc among eight, as automatic forecasting chooses it."""
    import numpy as np
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    season = "add" if m < 20 and len(values) > 2 * m else None
    best, least = None, np.inf
    for trend, damped in ((None, False), ("add", False), ("add", True)):
        for error in ("add", "mul") if (values > 0).all() else ("add",):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                options = {"trend": trend, "damped_trend": damped, "error": error}
                model = ETSModel(values, seasonal=season, seasonal_periods=m if season else None, **options)
                fitted = model.fit(disp=False)
            if fitted.aicc < least:
                best, least = fitted, fitted.aicc
    assert best is not None
    return best.forecast(horizon)


def many(count: int, days: int) -> dict[str, Any]:
    """Milliseconds of processor for so many made series of 18 months, together and each."""
    import numpy as np
    import pandas as pd

    from workbench import forecast

    rng, t = np.random.default_rng(SEED), np.arange(days)
    level = np.cumsum(rng.normal(0, 0.02, (count, days)), axis=1)
    values = 1000 * np.exp(0.2 * np.sin(2 * np.pi * t / 7) + level + rng.normal(0, 0.1, (count, days)))
    dates = pd.date_range("2025-05-01", periods=days)
    frame = pd.DataFrame({"series": np.repeat(np.arange(count).astype(str), days),
                          "date": np.tile(dates, count), "value": values.ravel()})  # fmt: skip
    found = {}
    for name, ask in (("forecast", forecast.forecast), ("anomalies", forecast.anomalies)):
        ask(frame[frame["series"] == "0"], by="series", value="value")
        start = time.process_time()
        ask(frame, by="series", value="value")
        found[name] = 1000 * (time.process_time() - start)
    return found


def section(repeats: int) -> Iterator[str]:
    """The section of the results page.

    Args:
        repeats: Origins of each series.
    """
    yield from ("## Forecasts", "", load("when this began"), "")
    rows = []
    for name, (file, column, horizon) in SERIES.items():
        found = alone("forecast:compare", file=file, column=column, horizon=horizon, origins=repeats)
        if "failed" in found:
            rows.append((name, f"not measured: {found['failed']}", *[""] * 5))
            continue
        errors, spent = found["errors"], found["ms"]
        cells = [f"{errors[way]:.2f}" for way in WAYS]
        times = f"{ms(spent['workbench'])} / {ms(spent['statsmodels'])}"
        rows.append((f"{name}, {horizon} ahead", *cells, f"{found['coverage']:.0%}", times))
    heads = ("mean absolute error over seasonal-naive", "workbench", "statsmodels ETS by AICc", "naive",
             "seasonal-naive", "95% intervals held", "time workbench / statsmodels")  # fmt: skip
    yield from table(heads, rows)
    yield ""
    sizes = [(count, alone("forecast:many", count=count, days=548)) for count in (1, 100)]
    lines = [
        (f"{count} series of 18 months", ms(found["forecast"]), ms(found["anomalies"]))
        for count, found in sizes
    ]
    yield from table(("processor time", "forecast with back-test", "anomalies"), lines)
    yield from ("", load("at the end"), "")
