"""Random small planning problems, and what others find for them: SLSQP from many starts, and plain grids.

The response forms are written down here again, from their definitions, so that nothing is shared.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

FORMS = ("hill", "exponential", "logistic", "log", "power", "michaelis_menten", "tanh")
MODES = (
    "max_response",
    "max_response",
    "min_cost",
    "max_response",
    "target_roas",
    "target_cpa",
    "target_mroas",
)


def response(form, scale, k, shape, x):
    """The forms as the guide defines them."""
    x = np.asarray(x, dtype=float)
    if form == "hill":
        return scale * x**shape / (k**shape + x**shape)
    if form == "michaelis_menten":
        return scale * x / (k + x)
    if form == "exponential":
        return scale * (1 - np.exp(-x / k))
    if form == "logistic":
        return scale * (1 - np.exp(-x / k)) / (1 + np.exp(-x / k))
    if form == "tanh":
        return scale * np.tanh(x / k)
    if form == "log":
        return scale * np.log(1 + x / k)
    return scale * (x / k) ** shape


@dataclass
class Small:
    """A small problem in the words of `allocate`."""

    table: pd.DataFrame
    budget: float | None
    groups: dict = field(default_factory=dict)
    mode: str = "max_response"
    target: float | None = None
    limits: dict = field(default_factory=dict)

    def asked(self):
        found = {
            "budget": self.budget,
            "groups": self.groups or None,
            "mode": self.mode,
            "target": self.target,
        }
        return found | ({"limits": self.limits} if self.limits else {})

    def responses(self, x):
        """(…, n) responses."""
        t = self.table
        parts = [
            response(t["form"][i], t["scale"][i], t["half_saturation"][i], t["shape"][i], x[..., i])
            for i in range(len(t))
        ]
        return np.stack(parts, axis=-1)

    def value(self, x):
        """Total of what the target is about."""
        weighs = self.mode in ("target_roas", "target_mroas")
        return (self.responses(x) * (self.table["value_per_response"].to_numpy() if weighs else 1.0)).sum(-1)

    def objective(self, x):
        """Large is good."""
        if self.mode == "min_cost":
            return -x.sum(-1)
        return self.value(x) - (self.target * x.sum(-1) if self.mode == "target_mroas" else 0.0)

    def slacks(self, x):
        """Every constraint that couples cells, 0 or more where it is kept, each relative to its size."""
        found = []
        if self.budget is not None:
            found.append(1 - x.sum(-1) / self.budget)
        for name, (least, most) in self.groups.items():
            total = x[..., (self.table["group"] == name).to_numpy()].sum(-1)
            found += [1 - total / most, total / least - 1 if least else total]
        for column, (least, most) in self.limits.items():
            amount = x @ self.table[column].to_numpy()
            found += [1 - amount / most] if most is not None else []
            found += [amount / least - 1] if least else []
        if self.mode == "min_cost":
            found.append(self.value(x) / self.target - 1)
        if self.mode in ("target_roas", "target_cpa"):
            ratio = self.target if self.mode == "target_roas" else 1 / self.target
            found.append(self.value(x) - ratio * x.sum(-1))
        return np.stack(found, axis=-1) if found else np.ones((*x.shape[:-1], 1))

    def kept(self, x, near):
        """Whether spends keep everything, cells' own bounds included."""
        t, scale = self.table, near * (1 + np.abs(x))
        low, high, least = (t[name].to_numpy() for name in ("min", "max", "min_if_active"))
        active = np.maximum(low, least)
        inside = ((x >= active - scale) | ((low == 0) & (np.abs(x) <= scale))) & (x <= high + scale)
        return inside.all(-1) & (self.slacks(x) >= -near).all(-1)


