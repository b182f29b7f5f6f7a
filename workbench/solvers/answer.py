"""From a question that was read to a plan in the reader's units."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.solvers import draws as sampling
from workbench.solvers.branch import Found, solve
from workbench.solvers.forms import Floats
from workbench.solvers.plan import SMALL_GAP, Note, Plan, Risk
from workbench.solvers.problem import Problem
from workbench.solvers.reading import Read
from workbench.solvers.risk import solve as cautious
from workbench.solvers.tail import Caution, worst

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE, SPENT, RATIO_ROUNDS = 5e-7, 1e-9, 40
ENDLESS = 400.0
"""Logarithm of a price that only says that nothing more is wanted: floors alone reach the target."""


def answer(
    question: Read,
    sampled: Read | None,
    budget: float | None,
    target: float | None,
    effort: float,
    caution: Caution | None = None,
) -> Plan:
    """Solve the question and say everything about the plan.

    Args:
        question: As read. sampled: The same on draws of the curves, or None.
        budget: As it was asked. target: As it was asked.
        effort: As `allocate` takes it.
        caution: How much the bad draws count, or None.
    """
    problem = question.problem
    found, nearest, status = solve(problem, TOLERANCE, effort), None, ""
    missed: dict[str, tuple[str, float]] = {}
    if found.spend is None:
        status, (found, nearest, missed) = "infeasible", _fallback(problem, found, effort)
    risk = None
    if caution is not None and sampled is not None and not status:
        found, risk = _cautious(question, sampled, caution, found)
    own = problem.domain.low[0] if found.spend is None else found.spend
    spend = question.back(own) * question.money
    response = question.back(problem.curves.values(own[None])[0]) * question.scale / question.weight
    objective, bound = _in_units(question, found)
    gap = _gap(question, found, response)
    table = _table(question, own, spend, response)
    bands, grouped, gained = _uncertain(sampled, question, spend, response)
    unspent = max(0.0, budget - float(spend.sum())) if budget is not None else 0.0
    value = float((response * _value(question)).sum())
    return Plan(
        table=table,
        total_spend=float(spend.sum()),
        total_response=float(response.sum()),
        total_value=value,
        objective=objective,
        upper_bound=bound,
        gap=gap,
        shadow_prices={} if status else _shadow(question, found),
        bands=bands,
        gain=gained,
        status=status or ("optimal" if gap <= SMALL_GAP else "feasible"),
        nearest=_target_units(question, nearest),
        unspent=0.0 if budget is not None and unspent <= SPENT * budget else unspent,
        mode=problem.mode,
        budget=budget,
        target=target,
        notes=(
            *_missed_limits(question, missed),
            *_notes(question, found, table, budget, unspent, sampled is not None),
        ),
        limits=_limits(question, own),
        risk=risk,
        group_bands=grouped,
    )


def _cautious(question: Read, sampled: Read, caution: Caution, neutral: Found) -> tuple[Found, Risk]:
    """The plan that looks at the bad draws, beside the one on the curves as they are."""
    assert neutral.spend is not None
    plain = question.back(neutral.spend)
    found = cautious(sampled.problem, caution, plain[sampled.order])
    assert found.spend is not None
    spend = sampled.back(found.spend)
    found.spend = spend[question.order]
    totals = [sampling.responses(sampled, each * question.money).sum(axis=1) for each in (spend, plain)]
    told = [part for each in totals for part in (float(each.mean()), worst(each, caution.tail))]
    return found, Risk(caution.knob, caution.tail, *told)


def _fallback(problem: Problem, found: Found, effort: float) -> tuple[Found, float | None, dict[str, Any]]:
    """The nearest plan, the nearest value of the target, and of limits that cannot be kept."""
    missed: dict[str, tuple[str, float]] = {}
    if problem.limits is not None:
        from workbench.solvers.reach import loosened

        easier = loosened(problem)
        if easier is not None:
            problem, missed = easier
            found = solve(problem, TOLERANCE, effort)
            if found.spend is not None:
                return found, None, missed
    return *_nearest(problem, found, effort), missed


def _missed_limits(question: Read, missed: dict[str, tuple[str, float]]) -> tuple[Note, ...]:
    limits = question.problem.limits
    if limits is None:
        return ()
    found = []
    for name, (side, near) in missed.items():
        at = limits.names.index(name)
        bound = (limits.most if side == "max" else limits.least)[at]
        money = question.money
        values = (("limit", name), ("bound", float(bound * money)), ("nearest", near * money))
        found.append(Note(f"limit_{side}", values))
    return tuple(found)


def _limits(question: Read, own: Floats) -> pd.DataFrame | None:
    """What each limit adds up to, and its bounds."""
    import pandas as pd

    limits = question.problem.limits
    if limits is None:
        return None
    columns = {
        "limit": list(limits.names),
        "total": limits.per_unit @ own * question.money,
        "min": limits.least * question.money,
        "max": limits.most * question.money,
    }
    return pd.DataFrame(columns)


def _nearest(problem: Problem, found: Found, effort: float) -> tuple[Found, float | None]:
    """The plan whose target value is nearest to the target, and that value in the problem's units."""
    if problem.mode == "min_cost":
        budget = problem.budget if np.isfinite(problem.budget) else float(problem.domain.high.sum())
        if not np.isfinite(budget):  # without caps the most is only approached
            return found, found.nearest
        most = solve(replace(problem, mode="max_response", budget=budget), TOLERANCE, effort)
        return most, None if most.spend is None else most.objective
    if problem.mode in ("target_roas", "target_cpa"):
        return _best_ratio(problem, found, effort)
    return found, None


