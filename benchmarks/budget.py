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


def limits(cells: int, repeats: int, kind: str = "concave") -> dict[str, Any]:
    """Processor time of a plan under two limits that bind: a most, and a least for a share of the cells."""
    import numpy as np

    from workbench import optimize

    given = question(cells, kind=kind)
    frame, rng = given["curves"], np.random.default_rng(SEED)
    frame = frame.assign(co2=rng.uniform(0.2, 2, cells), team=(rng.random(cells) < 0.3).astype(float))
    free = optimize.allocate(frame, budget=given["budget"]).table["spend"]
    bounds = {"co2": float(0.9 * frame["co2"] @ free), "team": (float(1.1 * frame["team"] @ free), None)}
    asked = {"curves": frame, "budget": given["budget"], "limits": bounds}
    spent = _cpu(lambda: optimize.allocate(**asked), repeats)
    return {"ms": spent, "gap": optimize.allocate(**asked).gap}


def periods(cells: int, weeks: int, repeats: int) -> dict[str, Any]:
    """Processor time of a plan over weeks with carry-over and a season."""
    import numpy as np

    from workbench import optimize

    given, rng = question(cells), np.random.default_rng(SEED)
    frame = given["curves"].assign(adstock=rng.uniform(0, 0.8, cells), current=given["budget"] / cells)
    asked = {"season": rng.uniform(0.6, 1.4, weeks), "budget": given["budget"] * weeks, "periods": weeks}
    spent = _cpu(lambda: optimize.allocate_periods(frame, **asked), repeats)
    return {"ms": spent, "gap": optimize.allocate_periods(frame, **asked).gap}


def clarabel(cells: int) -> dict[str, Any]:
    """Clarabel through CVXPY, on the forms that it can state, beside ours."""
    import cvxpy as cp
    import numpy as np

    from workbench import optimize

    given = question(cells)
    frame = given["curves"]
    plain = np.random.default_rng(SEED).choice(["exponential", "log", "michaelis_menten"], cells)
    frame = frame.assign(form=plain, shape=1.0)
    plan = optimize.allocate(frame, budget=given["budget"])
    ours = _cpu(lambda: optimize.allocate(frame, budget=given["budget"]), 3)
    x = cp.Variable(cells, nonneg=True)
    scale, half = (frame[name].to_numpy() for name in ("scale", "half_saturation"))
    parts = []
    for form, value in (
        ("exponential", lambda u: 1 - cp.exp(-u)),
        ("log", cp.log1p),
        ("michaelis_menten", lambda u: 1 - cp.inv_pos(1 + u)),
    ):
        at = np.flatnonzero(plain == form)
        parts.append(scale[at] @ value(x[at] / half[at]))
    problem = cp.Problem(
        cp.Maximize(sum(parts)), [cp.sum(x) <= given["budget"], x <= frame["max"].to_numpy()]
    )
    began = time.process_time()
    problem.solve(solver=cp.CLARABEL)
    spent = 1000 * (time.process_time() - began)
    return {"ms": ours, "clarabel_ms": spent, "lost": 1 - float(problem.value) / plan.total_response}


def draws(rows: int, cells: int, repeats: int, risk: float | None = None) -> dict[str, Any]:
    """Processor time of plans on every draw, bands and gain; with `risk`, of a careful plan besides."""
    import numpy as np
    import pandas as pd

    from workbench import optimize

    given = question(cells)
    frame = given["curves"].assign(current=given["budget"] / cells)
    rng = np.random.default_rng(SEED)
    long = pd.concat([frame] * rows, ignore_index=True)
    long["draw"] = np.repeat(np.arange(rows), cells)
    long["scale"] *= rng.lognormal(0, 0.2, len(long))
    asked = {"budget": given["budget"], "draws": long, "risk": risk}
    spent = _cpu(lambda: optimize.allocate(frame, **asked), repeats)
    return {"ms": spent, "gap": optimize.allocate(frame, **asked).gap}


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