def small(seed: int) -> Small:
    """One of the standing suite: every form, caps, groups, floors, a least spend if active, every mode."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 6)) if seed % 3 else int(rng.integers(1, 4))
    form = rng.choice(FORMS, n)
    half = rng.lognormal(2, 0.8, n)
    shape = np.where(form == "hill", rng.choice([0.6, 1.0, 1.7, 2.5, 4.0], n), 1.0)
    shape = np.where(form == "power", rng.choice([0.3, 0.6, 0.9, 1.0], n), shape)
    table = pd.DataFrame(
        {
            "cell": [f"c{i}" for i in range(n)],
            "form": form,
            "scale": rng.lognormal(3, 0.8, n),
            "half_saturation": half,
            "shape": shape,
            "min": np.where(rng.random(n) < 0.2, 0.1 * half, 0.0),
            "max": half * rng.choice([0.5, 1.0, 2.0, 5.0], n),
            "value_per_response": rng.uniform(0.5, 2.0, n),
        }
    )
    table["min_if_active"] = np.where(rng.random(n) < 0.3, 0.3 * half, 0.0)
    table["group"] = rng.choice(["one", "two"], n)
    mode = MODES[seed % len(MODES)]
    budget = float(
        np.maximum(table["min"], table["min_if_active"]).sum() + rng.uniform(0.1, 0.5) * table["max"].sum()
    )
    problem = Small(table, budget if mode == "max_response" or rng.random() < 0.5 else None, mode=mode)
    if rng.random() < 0.5:
        for name, part in table.groupby("group"):
            floor = np.maximum(part["min"], part["min_if_active"]).sum()
            most = float(floor + rng.uniform(0.2, 0.9) * (part["max"].sum() - floor))
            problem.groups[name] = (float(rng.choice([0.0, 0.2]) * min(most, budget)), most)
    full = table["max"].to_numpy(float)
    if mode == "min_cost":
        problem.target = float(rng.uniform(0.2, 0.6) * problem.value(full * 0.5))
    if mode in ("target_roas", "target_mroas"):
        problem.target = float(rng.uniform(0.3, 1.2) * problem.value(full) / full.sum())
    if mode == "target_cpa":
        problem.target = float(rng.uniform(0.8, 2.0) * full.sum() / problem.value(full))
    return problem


def tied(seed: int) -> Small:
    """One of `small` with limits on what a unit of spend carries: CO₂ at most, a team at least, or both."""
    problem, rng = small(seed), np.random.default_rng(7000 + seed)
    table, n = problem.table, len(problem.table)
    table["co2"], table["team"] = rng.uniform(0.2, 2, n), (rng.random(n) < 0.5).astype(float)
    floor, full = table["min"].to_numpy(), table["max"].to_numpy()
    floor = np.where(floor > 0, np.maximum(floor, table["min_if_active"]), 0.0)
    budget = min(problem.budget or np.inf, full.sum())
    share = budget / full.sum()
    if seed % 3 != 1:
        low, high = table["co2"] @ floor, share * (table["co2"] @ full)
        problem.limits["co2"] = (None, float(low + rng.uniform(0.3, 1.0) * max(high - low, 0.1 * high)))
    if seed % 3 != 0 and table["team"].any():
        problem.limits["team"] = (float(rng.uniform(0.05, 0.4) * share * (table["team"] @ full)), None)
    return problem


def by_slsqp(problem: Small, starts: int, seed: int = 0):
    """Feasible spends from SLSQP, from many starts, for every set of active cells."""
    from scipy import optimize

    t, rng = problem.table, np.random.default_rng(seed)
    low, high, least = (t[name].to_numpy(float) for name in ("min", "max", "min_if_active"))
    floors = np.maximum(low, least)
    choices = [(True,) if a > 0 or b == 0 else (True, False) for a, b in zip(low, least, strict=True)]
    for active in itertools.product(*choices):
        on = np.array(active)
        lower, upper = np.where(on, floors, 0.0), np.where(on, high, 0.0)
        if (lower > upper).any():
            continue
        for _ in range(max(1, starts // 2 ** (sum(len(c) for c in choices) - len(choices)))):
            start = lower + rng.random(len(t)) ** rng.choice([0.5, 1, 3]) * (upper - lower)
            found = optimize.minimize(
                lambda x: -problem.objective(np.maximum(x, 1e-12)),
                start,
                method="SLSQP",
                bounds=list(zip(lower, upper, strict=True)),
                constraints={"type": "ineq", "fun": lambda x: problem.slacks(np.maximum(x, 1e-12))},
                options={"maxiter": 60, "ftol": 1e-10},
            )
            spend = np.clip(found.x, lower, upper)
            if np.isfinite(spend).all() and problem.kept(spend, 1e-9):
                yield spend


def by_grid(problem: Small, points: int):
    """Feasible spends of a plain grid; for three cells or fewer."""
    t = problem.table
    axes = []
    for low, high, least in zip(t["min"], t["max"], t["min_if_active"], strict=True):
        begin = max(low, least)
        axis = np.linspace(begin, high, points) if begin <= high else np.array([])
        axes.append(np.concatenate([[0.0], axis]) if low == 0 else axis)
    spends = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(t))
    return spends[problem.kept(spends, 0.0)]
