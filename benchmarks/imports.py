"""Import of a large CSV export, from the file to the committed and rolled-up workspace."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from pathlib import Path
from typing import Any

from benchmarks.measure import CACHE, SEED

DAYS = 250
HEADER = (
    "Date,Campaign name,Ad group name,Ad name,Impressions,Clicks,Cost,Currency,Conversions,Conversion value\n"
)


def write(rows: int) -> dict[str, Any]:
    """Write a daily export of `rows` ads × days once."""
    import numpy as np

    file = CACHE / f"export-{rows}.csv"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        random = np.random.default_rng(SEED)
        with part.open("w", encoding="utf-8") as target:
            target.write(HEADER)
            for day in range(DAYS):
                date = dt.date(2025, 1, 6) + dt.timedelta(day)
                impressions = random.integers(100, 20_000, rows // DAYS)
                clicks = random.binomial(impressions, 0.02)
                orders = random.binomial(clicks, 0.05)
                target.writelines(
                    f"{date},Campaign {ad % 40:02d},Group {ad % 400:03d},Ad {ad:05d},{shown},{clicked},"
                    f"{0.6 * clicked:.2f},CNY,{ordered},{ordered * 120}\n"
                    for ad, (shown, clicked, ordered) in enumerate(
                        zip(impressions, clicks, orders, strict=True)
                    )
                )
        os.replace(part, file)
    return {"file": str(file), "mb": file.stat().st_size / 1e6}


def load(file: str) -> dict[str, Any]:
    """Import the file into a new workspace, then the same file again."""
    import workbench as wb

    folder = CACHE / f"workspace-{Path(file).stem}"
    shutil.rmtree(folder, ignore_errors=True)
    store = wb.open(folder)
    times, work = [], []
    for _ in range(2):
        start, began = time.perf_counter(), time.process_time()
        review = wb.data.load(store, file, source="generic", timezone="Asia/Shanghai")
        times.append(1000 * (time.perf_counter() - start))
        work.append(1000 * (time.process_time() - began))
    shutil.rmtree(folder)
    return {
        "first_ms": times[0],
        "again_ms": times[1],
        "cpu_ms": work[0],
        "rows": review.rows_ok,
        "status": review.status,
    }
