"""Other solvers on the questions of `benchmarks.budget`: SLSQP, Clarabel, and PyMC-Marketing's optimiser.

PyMC-Marketing runs in an environment of its own, which `--peers` makes or `BENCH_PYMC` names.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from benchmarks import peers
from benchmarks.budget import cpu, question
from benchmarks.measure import SEED, alone
from benchmarks.page import ms, table

SLSQP_CELLS = (20, 50, 100, 200)
"""A thousand cells do not end within minutes."""
PYMC_CELLS = (8, 100, 300)
CLARABEL_CELLS = (1000, 10_000)


def pymc(scale: list[float], half: list[float], most: list[float], budget: float) -> dict[str, Any]:
    """Plan Michaelis–Menten curves as its users do: a model with a posterior (one draw: its quickest case).

    Returns:
        Processor time of the graph's building and of the plan, the spends, and what it said.
    """
    import numpy as np
    import pymc_marketing
    from pymc_marketing.mmm.budget_optimizer import BudgetOptimizer

    began = time.process_time()
    optimizer = BudgetOptimizer(num_periods=1, model=_model(scale, half))
    built = time.process_time()
    bounds = {f"c{at}": (0.0, top) for at, top in enumerate(most)}
    found, said = optimizer.allocate_budget(budget, budget_bounds=bounds, return_if_fail=True)
    done = time.process_time()
    spend = np.asarray(found.values, dtype=float)
    return {
        "build_ms": 1000 * (built - began),
        "ms": 1000 * (done - built),
        "spend": spend.tolist(),
        "success": bool(said.success),
        "version": pymc_marketing.__version__,
    }


def _model(scale: list[float], half: list[float]) -> Any:
    import arviz as az
    import numpy as np
    import pymc as pm
    import pymc.dims as pmd
    from pymc_marketing.mmm.budget_optimizer import CustomModelWrapper

    names = [f"c{at}" for at in range(len(scale))]
    with pm.Model(coords={"date": [0], "channel": names}) as model:
        data = pmd.Data("channel_data", np.zeros((1, len(names))), dims=("date", "channel"))
        alpha = pmd.HalfNormal("alpha", dims="channel")
        point = pmd.HalfNormal("lam", dims="channel")
        pmd.Deterministic("total_contribution", (alpha * data / (point + data)).sum())
    parts = {"alpha": np.array(scale)[None, None], "lam": np.array(half)[None, None]}
    dims = {name: ["channel"] for name in parts}
    posterior = az.from_dict(posterior=parts, coords={"channel": names}, dims=dims)
    return CustomModelWrapper(base_model=model, idata=posterior, channels=names)


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
    ours = cpu(lambda: optimize.allocate(**given), 3)
    return {"ms": ours, "slsqp_ms": spent, "lost": 1 + found.fun * asked.scale / plan.total_response}


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
    ours = cpu(lambda: optimize.allocate(frame, budget=given["budget"]), 3)
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


def menten(cells: int) -> dict[str, Any]:
    """A question that PyMC-Marketing can be asked, and our answer to it."""
    import numpy as np

    from workbench import optimize

    given = question(cells)
    frame = given["curves"].assign(form="michaelis_menten", shape=1.0)
    frame["max"] = np.minimum(frame["max"], given["budget"])
    plan = optimize.allocate(frame, budget=given["budget"])
    asked = {
        "scale": frame["scale"].tolist(),
        "half": frame["half_saturation"].tolist(),
        "most": frame["max"].tolist(),
        "budget": given["budget"],
    }
    ours = cpu(lambda: optimize.allocate(frame, budget=given["budget"]), 3)
    return {"ms": ours, "asked": asked, "response": plan.total_response}


def section() -> Iterator[str]:
    """The other solvers beside ours."""
    yield from table(("", "whole call", "Clarabel through CVXPY", "Clarabel below the plan"), _clarabel())
    yield ""
    yield from table(("", "whole call", "SLSQP", "SLSQP below the plan"), _slsqp())
    yield ""
    titles = ("", "whole call", "PyMC-Marketing", "its graph before", "below the plan", "unspent")
    yield from table(titles, _pymc())
    yield ""


def _slsqp() -> Iterator[tuple[str, ...]]:
    for cells in SLSQP_CELLS:
        found = alone("budget_peers:slsqp", cells=cells)
        yield f"{cells} concave cells", ms(found["ms"]), ms(found["slsqp_ms"]), f"{found['lost']:.1e}"


def _clarabel() -> Iterator[tuple[str, ...]]:
    for cells in CLARABEL_CELLS:
        found = alone("budget_peers:clarabel", cells=cells)
        if problem := found.get("failed"):
            yield f"{cells:,} concave cells", "–", "–", f"not run: {problem}"
            continue
        shown = (ms(found["ms"]), ms(found["clarabel_ms"]), f"{found['lost']:.1e}")
        yield (f"{cells:,} concave cells", *shown)


def _pymc() -> Iterator[tuple[str, ...]]:
    python = peers.python("BENCH_PYMC", peers.PYMC)
    for cells in PYMC_CELLS:
        title, ours = f"{cells} Michaelis–Menten cells, one draw", alone("budget_peers:menten", cells=cells)
        found = alone("budget_peers:pymc", python, **ours["asked"]) if python else {"failed": peers.HOW}
        if problem := found.get("failed"):
            yield title, ms(ours["ms"]), f"not run: {problem}", "–", "–", "–"
            continue
        asked, spend = ours["asked"], found["spend"]
        value = sum(s * x / (k + x) for s, k, x in zip(asked["scale"], asked["half"], spend, strict=True))
        lost = f"{1 - value / ours['response']:.1e}"
        left = f"{1 - sum(spend) / asked['budget']:.1e}"
        yield title, ms(ours["ms"]), ms(found["ms"]), ms(found["build_ms"]), lost, left