def _best_ratio(problem: Problem, found: Found, effort: float) -> tuple[Found, float | None]:
    """The best value ÷ spend of any plan, by Dinkelbach's iteration on the marginal mode."""
    low, start = problem.domain.low, min(problem.target, found.nearest)
    if problem.limits is not None:  # they tell no start: from far below, the steps are quick
        start = 1e-6 * problem.target
    if low.sum() > 0:
        start = float(problem.curves.values(low).sum() / low.sum())
    ratio, best = start * 0.5, found
    for _ in range(RATIO_ROUNDS):
        if not np.isfinite(ratio) or ratio <= 0:
            break
        tried = solve(replace(problem, mode="target_mroas", target=ratio), TOLERANCE, effort)
        if tried.spend is None or not tried.spend.sum() > 0:
            break
        now = float(problem.curves.values(tried.spend[None]).sum() / tried.spend.sum())
        if best.spend is not None and now <= ratio * (1 + 1e-12):
            break
        best, ratio = tried, now
    return best, ratio if best.spend is not None else found.nearest


def _target_units(question: Read, nearest: float | None) -> float | None:
    if nearest is None or not np.isfinite(nearest):
        return None
    mode = question.problem.mode
    if mode == "min_cost":
        return nearest * question.scale
    ratio = nearest * question.scale / question.money
    return 1 / ratio if mode == "target_cpa" else ratio


def _in_units(question: Read, found: Found) -> tuple[float, float]:
    unit = -question.money if question.problem.mode == "min_cost" else question.scale
    return found.objective * unit, found.bound * unit


def _gap(question: Read, found: Found, response: Floats) -> float:
    if found.spend is None or not np.isfinite(found.bound):
        return float("nan")
    size = abs(found.objective)
    if question.problem.mode == "target_mroas":
        size = float((response * question.weight).sum()) / question.scale
    missing = max(found.bound - found.objective, 0.0)
    return missing / size if size > 0 else (0.0 if missing <= 0 else float("inf"))


def _value(question: Read) -> Floats:
    if "value_per_response" in question.table:
        return np.asarray(question.table["value_per_response"], dtype=float)
    return np.ones(len(question.table))


