"""Budget plans at several sizes: processor time and certified gap, beside the targets that were set."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import SEED, alone
from benchmarks.page import load, ms, table

FORMS = ("hill", "exponential", "logistic", "log", "power", "michaelis_menten", "tanh")
GROUPS = 8
CASES: tuple[tuple[str, float | None, float | None, dict[str, Any]], ...] = (
    ("10,000 concave cells, 8 group budgets", 50, 1e-9, {"cells": 10_000, "groups": True}),
    ("100,000 concave cells, 8 group budgets", 500, 1e-9, {"cells": 100_000, "groups": True}),
    ("10,000 S-shaped cells, 8 group budgets", 1000, 1e-6, {"cells": 10_000, "groups": True, "kind": "s"}),
    ("100 S-shaped cells", 500, 1e-4, {"cells": 100, "kind": "s"}),
    ("10 S-shaped cells with caps", 500, 1e-4, {"cells": 10, "kind": "capped"}),
    ("10,000 concave cells, target ROAS", None, None, {"cells": 10_000, "mode": "target_roas"}),
    ("10,000 concave cells, least cost", None, None, {"cells": 10_000, "mode": "min_cost"}),
)
"""(what, most milliseconds, largest gap, question)."""

COUPLED: tuple[tuple[str, str, float | None, dict[str, Any]], ...] = (
    ("500 draws × 2,000 cells, bands and gain", "draws", 2500, {"rows": 500, "cells": 2000}),
    ("500 draws × 2,000 cells, risk knob at 0.5", "draws", 2500, {"rows": 500, "cells": 2000, "risk": 0.5}),
    ("500 draws × 2,000 cells, risk knob at 1", "draws", 2500, {"rows": 500, "cells": 2000, "risk": 1.0}),
    ("a slider move over 2,000 cells: plan, table, words", "slider", 200, {"cells": 2000}),
    ("the same with bands over 100 draws", "slider", 200, {"cells": 2000, "rows": 100}),
    ("10,000 concave cells, two limits", "limits", None, {"cells": 10_000}),
    ("100 S-shaped cells, two limits", "limits", None, {"cells": 100, "kind": "s"}),
    ("500 draws × 200 cells under a limit, bands", "draws", None, {"rows": 500, "cells": 200, "limit": True}),
    ("20 cells × 13 weeks", "periods", None, {"cells": 20, "weeks": 13}),
    ("100 cells × 52 weeks", "periods", None, {"cells": 100, "weeks": 52}),
)
"""(what, function, most milliseconds, arguments)."""


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
    solver = cpu(lambda: find(read_once.problem, TOLERANCE), repeats)
    whole = cpu(lambda: optimize.allocate(**given), repeats)
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
    spent = cpu(lambda: optimize.allocate(**asked), repeats)
    return {"ms": spent, "gap": optimize.allocate(**asked).gap}


def periods(cells: int, weeks: int, repeats: int) -> dict[str, Any]:
    """Processor time of a plan over weeks with carry-over and a season."""
    import numpy as np

    from workbench import optimize

    given, rng = question(cells), np.random.default_rng(SEED)
    frame = given["curves"].assign(adstock=rng.uniform(0, 0.8, cells), current=given["budget"] / cells)
    asked = {"season": rng.uniform(0.6, 1.4, weeks), "budget": given["budget"] * weeks, "periods": weeks}
    spent = cpu(lambda: optimize.allocate_periods(frame, **asked), repeats)
    return {"ms": spent, "gap": optimize.allocate_periods(frame, **asked).gap}


def draws(
    rows: int, cells: int, repeats: int, risk: float | None = None, limit: bool = False
) -> dict[str, Any]:
    """Processor time of plans on every draw, bands and gain; with `risk`, of a careful plan besides."""
    from workbench import optimize

    frame, long, asked = _sampled(rows, cells)
    if limit:
        asked["limits"] = {"co2": _tight(frame, asked["budget"])}
    spent = cpu(lambda: optimize.allocate(frame, **asked, draws=long, risk=risk), repeats)
    return {"ms": spent, "gap": optimize.allocate(frame, **asked, draws=long, risk=risk).gap}


def slider(cells: int, repeats: int, rows: int = 0) -> dict[str, Any]:
    """Processor time of what a slider move computes: a cell held elsewhere, all planned again and told."""
    from workbench import optimize

    frame, long, asked = _sampled(rows, cells)
    moves = iter(range(1, 1000))
    gaps = []

    def move() -> None:
        held = {"0": asked["budget"] / cells * (1 + 0.05 * next(moves))}
        plan = optimize.allocate(frame, **asked, draws=long, locked=held)
        plan.to_frame()
        plan.sentence("en")
        gaps.append(plan.gap)

    return {"ms": cpu(move, 3 * repeats), "gap": max(gaps)}


def _sampled(rows: int, cells: int) -> tuple[Any, Any, dict[str, Any]]:
    """(curves, draws of them or None, budget)."""
    import numpy as np
    import pandas as pd

    given, rng = question(cells), np.random.default_rng(SEED)
    frame = given["curves"].assign(current=given["budget"] / cells, co2=rng.uniform(0.2, 2, cells))
    if not rows:
        return frame, None, {"budget": given["budget"]}
    long = pd.concat([frame] * rows, ignore_index=True)
    long["draw"] = np.repeat(np.arange(rows), cells)
    long["scale"] *= rng.lognormal(0, 0.2, len(long))
    return frame, long, {"budget": given["budget"]}


def _tight(frame: Any, budget: float) -> float:
    """Nine tenths of what the plan without a limit emits."""
    from workbench import optimize

    return float(0.9 * frame["co2"] @ optimize.allocate(frame, budget=budget).table["spend"])


def panel(cells: int, repeats: int) -> dict[str, Any]:
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
        spent = cpu(lambda: session.receive({**move, "value": str(next(amounts))}), repeats)
        asked = iter(range(10_000, 90_000, 500))
        given = {"by": ["channel", "region"]}
        solve_ms = cpu(lambda: proposal.propose(store, **given, held={"search": next(asked)}), repeats)
    return {"ms": spent, "solve_ms": solve_ms, "cells": len(curves)}


def cpu(function: Any, repeats: int) -> float:
    import statistics

    times = []
    for _ in range(repeats + 1):
        began = time.process_time()
        function()
        times.append(1000 * (time.process_time() - began))
    return statistics.median(times[1:])


def section(repeats: int) -> Iterator[str]:
    """Budget plans in processor time of one process, then other solvers on the same questions."""
    from benchmarks import budget_peers

    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # waiting threads are no work
    yield from ("## Budget plans", "", load(), "")
    yield from ("Processor time of one thread, so that a busy machine counts less.", "")
    yield from table(
        ("", "asked", "whole call", "solver", "certified gap", "unspent", "status"), _alone(repeats)
    )
    yield ""
    yield from table(("", "asked", "whole call", "certified gap"), _coupled(max(1, repeats // 3)))
    yield ""
    moved = alone("budget:panel", cells=2000, repeats=max(3, repeats))
    failed = moved.get("failed")
    said = f"not run: {failed}" if failed else f"{ms(moved['ms'])}, of which the plan {ms(moved['solve_ms'])}"
    yield from (f"A slider move in the Budget panel, 2,000 cells, message to changed regions: {said}.", "")
    yield from budget_peers.section()


def _alone(repeats: int) -> Iterator[tuple[str, ...]]:
    for title, most, near, asked in CASES:
        found = alone("budget:solve", repeats=repeats, **asked)
        goal = f"≤ {most:,g} ms, gap ≤ {near:.0e}" if most and near else ""
        if problem := found.get("failed"):
            yield title, goal, "–", "–", "–", "–", f"not run: {problem}"
            continue
        times = (ms(found["ms"]), ms(found["solver_ms"]))
        yield title, goal, *times, f"{found['gap']:.1e}", f"{found['left']:.1e}", found["status"]


def _coupled(repeats: int) -> Iterator[tuple[str, ...]]:
    for title, name, most, asked in COUPLED:
        found = alone(f"budget:{name}", repeats=repeats, **asked)
        goal = f"≤ {most:,g} ms" if most else ""
        if problem := found.get("failed"):
            yield title, goal, "–", f"not run: {problem}"
            continue
        yield title, goal, ms(found["ms"]), f"{found['gap']:.1e}"
