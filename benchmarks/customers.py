"""Repeat-purchase models and RFM: the fit against lifetimes, millions of customers, memory of predictions."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from typing import Any

from benchmarks import peers, rule_segments, shop
from benchmarks.measure import CACHE, ROOT, SEED, alone, peak_mb, timed
from benchmarks.page import load, ms, table

CDNOW = ROOT.parent / "shared" / "data" / "CDNOW_sample.txt"
HEAD = ("", "time", "first", "peak memory", "note")
NOTE = (
    "Where the load is above the number of cores, other work took most of the machine: compare processor "
    "times (of all threads together), and times by their ratio. RFM is asked once, in a process of its own. "
    "A rule or an overlap adds up the orders of every customer the first time; later ones are answered from "
    "the figures that were kept, and the quickest of four is shown. "
    "The orders are the same Parquet files for all."
)


def section(many: int, buyers: int, repeats: int) -> Iterator[str]:
    """The section of the results.

    Args:
        many: Customers of the large fit.
        buyers: Customers of the RFM, with 9.4 orders each.
        repeats: Of each small measurement.
    """
    yield from ("## Customers", "", load(), "")
    parts = (_fits(repeats), _large(many), _predictions(), _rfm(buyers), rule_segments.rows(buyers, 4))
    yield from table(HEAD, chain.from_iterable(parts))
    yield from ("", NOTE, "")


def _fits(repeats: int) -> Iterator[tuple[str, ...]]:
    made = alone("customers:history")
    ours = alone("customers:fit", file=made.get("file", ""), repeats=repeats)
    python = peers.python()
    theirs = (
        alone("customers:lifetimes", python, file=made.get("file", ""), repeats=max(2, repeats // 3))
        if python
        else {"failed": peers.HOW}
    )
    what = f"BG/NBD and Gamma-Gamma of {made.get('customers', 0):,} customers ({made.get('source', '')})"
    for name, found in (("workbench", ours), ("lifetimes", theirs)):
        yield _row(f"{what}, {name}", found, _estimates(found))
    yield from _ratio("lifetimes", ours, theirs)


def _estimates(found: dict[str, Any]) -> str:
    if "params" not in found:
        return ""
    said = ", ".join(f"{name} {value:.3f}" for name, value in found["params"].items())
    return f"processor {ms(found['cpu_ms'])}; {said}"


def _large(many: int) -> Iterator[tuple[str, ...]]:
    found = alone("customers:large", many=many)
    for part in ("grouping", "fit"):
        one = found if "failed" in found else {**found, **found[part]}
        note = "" if "failed" in found else f"{found['patterns']:,} patterns; processor {ms(one['cpu_ms'])}"
        yield _row(f"BG/NBD of {many:,} sparse customers: {part}, the quickest of three", one, note)


def _predictions() -> Iterator[tuple[str, ...]]:
    for size in (1_000, 10_000):
        found = alone("customers:predict", size=size, draws=2000)
        note = (
            f"processor {ms(found['cpu_ms'])}, {found['before_mb']:,.0f} MB before" if "ms" in found else ""
        )
        yield _row(f"value with intervals, {size:,} customers × 2,000 draws", found, note)


def _rfm(buyers: int) -> Iterator[tuple[str, ...]]:
    made = alone("shop:build", buyers=buyers)
    where, python = {key: made.get(key, "") for key in ("folder", "orders")}, peers.python()
    what = f"RFM of {buyers:,} customers, {made.get('rows', 0):,} orders"
    tasks = (
        ("workbench, scored and named", "rfm", sys.executable),
        ("pandas, the three measures only", "pandas_rfm", python),
        ("Polars streaming, the three measures only", "polars_rfm", python),
    )
    answers = {
        task: alone(f"customers:{task}", program, **where) if program else {"failed": peers.HOW}
        for _, task, program in tasks
    }
    for name, task, _ in tasks:
        found = answers[task]
        note = f"processor {ms(found['cpu_ms'])}; {found['customers']:,} buyers" if "ms" in found else ""
        yield _row(f"{what}: {name}", found, note)
    yield from _ratio("pandas", answers["rfm"], answers["pandas_rfm"])


def _ratio(name: str, ours: dict[str, Any], theirs: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """How much longer another library takes."""
    if "ms" in ours and "ms" in theirs:
        wall, cpu = theirs["ms"] / ours["ms"], theirs["cpu_ms"] / ours["cpu_ms"]
        yield "", f"{wall:.1f}×", "", "", f"{name} over workbench; processor {cpu:.1f}×"


def _row(title: str, found: dict[str, Any], note: str) -> tuple[str, ...]:
    if problem := found.get("failed"):
        return title, "–", "–", "–", f"not run: {problem}"
    return title, ms(found["ms"]), ms(found.get("first_ms", found["ms"])), f"{found['peak_mb']:,.0f} MB", note


def history() -> dict[str, Any]:
    """Write occasions of CDNOW's customers in weeks; of drawn ones where the file is not there."""
    import numpy as np

    file = CACHE / "history.npz"
    CACHE.mkdir(parents=True, exist_ok=True)
    if CDNOW.exists():
        source, found = "CDNOW", _cdnow()
        x, last, age, money = found.x, found.last, found.age, found.money
    else:
        source, (x, last, age) = "drawn", _drawn(2357)
        money = x * np.random.default_rng(SEED).gamma(3.0, 10.0, len(x))
    np.savez(file, x=x, last=last, age=age, money=money)
    return {"file": str(file), "customers": len(x), "source": source}


