"""Plans that look at the bad draws: (1 − knob) · mean + knob · mean of the worst share (CVaR).

Concave but not separable. The worst draws enter through the program of R. T. Rockafellar, S. Uryasev,
*Optimization of Conditional Value-at-Risk*, 2000; the certificate is the dual value at the weights of draws
that the method ends with: for fixed weights the sum of the draws' curves is separable again. Quadratic
programs from the plan of the mean come first; where they lead nowhere, all draws go through the interior
point method at once.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.solvers.branch import Found
from workbench.solvers.coupled import rows_of
from workbench.solvers.envelope import Domain
from workbench.solvers.forms import Floats
from workbench.solvers.interior import Answer, Rows, maximise
from workbench.solvers.problem import Problem
from workbench.solvers.search import FLOOR
from workbench.solvers.sequence import refine
from workbench.solvers.tail import Caution, Model, worth

EXACT = 1e-9


def solve(problem: Problem, caution: Caution, neutral: Floats) -> Found:
    """The plan with the best worth over draws, with a bound that no plan beats.

    Args:
        problem: Curves with one row a draw; mode `max_response`.
        caution: The knob and the tail.
        neutral: Spends of a plan that keeps the rules, shape (n,): where the search begins.
    """
    each, _ = problem.tighten(problem.domain)  # one row a draw: they jump at spends of their own
    own = problem.domain
    domain = Domain(own.low, np.minimum(own.active, each.high.max(axis=0)), each.high.max(axis=0)[None])
    found, relaxed = _relaxed(problem, caution, domain, neutral)
    for spend in (relaxed, neutral):
        _take(problem, caution, found, spend)
    if np.isfinite(found.objective) and found.bound <= found.objective * (1 + 1e-9):
        found.bound = max(found.bound, found.objective)
        return found
    settled = _settled(problem, domain, relaxed)
    if settled is not None:
        _, rounded = _relaxed(replace(problem, domain=settled), caution, settled, relaxed)
        _take(problem, caution, found, rounded)
    found.bound = max(found.bound, found.objective)
    return found


def _take(problem: Problem, caution: Caution, found: Found, spend: Floats) -> None:
    if not problem.holds(spend[None])[0]:
        return
    objective = worth(problem.curves.values(spend[None]).sum(axis=1), caution)
    if objective > found.objective:
        found.spend, found.objective = spend, objective


def _settled(problem: Problem, domain: Domain, relaxed: Floats) -> Domain | None:
    """Every cell with a jump on one side of it, the nearer one; None where no cell has one."""
    low, high = domain.low[0], domain.high[0]
    bend = np.minimum(problem.curves.inflection.max(axis=0), high)
    begin = np.maximum(domain.active[0], bend)
    jumps = begin > low
    if not jumps.any():
        return None
    on = relaxed >= low + (begin - low) / 2
    least = np.where(jumps & on, begin, low)
    most = np.where(jumps & ~on, low, high)
    return Domain(least[None], least[None], np.maximum(most, least)[None])


def _relaxed(problem: Problem, caution: Caution, domain: Domain, start: Floats) -> tuple[Found, Floats]:
    """(bound and prices, spends) of the best plan on the envelopes of all draws."""
    model = Model(problem.curves, domain, caution)
    rows, most, equal, names = rows_of(problem, model.low)
    if not len(model.cells):
        return Found(bound=worth(problem.curves.values(domain.low).sum(axis=1), caution)), domain.low[0]
    rules = Rows(rows[:, model.cells], most, equal)
    answer, bound = refine(model, rules, start) or _at_once(model, rules, start)
    spend = model.spend(answer.x)
    found = Found(bound=bound)
    total = 0.0
    for (name, sign), price in zip(names, answer.prices, strict=True):
        if name == "budget":
            total = float(price)
        else:
            found.worth[name] = found.worth.get(name, 0.0) + sign * float(price)
    found.log_price = float(np.log(total)) if total > 0 else FLOOR
    return found, spend


def _at_once(model: Model, rules: Rows, start: Floats) -> tuple[Answer, float]:
    """All draws through the interior point method: (answer, bound)."""
    wide = np.hstack([rules.rows, np.zeros((len(rules.rows), model.extra))])
    begin = model.start(start, rules.most)
    mean = model.point(begin).slopes.mean(axis=0)
    guess = model.guess(mean, begin, wide, model.draws)
    answer = maximise(model, Rows(wide, rules.most, rules.equal), begin, EXACT, guess)
    equal = np.zeros(len(rules.most), bool)
    loose = Rows(rules.rows, rules.most, equal)
    weights = model.allowed(answer.goals)
    return answer, model.bound(model.point(answer.x), weights, answer.prices, loose)
