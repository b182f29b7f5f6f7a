"""Contact plans at several sizes: processor time, certified gap, and a linear program solver beside them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.budget import cpu
from benchmarks.measure import SEED, alone
from benchmarks.page import load, ms, table

METHODS = ("call", "email", "sms", "wechat")
MARKETERS, DAYS = 20, 5
SOLVER = ((1_000, 5, 2), (10_000, 1, 1), (10_000, 5, 1), (10_000, 5, 2))
"""Customers, marketers and days that the linear program solver gets; a million would take it hours."""

CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("10,000 customers × 4 methods", {"customers": 10_000}),
    ("100,000 customers × 4 methods", {"customers": 100_000}),
    ("1,000,000 customers × 4 methods", {"customers": 1_000_000}),
    ("1,000,000 customers × 4 methods, 40 worths", {"customers": 1_000_000, "kind": "equal"}),
    ("100,000 customers, skills, languages, due days", {"customers": 100_000, "kind": "skills"}),
    ("100,000 customers, minutes and hours", {"customers": 100_000, "kind": "hours"}),
    ("10,000 customers, one contact in 5 of 14 days", {"customers": 10_000, "kind": "caps"}),
    ("1,000,000 customers, minutes and hours", {"customers": 1_000_000, "kind": "hours"}),
)


def question(
    customers: int, kind: str = "plain", marketers: int = MARKETERS, days: int = DAYS
) -> tuple[Any, Any, dict[str, Any]]:
    """(candidates, capacity, rules): room for a contact with about three customers in ten."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    days = 14 if kind == "caps" else days
    who = np.char.add("u", np.arange(customers).astype(str))
    frame = pd.DataFrame(
        {"customer_id": np.repeat(who, len(METHODS)), "method": np.tile(METHODS, customers).astype(object)}
    )
    worth = rng.lognormal(0, 1, customers).repeat(len(METHODS)) * rng.uniform(0.02, 0.4, len(frame))
    frame["value"] = rng.choice(np.geomspace(0.01, 5, 40), len(frame)) if kind == "equal" else worth
    slots = [(f"m{k}", m, d) for k in range(marketers) for m in METHODS for d in range(days)]
    capacity = pd.DataFrame(slots, columns=["marketer", "method", "day"])
    share = 1.0 if kind == "caps" else 0.3
    capacity["contacts"] = max(1, round(share * customers / len(capacity)))
    rules: dict[str, Any] = {"caps": (1, 5)} if kind == "caps" else {}
    if kind == "skills":
        told = {"segment": ["high", "mid", "low"], "language": ["zh", "en"]}
        for name, values in told.items():
            frame[name] = rng.choice(values, customers).repeat(len(METHODS))
        frame["due"] = rng.integers(0, days, customers).repeat(len(METHODS))
        rules["skills"] = {f"m{k}": ["low", "mid", "high"][: 1 + k % 3] for k in range(marketers)}
        rules["languages"] = {f"m{k}": ["zh", "en"][: 1 + k % 2] for k in range(marketers)}
    if kind == "hours":
        day = 0.3 * customers / marketers / days
        unit = 480 / day  # minutes for one contact with each of a day's customers
        lengths = (4, 0.2, 0.1, 1.5)
        rules["minutes"] = {m: unit * long for m, long in zip(METHODS, lengths, strict=True)}
        rules["hours"] = (9, 17)
        capacity["contacts"] = np.ceil(day / 2)
    return frame, capacity, rules


def solve(customers: int, repeats: int, kind: str = "plain") -> dict[str, Any]:
    """Median time of the whole call, from frames to plan, and what it certifies."""
    from workbench import optimize

    frame, capacity, rules = question(customers, kind)
    found = optimize.plan_contacts(frame, capacity, rules)
    spent = cpu(lambda: optimize.plan_contacts(frame, capacity, rules), repeats)
    return {"ms": spent, "gap": found.gap, "status": found.status, "contacts": len(found.table)}


def highs(customers: int, marketers: int, days: int) -> dict[str, Any]:
    """HiGHS through scipy's `linprog`: customers × methods × marketers × days, as the question is asked.

    Its time is that of the solver alone: no frames are read. With one marketer and one day it is told that
    all are alike, which is a part of what the plan finds out.
    """
    import numpy as np
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    from workbench import optimize

    frame, capacity, rules = question(customers, marketers=marketers, days=days)
    ours = cpu(lambda: optimize.plan_contacts(frame, capacity, rules), 5)
    plan = optimize.plan_contacts(frame, capacity, rules)
    places = marketers * days
    size = len(frame) * places
    candidate, place = np.divmod(np.arange(size), places)
    who, method = np.divmod(candidate, len(METHODS))
    rows = np.concatenate([who, customers + method * places + place])
    upper = csr_array((np.ones(2 * size), (rows, np.tile(np.arange(size), 2))))
    most = np.concatenate([np.ones(customers), np.full(len(capacity), capacity["contacts"].iloc[0])])
    began = time.process_time()
    solved: Any = linprog(-frame["value"].to_numpy()[candidate], A_ub=upper, b_ub=most, bounds=(0, 1))
    spent = 1000 * (time.process_time() - began)
    return {"ms": ours, "highs_ms": spent, "lost": 1 + plan.objective / solved.fun, "gap": plan.gap}


def section(repeats: int) -> Iterator[str]:
    """Contact plans in processor time of one process."""
    yield from ("## Contact plans", "", load(), "", "Processor time, so that a busy machine counts less.")
    yield f"{MARKETERS} marketers, {DAYS} days; the whole call, from frames to the plan with its certificate."
    yield ""
    rows = []
    for title, asked in CASES:
        found = alone(
            "contacts:solve", repeats=max(1, repeats // (1 + asked["customers"] // 500_000)), **asked
        )
        if problem := found.get("failed"):
            rows.append((title, "–", "–", "–", "–", f"not run: {problem}"))
            continue
        shown = (
            ms(found["ms"]),
            f"{found['gap']:.1e}",
            f"{found['contacts']:,}",
            f"{found['peak_mb']:,.0f} MB",
        )
        rows.append((title, *shown, found["status"]))
    yield from table(("", "whole call", "certified gap", "contacts", "peak memory", "status"), rows)
    yield ""
    head = ("", "whole call", "HiGHS alone", "faster", "below the program's best")
    yield from table(head, _solvers())
    yield ""


def _solvers() -> Iterator[tuple[str, ...]]:
    for customers, marketers, days in SOLVER:
        found = alone("contacts:highs", customers=customers, marketers=marketers, days=days)
        title = f"{customers:,} customers × 4 methods × {marketers} marketers × {days} days"
        if problem := found.get("failed"):
            yield title, "–", "–", "–", f"not run: {problem}"
            continue
        faster = f"{found['highs_ms'] / found['ms']:,.0f}×"
        yield title, ms(found["ms"]), ms(found["highs_ms"]), faster, f"{found['lost']:.1e}"