def _cdnow() -> Any:
    import pandas as pd

    from workbench.customers.occasions import occasions
    from workbench.customers.orders import read

    names = ["id", "customer_id", "day", "units", "amount"]
    frame = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=names, dtype={"customer_id": str})
    times = pd.to_datetime(frame["day"], format="%Y%m%d").dt.date
    return occasions(read(frame.assign(order_time=times), "1997-09-30"))


def fit(file: str, repeats: int) -> dict[str, Any]:
    """Both models, from the occasions of each customer."""
    import numpy as np

    from workbench.customers import bgnbd, clv

    data = np.load(file)
    x, last, age, money = (data[name] for name in ("x", "last", "age", "money"))
    usable = (x > 0) & (money > 0)

    def both() -> Any:
        purchase = clv.purchase_fit(bgnbd.grouped(x, last, age, 7), len(x))
        return purchase, clv.spend_fit(x[usable], money[usable])

    (purchase, amounts), first, median = timed(both, repeats)
    spent = processor(both, repeats)
    values = (*np.exp(purchase.theta), *clv.natural(amounts.theta))
    names = ("r", "alpha", "a", "b", "p", "q", "v")
    params = dict(zip(names, map(float, values), strict=True))
    return {"first_ms": first, "ms": median, "cpu_ms": spent, "params": params}


def processor(function: Callable[[], Any], repeats: int) -> float:
    """Milliseconds of processor time of a call: what other work on the machine leaves alone."""
    began = time.process_time()
    for _ in range(repeats):
        function()
    return 1000 * (time.process_time() - began) / repeats


def lifetimes(file: str, repeats: int) -> dict[str, Any]:
    """The same by lifetimes, in its own environment."""
    import numpy as np
    from lifetimes import BetaGeoFitter, GammaGammaFitter

    data = np.load(file)
    x, last, age, money = (data[name] for name in ("x", "last", "age", "money"))
    usable = (x > 0) & (money > 0)

    def both() -> Any:
        purchase = BetaGeoFitter().fit(x, last / 7, age / 7)
        return purchase, GammaGammaFitter().fit(x[usable], money[usable] / x[usable])

    fitted, first, median = timed(both, repeats)
    spent = processor(both, repeats)
    params = {name: float(value) for each in fitted for name, value in each.params_.items()}
    return {"first_ms": first, "ms": median, "cpu_ms": spent, "params": params}