def slider(cells: int, repeats: int) -> dict[str, Any]:
    """Processor time of a slider move in the Budget panel, from the message to the changed regions.

    The panel of the demo world plans `cells` cells of its channels and made-up regions; each move holds a
    channel elsewhere. `solve_ms` is the plan's part of it.
    """
    from unittest.mock import patch

    import numpy as np
    import pandas as pd

    import workbench as wb
    from workbench.plans import fits, proposal
    from workbench.widgets.session import Session

    store = wb.open("demo")
    real = fits.fitted(store)
    rng, many = np.random.default_rng(SEED), -(-cells // len(real.curves))
    curves = real.curves.loc[np.repeat(real.curves.index, many)].reset_index(drop=True)
    curves["region"] = [f"R{at % many:03d}" for at in range(len(curves))]
    curves["cell"] = curves["channel"] + " · " + curves["region"]
    for name in ("scale", "half_saturation", "current", "highest", "max"):
        curves[name] *= rng.lognormal(0, 0.3, len(curves)) / many
    curves = curves.assign(group=curves["channel"])[:cells]
    fake = fits.Fitted(real.model, pd.DataFrame(curves))
    with patch.object(proposal, "fitted", lambda *_args, **_kwargs: fake):
        session = Session(wb.widgets.Budget(store, level="region"))
        session.page()
        amounts = iter(range(10_000, 90_000, 500))
        move = {"act": "held", "key": "search", "live": True, "seq": 1}
        spent = _cpu(lambda: session.receive({**move, "value": str(next(amounts))}), repeats)
        asked = iter(range(10_000, 90_000, 500))
        given = {"by": ["channel", "region"]}
        solve_ms = _cpu(lambda: proposal.propose(store, **given, held={"search": next(asked)}), repeats)
    return {"ms": spent, "solve_ms": solve_ms, "cells": len(curves)}


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
    yield from table(("", "whole call", "certified gap"), _coupled(max(1, repeats // 3)))
    moved = alone("budget:slider", cells=2000, repeats=max(3, repeats))
    said = moved.get("failed") or f"{ms(moved['ms'])}, of which the plan takes {ms(moved['solve_ms'])}"
    yield from (
        "",
        f"A slider move in the Budget panel, 2,000 cells, message to changed regions: {said}.",
        "",
    )
    yield from table(("", "whole call", "Clarabel through CVXPY", "Clarabel below the plan"), _convex())
    yield ""
    yield from table(("", "whole call", "SLSQP", "SLSQP below the plan"), _peers())
    yield ""


def _peers() -> Iterator[tuple[str, str, str, str]]:
    for cells in SLSQP_CELLS:
        found = alone("budget:slsqp", cells=cells)
        yield f"{cells} concave cells", ms(found["ms"]), ms(found["slsqp_ms"]), f"{found['lost']:.1e}"


def _coupled(repeats: int) -> Iterator[tuple[str, str, str]]:
    for title, name, asked in (
        ("10,000 concave cells, two limits", "limits", {"cells": 10_000}),
        ("100 S-shaped cells, two limits", "limits", {"cells": 100, "kind": "s"}),
        ("20 cells × 13 weeks", "periods", {"cells": 20, "weeks": 13}),
        ("100 cells × 52 weeks", "periods", {"cells": 100, "weeks": 52}),
        ("500 draws × 2,000 cells, risk knob at 0.5", "draws", {"rows": 500, "cells": 2000, "risk": 0.5}),
    ):
        found = alone(f"budget:{name}", repeats=repeats, **asked)
        if problem := found.get("failed"):
            yield title, "–", f"not run: {problem}"
            continue
        yield title, ms(found["ms"]), f"{found['gap']:.1e}"


def _convex() -> Iterator[tuple[str, str, str, str]]:
    for cells in (1000, 10_000):
        found = alone("budget:clarabel", cells=cells)
        if problem := found.get("failed"):
            yield f"{cells:,} concave cells", "–", "–", f"not run: {problem}"
            continue
        shown = (ms(found["ms"]), ms(found["clarabel_ms"]), f"{found['lost']:.1e}")
        yield (f"{cells:,} concave cells", *shown)
