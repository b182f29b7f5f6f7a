"""Markov and Shapley credits of many journeys: the package against a notebook's loop over pandas groups."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import CACHE, SEED, timed

CHANNELS = ("search", "social", "feed", "video", "display", "email", "affiliate", "outdoor")


def generate(journeys: int) -> dict[str, Any]:
    """Write the touches of so many journeys once, one customer each, as Parquet."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = CACHE / f"touches-{journeys}.parquet"
    random = np.random.default_rng(SEED)
    length = 1 + random.poisson(1.2, journeys)
    size = int(length.sum())
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        customer = np.repeat(np.arange(journeys), length)
        ends = np.cumsum(length) - 1
        channel = random.choice(len(CHANNELS), size, p=np.arange(8, 0, -1) / 36)
        start = random.integers(0, 80 * 86400, journeys)
        time = np.repeat(start, length) + 3600 * (np.arange(size) - np.repeat(ends - length + 1, length))
        converted = np.zeros(size, np.int8)
        converted[ends] = random.random(journeys) < 0.1 + 0.05 * (channel[ends] < 3)
        table = {
            "customer_id": customer,
            "time": pa.array(time * 1_000_000).cast(pa.timestamp("us", tz="UTC")),
            "channel": pa.DictionaryArray.from_arrays(pa.array(channel.astype("int8")), list(CHANNELS)),
            "converted": converted,
            "value": np.where(converted, random.integers(20, 400, size).astype(float), 0.0),
        }
        pq.write_table(pa.table(table), file, compression="zstd")
    return {"file": str(file), "touches": size, "mb": file.stat().st_size / 1e6}


def worked(ask: Any, repeats: int) -> tuple[Any, dict[str, float]]:
    """The last result, and milliseconds: first, median, and median processor time of all threads."""
    work = []

    def once() -> Any:
        began = time.process_time()
        found = ask()
        work.append(1000 * (time.process_time() - began))
        return found

    found, first_ms, ms = timed(once, repeats)
    return found, {"ms": ms, "first_ms": first_ms, "work_ms": statistics.median(work[1:] or work)}


def package(file: str, models: list[str], draws: int, repeats: int, engine: bool = False) -> dict[str, Any]:
    """The public question over the file; `engine`: counted by DuckDB, as longer streams are."""
    import ibis

    from workbench import attribution
    from workbench.attribution import tracks

    touches = ibis.read_parquet(file)
    if engine:
        tracks.MOST_ROWS = -1

    def ask() -> Any:
        return attribution.compare_models(touches, models, timezone="UTC", draws=draws)

    answer, spent = worked(ask, repeats)
    shares = answer.to_frame().set_index("channel")
    return {**spent, "shares": shares.to_dict()}


def move(file: str, models: list[str], draws: int, repeats: int) -> dict[str, Any]:
    """Another window of a stream that is kept in memory, as a panel's slider asks for it."""
    import ibis

    from workbench.attribution import ask, tables, tracks

    source = tables.source(ibis.read_parquet(file), None, "channel", "UTC", None)
    kept, days = tracks.fetch(source), iter(range(3, 90))
    tables.source, ask.fetch = lambda *_: source, lambda _: kept
    _, spent = worked(
        lambda: ask.compare_models(None, models, next(days), timezone="UTC", draws=draws), repeats
    )
    return spent


def scan(file: str, repeats: int) -> dict[str, Any]:
    """The floor: the same columns read and put in order of customer and time, nothing else."""
    import ibis

    touches = ibis.read_parquet(file)
    along = ibis.window(group_by="customer_id", order_by="time")
    last = (
        touches.mutate(before=touches.channel.lag().over(along))
        .group_by(["before", "channel"])
        .agg(n=ibis._.count())
    )
    return worked(last.to_pyarrow, repeats)[1]


def pandas(file: str, repeats: int) -> dict[str, Any]:
    """What a notebook does: pandas groups into paths, then loops over journeys and removals."""
    import pandas as pd

    table = pd.read_parquet(Path(file)).assign(channel=lambda frame: frame.channel.astype(str))

    def ask() -> Any:
        ordered = table.sort_values(["customer_id", "time"])
        journeys = ordered.groupby("customer_id").agg(path=("channel", list), won=("converted", "max"))
        return {"markov": _removal(journeys), "shapley": _even(journeys)}

    shares, spent = worked(ask, repeats)
    return {**spent, "shares": shares}


def _even(journeys: Any) -> dict[str, float]:
    found = dict.fromkeys(CHANNELS, 0.0)
    for path, won in zip(journeys.path, journeys.won, strict=True):
        members = set(path)
        for channel in members:
            found[channel] += won / len(members)
    whole = sum(found.values())
    return {channel: amount / whole for channel, amount in found.items()}


def _removal(journeys: Any) -> dict[str, float]:
    import numpy as np

    code = {channel: number for number, channel in enumerate(("start", *CHANNELS))}
    steps = np.zeros((9, 11))
    for path, won in zip(journeys.path, journeys.won, strict=True):
        at = 0
        for channel in path:
            steps[at, code[channel]] += 1
            at = code[channel]
        steps[at, 9 if won else 10] += 1
    chance = steps / steps.sum(1, keepdims=True)

    def reached(removed: int | None) -> float:
        chain, win = chance[:, :9].copy(), chance[:, 9].copy()
        if removed:
            chain[:, removed], chain[removed], win[removed] = 0, 0, 0
        return float(np.linalg.solve(np.eye(9) - chain, win)[0])

    lost = np.array([1 - reached(number) / reached(None) for number in range(1, 9)])
    return dict(zip(CHANNELS, lost / lost.sum(), strict=True))
