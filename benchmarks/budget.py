"""Budget plans at several sizes: processor time, certified gap, and SLSQP as libraries call it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import SEED, alone
from benchmarks.page import load, ms, table

FORMS = ("hill", "exponential", "logistic", "log", "power", "michaelis_menten", "tanh")
GROUPS = 8
SLSQP_CELLS = (20, 50, 100, 200)
"""A thousand cells do not end within minutes."""

CASES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("10,000 concave cells, 8 group budgets", {"cells": 10_000, "groups": True}),
    ("100,000 concave cells, 8 group budgets", {"cells": 100_000, "groups": True}),
    ("10,000 S-shaped cells, 8 group budgets", {"cells": 10_000, "groups": True, "kind": "s"}),
    ("100 S-shaped cells", {"cells": 100, "kind": "s"}),
    ("10 S-shaped cells with caps", {"cells": 10, "kind": "capped"}),
    ("10,000 concave cells, target ROAS", {"cells": 10_000, "mode": "target_roas"}),
    ("10,000 concave cells, least cost", {"cells": 10_000, "mode": "min_cost"}),
)


def question(
    cells: int, groups: bool = False, kind: str = "concave", mode: str = "max_response"
) -> dict[str, Any]:
    """Arguments of `allocate` for a random problem; half of the groups have a least, all a most."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    form = rng.choice(FORMS, cells) if kind == "concave" else np.full(cells, "hill")
    half = rng.lognormal(0, 0.7, cells)
    steep = rng.uniform(0.5, 1, cells) if kind == "concave" else rng.uniform(1.2, 3.5, cells)
    shape = np.where(form == "hill", steep, np.where(form == "power", rng.uniform(0.3, 0.9, cells), 1.0))
    curves = {"form": form, "scale": rng.lognormal(0, 0.7, cells), "half_saturation": half, "shape": shape}
    frame = pd.DataFrame({"cell": np.arange(cells).astype(str), **curves})
    frame["group"] = rng.integers(0, GROUPS, cells).astype(str)
    frame["max"] = (0.6 if kind == "capped" else 20.0) * half
    budget = (0.3 if kind == "capped" else 0.5) * float(half.sum())
    if mode == "target_roas":
        return {"curves": frame, "mode": mode, "target": 0.4}
    if mode == "min_cost":
        return {"curves": frame, "mode": mode, "target": 0.3 * float(frame["scale"].sum())}
    bounds = {str(g): (budget / 9 if g % 2 else 0.0, budget / 6) for g in range(GROUPS)}
    return {"curves": frame, "budget": budget, "groups": bounds if groups else None}


def solve(repeats: int, **asked: Any) -> dict[str, Any]:
    """Median processor time of the solver and of the whole call, with the gap and what was left."""
    from workbench import optimize
    from workbench.solvers.answer import TOLERANCE
    from workbench.solvers.branch import solve as find
    from workbench.solvers.reading import read

    given = question(**asked)
    more = {name: given.get(name) for name in ("budget", "groups", "target")}
    read_once = read(given["curves"], mode=given.get("mode", "max_response"), locked=None, **more)
    solver = _cpu(lambda: find(read_once.problem, TOLERANCE), repeats)
    whole = _cpu(lambda: optimize.allocate(**given), repeats)
    plan = optimize.allocate(**given)
    left = plan.unspent / plan.budget if plan.budget else 0.0
    return {"solver_ms": solver, "ms": whole, "gap": plan.gap, "left": left, "status": plan.status}


def draws(rows: int, cells: int, repeats: int) -> dict[str, Any]:
    """Processor time of plans on every draw, bands and gain."""
    import numpy as np
    import pandas as pd

    from workbench import optimize

    given = question(cells)
    frame = given["curves"].assign(current=given["budget"] / cells)
    rng = np.random.default_rng(SEED)
    long = pd.concat([frame] * rows, ignore_index=True)
    long["draw"] = np.repeat(np.arange(rows), cells)
    long["scale"] *= rng.lognormal(0, 0.2, len(long))
    spent = _cpu(lambda: optimize.allocate(frame, budget=given["budget"], draws=long), repeats)
    return {"ms": spent}


def slsqp(cells: int) -> dict[str, Any]:
    """SLSQP as budget libraries call it (uniform start, numeric gradient, one equality) beside ours."""
    import numpy as np
    from scipy.optimize import minimize

    from workbench import optimize
    from workbench.solvers.reading import read

    given = question(cells)
    plan = optimize.allocate(**given)
    asked = read(given["curves"], given["budget"], None, "max_response", None, None)
    curves, budget = asked.problem.curves, asked.problem.budget
    most = asked.problem.domain.high[0]
    began = time.process_time()
    found = minimize(
        lambda x: -curves.values(x[None]).sum(),
        np.full(cells, budget / cells),
        method="SLSQP",
        bounds=[(0, top) for top in most],
        constraints={"type": "eq", "fun": lambda x: x.sum() - budget},
        options={"maxiter": 1000},
    )
    spent = 1000 * (time.process_time() - began)
    ours = _cpu(lambda: optimize.allocate(**given), 3)
    return {"ms": ours, "slsqp_ms": spent, "lost": 1 + found.fun * asked.scale / plan.total_response}


def _cpu(function: Any, repeats: int) -> float:
    import statistics

    times = []
    for _ in range(repeats + 1):
        began = time.process_time()
        function()
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times[1:])


def section(repeats: int) -> Iterator[str]:
    """Budget plans in processor time of one process."""
    yield from ("## Budget plans", "", load(), "", "Processor time, so that a busy machine counts less.", "")
    rows = []
    for title, asked in CASES:
        found = alone("budget:solve", repeats=repeats, **asked)
        if problem := found.get("failed"):
            rows.append((title, "–", "–", "–", "–", f"not run: {problem}"))
            continue
        shown = (ms(found["solver_ms"]), ms(found["ms"]), f"{found['gap']:.1e}", f"{found['left']:.1e}")
        rows.append((title, *shown, found["status"]))
    yield from table(("", "solver", "whole call", "certified gap", "unspent", "status"), rows)
    many = alone("budget:draws", rows=500, cells=2000, repeats=max(1, repeats // 3))
    yield from ("", f"500 draws × 2,000 cells, bands and gain: {ms(many['ms'])}.", "")
    yield from table(("", "whole call", "SLSQP", "SLSQP below the plan"), _peers())
    yield ""


def _peers() -> Iterator[tuple[str, str, str, str]]:
    for cells in SLSQP_CELLS:
        found = alone("budget:slsqp", cells=cells)
        yield f"{cells} concave cells", ms(found["ms"]), ms(found["slsqp_ms"]), f"{found['lost']:.1e}"