def _drawn(many: int, days: int = 546) -> tuple[Any, Any, Any]:
    """Occasions of sparse customers, drawn as BG/NBD tells it."""
    import numpy as np

    rng = np.random.default_rng(SEED)
    age = rng.integers(days // 4, days, many)
    rate, leave = rng.gamma(0.25, 1 / 31.0, many), rng.beta(0.8, 2.4, many)
    x, last, time_ = np.zeros(many, np.int64), np.zeros(many, np.int64), np.zeros(many)
    active = np.arange(many)
    while len(active):
        time_[active] += rng.exponential(size=len(active)) / np.maximum(rate[active], 1e-12)
        active = active[time_[active] < age[active]]
        x[active] += np.floor(time_[active]) > last[active]
        last[active] = np.floor(time_[active])
        active = active[rng.random(len(active)) >= leave[active]]
    return x, last, age


def large(many: int) -> dict[str, Any]:
    """Group and fit, from the occasions of each customer; the quickest of three times."""
    from workbench.customers import bgnbd, clv

    x, last, age = _drawn(many)
    clv.purchase_fit(bgnbd.grouped(x[:9000], last[:9000], age[:9000], 1), 9000)
    runs: dict[str, list[tuple[float, float]]] = {"grouping": [], "fit": []}
    for _ in range(3):
        clocks = [_clock()]
        patterns = bgnbd.grouped(x, last, age, 1)
        clocks.append(_clock())
        clv.purchase_fit(patterns, many)
        clocks.append(_clock())
        for name, (begin, end) in zip(runs, pairwise(clocks), strict=True):
            runs[name].append((end[0] - begin[0], end[1] - begin[1]))
    parts = {}
    for name, times in runs.items():
        wall, cpu = map(min, zip(*times, strict=True))
        parts[name] = {"ms": wall, "first_ms": times[0][0], "cpu_ms": cpu}
    return {**parts, "patterns": len(patterns.x)}


def _clock() -> tuple[float, float]:
    """Milliseconds now: on the wall, and of processor time."""
    return 1000 * time.perf_counter(), 1000 * time.process_time()


def predict(size: int, draws: int) -> dict[str, Any]:
    """Predict drawn customers for a year."""
    import numpy as np
    import pandas as pd

    import workbench as wb

    rng = np.random.default_rng(SEED)
    x, _, age = _drawn(size)
    who = np.repeat(np.arange(size), x + 1)
    ahead = np.floor(rng.random(len(who)) * age[who])
    ahead[np.r_[True, who[1:] != who[:-1]]] = age
    time_ = np.datetime64("2026-06-30") - ahead.astype("timedelta64[D]")
    frame = pd.DataFrame({"customer_id": who, "order_time": time_, "amount": rng.gamma(3.0, 10.0, len(who))})
    model = wb.customers.fit_clv(frame, "2026-06-30", timezone="UTC")
    before = peak_mb()
    start, began = time.perf_counter(), time.process_time()
    model.predict(365, draws)
    cpu = 1000 * (time.process_time() - began)
    return {"ms": 1000 * (time.perf_counter() - start), "cpu_ms": cpu, "before_mb": before}


def rfm(folder: str, orders: str) -> dict[str, Any]:
    """The public question on a store."""
    del orders
    import workbench as wb

    store = wb.open(folder)
    return _once(lambda: len(wb.segments.rfm(store, shop.DAY).table))


def pandas_rfm(folder: str, orders: str) -> dict[str, Any]:
    """Read and group in pandas."""
    del folder

    def ask() -> int:
        frame = shop.frame(orders, ["customer_id", "local_date", "amount_micros"])
        groups = frame.groupby("customer_id", sort=False).agg(
            last=("local_date", "max"), orders=("amount_micros", "size"), amount=("amount_micros", "sum")
        )
        return len(groups)

    return _once(ask)


def polars_rfm(folder: str, orders: str) -> dict[str, Any]:
    """Scan and group in Polars, streamed."""
    del folder
    import polars as pl

    amount = pl.col("amount_micros")
    sums = (pl.col("local_date").max().alias("last"), pl.len().alias("orders"), amount.sum())
    question = pl.scan_parquet(orders).group_by("customer_id").agg(*sums)
    return _once(lambda: len(question.collect(engine="streaming")))


def _once(ask: Callable[[], int]) -> dict[str, Any]:
    """Times of one answer: what takes minutes is asked once, in a process of its own."""
    start, began = time.perf_counter(), time.process_time()
    customers = ask()
    spent, worked = time.perf_counter() - start, time.process_time() - began
    return {"ms": 1000 * spent, "cpu_ms": 1000 * worked, "customers": customers}
