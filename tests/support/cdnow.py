"""The CDNOW orders (Fader & Hardie) as frames, and customers drawn from known parameters."""

from __future__ import annotations

import numpy as np
import pandas as pd

START = np.datetime64("2024-01-01")


def frame(folder, name="CDNOW_sample.txt"):
    """Orders of a CDNOW file; the columns from the right are amount, units, date."""
    table = pd.read_csv(folder / name, sep=r"\s+", header=None, dtype=str).iloc[:, -4:]
    table.columns = ["customer_id", "order_time", "units", "amount"]
    table = table[table["order_time"].str.isdigit()]
    times = pd.to_datetime(table["order_time"], format="%Y%m%d").dt.date
    return table.assign(order_time=times, amount=table["amount"].astype(float)).drop(columns="units")


def drawn(size, days, params, seed, joined=90):
    """Orders of customers who joined in the first `joined` days, told as BG/NBD and Gamma-Gamma tell it.

    Time in days; one customer after the other, in plain Python: it shares nothing with the package. A day
    has one amount, as the model has it.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(size):
        rate = rng.gamma(params["r"]) / params["alpha"]
        leave, taste = rng.beta(params["a"], params["b"]), rng.gamma(params["q"]) / params["v"]
        time, day = float(rng.integers(joined)), -1
        while time < days:
            repeat, today = day >= 0, int(time)
            if today > day:
                rows.append((f"c{customer:05}", today, rng.gamma(params["p"]) / taste))
            if repeat and rng.random() < leave:
                break
            day, time = today, time + rng.exponential(1 / rate)
    table = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    return table.assign(order_time=(START + table["day"].to_numpy()).astype(object)).drop(columns="day")
