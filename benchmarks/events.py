"""Generated ad events, one row an impression, streamed to zstd Parquet; and the workspace made of them."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import CACHE, SEED

DAYS, CAMPAIGNS, DEVICES = 90, 40, ("mobile", "desktop", "tablet")
CHANNELS = ("search", "social", "feed", "video", "display", "email")
START = dt.date(2026, 1, 5)
CHUNK = 1_000_000


def generate(rows: int) -> dict[str, Any]:
    """Write `rows` events once; the same rows always give the same file."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = _file(rows)
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        random = np.random.default_rng(SEED)
        with pq.ParquetWriter(part, _schema(), compression="zstd") as writer:
            for start in range(0, rows, CHUNK):
                writer.write_table(pa.table(_chunk(random, min(CHUNK, rows - start)), schema=_schema()))
        os.replace(part, file)
    return {"file": str(file), "mb": file.stat().st_size / 1e6}


def workspace(rows: int) -> dict[str, Any]:
    """Make the workspace of the events: hourly facts by DuckDB, then one commit with its roll-up."""
    import shutil

    import duckdb

    from workbench import data

    folder = CACHE / f"workspace-{rows}"
    shutil.rmtree(folder, ignore_errors=True)
    start = time.perf_counter()
    connection = duckdb.connect()
    facts = [
        connection.execute(_hourly(_file(rows), sums, extra)).to_arrow_table()
        for sums, extra in (
            ("count(*) AS impressions, sum(clicks) AS clicks, sum(cost_micros) AS cost_micros", ""),
            (
                "sum(conversions) AS conversions, sum(revenue_micros) AS revenue_micros",
                ", 'order' AS goal, 'order' AS kind, 'click' AS time_basis, true AS is_goal",
            ),
        )
    ]
    summed = time.perf_counter()
    store = data.open(folder)
    store.commit([data.Change("performance", facts[0]), data.Change("conversions", facts[1])])
    return {
        "folder": str(folder),
        "cells": len(facts[0]),
        "sum_ms": 1000 * (summed - start),
        "commit_ms": 1000 * (time.perf_counter() - summed),
    }


def _hourly(file: Path, sums: str, extra: str) -> str:
    keys = "local_date, local_hour, hour_of_week, channel, campaign, device"
    return f"""SELECT 'bench' AS source, 'one' AS account, 'campaign' AS grain, '' AS breakdown, '' AS scope,
      'CNY' AS currency, 'Asia/Shanghai' AS timezone, {keys}, {sums}{extra}
      FROM read_parquet('{file}') GROUP BY ALL"""


def _file(rows: int) -> Path:
    return CACHE / f"events-{rows}.parquet"


def _schema() -> Any:
    import pyarrow as pa

    word = pa.dictionary(pa.int16(), pa.string())
    return pa.schema(
        {
            "local_date": pa.date32(),
            "local_hour": pa.int8(),
            "hour_of_week": pa.int16(),
            "channel": word,
            "campaign": word,
            "device": word,
            "clicks": pa.int8(),
            "cost_micros": pa.int32(),
            "conversions": pa.int8(),
            "revenue_micros": pa.int64(),
        }
    )


def _chunk(random: Any, rows: int) -> list[Any]:
    """Columns of some events: skewed campaigns, a daily rhythm, clicks and orders that depend on both."""
    import numpy as np
    import pyarrow as pa

    def words(codes: Any, names: tuple[str, ...]) -> Any:
        return pa.DictionaryArray.from_arrays(pa.array(codes.astype("int16")), list(names))

    weight = 1 / np.arange(1, CAMPAIGNS + 1)
    campaign = random.choice(CAMPAIGNS, rows, p=weight / weight.sum())
    rhythm = 1 + 0.8 * np.sin((np.arange(24) - 9) * np.pi / 12)
    hour = random.choice(24, rows, p=rhythm / rhythm.sum())
    day = random.integers(0, DAYS, rows)
    click = random.random(rows) < 0.01 + 0.02 * (campaign % 5) / 5
    order = click & (random.random(rows) < 0.03 + 0.03 * (hour > 17))
    names = tuple(f"campaign {number:02d}" for number in range(CAMPAIGNS))
    first = (START - dt.date(1970, 1, 1)).days
    return [
        pa.array((first + day).astype("int32")).cast(pa.date32()),
        pa.array(hour.astype("int8")),
        pa.array((day % 7 * 24 + hour).astype("int16")),
        words(campaign % len(CHANNELS), CHANNELS),
        words(campaign, names),
        words(random.integers(0, len(DEVICES), rows), DEVICES),
        pa.array(click.astype("int8")),
        pa.array(random.integers(2_000, 30_000, rows).astype("int32")),
        pa.array(order.astype("int8")),
        pa.array(np.where(order, random.integers(20, 400, rows) * 1_000_000, 0)),
    ]