def _table(question: Read, own: Floats, spend: Floats, response: Floats) -> pd.DataFrame:
    import pandas as pd

    problem = question.problem
    with np.errstate(over="ignore", divide="ignore"):
        slope = np.exp(problem.curves.log_slopes(own[None])[0])
        marginal = question.back(slope) * (question.scale / question.money) / question.weight
    low, high = question.back(problem.domain.low[0]), question.back(problem.domain.high[0])
    at = question.back(own)
    near = SPENT * np.maximum(np.abs(at), 1e-12)
    bound = np.where(at <= low + near, "min", np.where(at >= high - near, "max", ""))
    bound = np.where(question.locked, "locked", bound)
    change = np.full(len(spend), np.nan) if question.current is None else spend - question.current
    columns = {
        "spend": spend,
        "response": response,
        "marginal": marginal,
        "at_bound": bound,
        "change": change,
    }
    table = pd.DataFrame({"cell": question.table["cell"], **columns})
    table.attrs = dict(question.table.attrs)  # what the curves are of, such as the days in a period
    return table


def _shadow(question: Read, found: Found) -> dict[str, float]:
    """Worth of one more unit of each constraint, in the units of the question."""
    if found.spend is None:
        return {}
    problem, price = question.problem, float(np.exp(np.clip(found.log_price, -700, 700)))
    unit, shadow = question.scale / question.money, dict[str, float]()
    factor, total = unit, price * unit
    if problem.mode == "min_cost":
        factor = 1 / price if found.log_price < ENDLESS else 0.0
        shadow["target"] = 1 / (price * unit) if found.log_price < ENDLESS else 0.0
    elif problem.mode == "target_mroas":
        total = max(price - problem.target, 0.0) * unit
    elif problem.mode in ("target_roas", "target_cpa"):
        bound = found.spend.sum() >= problem.budget * (1 - SPENT)
        factor = unit if bound or price >= problem.target else unit / (1 - price / problem.target)
        total = total if bound else 0.0
    if problem.mode != "min_cost" and np.isfinite(problem.budget):
        shadow["budget"] = total if found.log_price > -700 else 0.0
    names = (name if name.startswith("limit:") else f"group:{name}" for name in found.worth)
    groups = {name: worth * factor for name, worth in zip(names, found.worth.values(), strict=True)}
    return {name: value for name, value in (shadow | groups).items() if np.isfinite(value)}


def _uncertain(
    sampled: Read | None, question: Read, spend: Floats, response: Floats
) -> tuple[pd.DataFrame | None, pd.DataFrame | None, sampling.Gain | None]:
    """(bands, those of groups, gain) over draws."""
    if sampled is None:
        return None, None, None
    import pandas as pd

    each = sampling.plans(sampled)
    low, high = np.quantile(each, sampling.QUANTILES, axis=0)
    least, most = np.quantile(sampling.responses(sampled, spend), sampling.QUANTILES, axis=0)
    columns = {"low": low, "high": high, "response_low": least, "response_high": most}
    bands = pd.DataFrame({"cell": question.table["cell"], **columns})
    grouped = _group_bands(question, each)
    if question.current is None or question.problem.mode != "max_response" or len(each) < 2:
        return bands, grouped, None
    now = question.problem.curves.values(question.current[question.order][None] / question.money)
    claimed = float(response.sum() - now.sum() * question.scale)
    return bands, grouped, sampling.gain(sampled, each, spend, question.current, claimed)


def _group_bands(question: Read, each: Floats) -> pd.DataFrame | None:
    """Bands of what the cells of a group spend together."""
    import pandas as pd

    if "group" not in question.table or question.table["group"].isna().all():
        return None
    place, names = pd.factorize(question.table["group"])
    sums = np.stack([each[:, place == at].sum(axis=1) for at in range(len(names))], axis=1)
    low, high = np.quantile(sums, sampling.QUANTILES, axis=0)
    return pd.DataFrame({"group": names, "low": low, "high": high})


def _notes(
    question: Read, found: Found, table: pd.DataFrame, budget: float | None, unspent: float, drawn: bool
) -> tuple[Note, ...]:
    notes = []
    if len(table) == 1:
        notes.append(Note("one_cell"))
    if question.problem.mode == "max_response" and budget and unspent > SPENT * budget:
        code = "unspent" if found.log_price <= -700 else "unspent_steps"
        code = "unspent_limits" if question.problem.limits is not None else code
        notes.append(Note(code, (("unspent", unspent),)))
    bend = question.problem.curves.inflection
    if drawn and ((bend > 0).any() or (question.problem.domain.active > question.problem.domain.low).any()):
        notes.append(Note("draws_line"))
    return tuple(notes)
