"""Budget plans from response curves, each with a certificate of how far from the best it can be.

`allocate(curves, budget=100_000)` answers with what every cell should spend. Curves may be concave or
S-shaped, in any mix; budgets may be nested in groups; cells have floors, caps, locks and a least spend if
active. `allocate_periods` plans several periods at once, with what carries over from one to the next.
`plan_contacts` plans whom each marketer contacts, how, and on which day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.solvers.contacts.load import HOURS, ContactLoad
from workbench.solvers.contacts.plan import ContactPlan
from workbench.solvers.contacts.rules import ContactRules
from workbench.solvers.draws import Gain
from workbench.solvers.period_plan import PeriodPlan
from workbench.solvers.plan import Note, Plan, Risk
from workbench.solvers.problem import MODES
from workbench.solvers.slot_plan import SlotPlan

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "MODES",
    "ContactLoad",
    "ContactPlan",
    "ContactRules",
    "Gain",
    "Note",
    "PeriodPlan",
    "Plan",
    "Risk",
    "SlotPlan",
    "allocate",
    "allocate_periods",
    "allocate_slots",
    "contact_load",
    "plan_contacts",
]


def allocate(
    curves: Any,
    budget: float | None = None,
    groups: Mapping[str, Any] | pd.DataFrame | None = None,
    mode: str = "max_response",
    target: float | None = None,
    draws: Any = None,
    locked: Mapping[str, float] | Sequence[str] | None = None,
    effort: float = 1.0,
    limits: Mapping[str, Any] | pd.DataFrame | None = None,
    risk: float | None = None,
    tail: float = 0.1,
) -> Plan:
    """Plan what each cell spends.

    Args:
        curves: A CurveTable, one row a cell: `cell`; `form` (`hill`, `exponential`, `logistic`, `log`,
            `power`, `michaelis_menten`, `tanh`); `scale` (response); `half_saturation` (currency units);
            optional `shape`, `min`, `max` (inf: none),
            `min_if_active` (the least spend of a cell that spends at all),
            `group`, `value_per_response` (counts in `target_roas` and `target_mroas`), `current`.
        budget: Most spend in total; needed for `max_response`, else optional.
        groups: Budgets of groups of cells: name → most, or (least, most), or a mapping with `min`, `max` and
            `parent` (the group around it); or a frame with the columns `group`, `min`, `max`, `parent`.
        mode: `max_response`: the most response within the budget; `min_cost`: the least spend that brings the
            response `target`; `target_roas`: the most value at which value ÷ spend is at least `target`;
            `target_cpa`: the most response at which spend ÷ response is at most `target`; `target_mroas`: the
            spend at which one more unit brings `target` of value.
        target: What the mode aims at.
        draws: A long CurveTable with a column `draw`: plausible curves, for bands and the gain's optimism;
            optional `kind`: `bootstrap` (draws scatter around the curves as estimates do around the truth;
            so where nothing is said), `posterior` (plausible truths, priors included)
            or `pooled` (the same, the prior learnt from many cells, as those of `fit_slots`).
        locked: Cells that stay at `current`, or cell → spend; a lock goes before floor and cap.
        effort: How long to search where curves are S-shaped: 0 rounds only, 1 is what a slider move can wait
            for, more is more.
        limits: Limits on sums of per-unit attributes: column of the curves → most, or (least, most), or name
            → a mapping with `column` (a column, or cell → amount per unit of spend), `min` and `max`; or a
            frame with the columns `limit`, `column`, `min`, `max`. `{"co2": 500}` keeps Σ co2 · spend to 500.
        risk: None: the plan is made for the curves as given. Else from 0, where the mean response over the
            draws counts, to 1, where only their worst share does (CVaR); between, a mixture.
        tail: The worst share.

    Returns:
        The plan. Money that brings nothing stays unspent, and a note says so.

    Raises:
        QuestionError: for curves, groups or a target that make no question, and floors that no budget keeps.

    Source: dual prices as in S. Boyd, L. Vandenberghe, *Convex Optimization*, 2004, section 5.5; S-shaped
    curves as in M. Udell, S. Boyd, *Maximizing a Sum of Sigmoids*, 2013.
    """
    from workbench.solvers.answer import answer
    from workbench.solvers.reading import caution, read, with_draws

    careful = caution(risk, tail, mode, draws is not None)
    question = read(curves, budget, groups, mode, target, locked, limits)
    sampled = None if draws is None else with_draws(question, draws)
    return answer(question, sampled, budget, target, effort, careful)


def allocate_periods(
    curves: Any,
    budget: float,
    periods: int | Sequence[Any],
    *,
    season: Any = None,
    carryover: Mapping[str, Any] | None = None,
    history: Any = None,
    spent: Any = None,
    committed: Any = None,
    calendar: Any = None,
    period_budget: Any = None,
    groups: Mapping[str, Any] | pd.DataFrame | None = None,
    limits: Mapping[str, Any] | pd.DataFrame | None = None,
    after: float | Mapping[str, float] | None = None,
    effort: float = 1.0,
) -> PeriodPlan:
    """Plan what each cell spends in each period, such as the weeks of a quarter: the most response in all.

    Args:
        curves: A CurveTable as `allocate` takes it, currency a period; optional `adstock`, the share of what
            is felt that is carried to the next period. A curve is met by steady spend as it is.
        budget: Most spend of all periods together, what is spent and committed included.
        periods: How many, or their names in order, such as the Mondays of the weeks.
        season: Factor of the responses by period: a sequence, period → factor, or a frame with `period`,
            `factor` and optional `cell`.
        carryover: Cell → share carried over, or weights by lag from 0 on; instead of `adstock`.
        history: Spend before the first period: a frame with `cell`, `period`, `spend`. Before it, and where
            there is none, `current` (else its mean, else nothing) was spent all along.
        spent: Spend so far of periods that are over, the same columns: it stands, the rest is planned anew.
        committed: Spend that is booked already, the same columns: a plan never goes below it.
        calendar: Flights: a frame with `cell`, `period`, and `min`, `max`; a `max` of 0 is a pause.
        period_budget: Most of every period, or (least, most), or period → either.
        groups: Budgets of groups over all periods, as `allocate` takes them. limits: The same.
        after: Spend a period after the last one, one number or by cell: what the plan carries beyond its end
            meets it there; None: `current`.
        effort: 0: no search beyond the relaxed plan where curves are S-shaped.

    Returns:
        The plan with its certificate, which is that of rounding where all curves flatten from the first unit
        on; else the gap says how far the plan can be from the best.

    Raises:
        QuestionError: for curves, frames or rules that make no question.
    """
    from workbench.solvers.calendar import read_calendar
    from workbench.solvers.carried import schedule
    from workbench.solvers.period_frames import Asked
    from workbench.solvers.period_plan import told

    asked = Asked(
        periods, season, carryover, history, spent, committed, calendar, period_budget, groups, limits, after
    )
    question = read_calendar(curves, budget, asked)
    return told(question, schedule(question, effort))


def allocate_slots(
    curves: Any,
    weekly_budget: float | Mapping[Any, Any] | None = None,
    daily_budget: float | Mapping[Any, Any] | None = None,
    daily_cap: float | Mapping[Any, float] | None = None,
    windows_per_day: int | None = None,
    *,
    forbid: Any = None,
    require: Any = None,
    presence: float | Mapping[Any, float] | None = None,
    pacing: float | None = None,
    explore: float = 0.0,
    draws: Any = None,
) -> SlotPlan:
    """Plan what each hour of the week spends, by channel and region.

    A name of a group is a value of a `by` column (`"search"`, `"north"`), or all of them: `("search",
    "north")` or `"search · north"`.

    Args:
        curves: A `SlotModel` (then with bands), or its CurveTable: one row a slot with `hour_of_week`, and
            columns of text that name its group.
        weekly_budget: Most spend a week; or name → most, or (least, most).
        daily_budget: The same as a day's mean: d is 7d a week, its days free unless `daily_cap` binds them.
        daily_cap: Most spend on any one day, of all groups together; or name → most.
        windows_per_day: Most windows of a group's day in `.schedule`; `.lost` says what that costs;
            None: as many as the plan has. `workbench.schedules.compress(plan.to_cells(), platform=…)` does
            the same by a platform's rules.
        forbid: Hours without spend: numbers 0 … 167, (weekday, hour) pairs, or name → either.
        require: Hours that spend at least a quarter of an even share, written the same way; or hour → least.
        presence: Least spend of every group on every day; or name → least.
        pacing: How far a day's spend may lie from a seventh of its budget, as a share of that.
        explore: Share of an even share that every slot spends at least, so that rates go on being learnt.
        draws: A long CurveTable with a column `draw`, for bands.

    Returns:
        The plan. Money that brings nothing stays unspent.

    Raises:
        QuestionError: for curves, hours or budgets that make no question, and floors that no budget keeps.
    """
    from workbench.solvers.slot_answer import plan
    from workbench.solvers.slot_rules import Wish

    wish = Wish(weekly_budget, daily_budget, daily_cap, presence, forbid, require, pacing, explore)
    found = plan(curves, wish, draws)
    return found if windows_per_day is None else _in_windows(found, windows_per_day, daily_cap)


def _in_windows(plan: SlotPlan, windows: int, daily_cap: Any) -> SlotPlan:
    """The plan with a schedule of few windows a day, exact by dynamic programming, and what that costs."""
    from dataclasses import replace

    from workbench.schedules import compress

    cells = plan.to_cells()
    if plan.by:
        cells = cells[cells.groupby(list(plan.by))["spend"].transform("sum") > 0]
    if not plan.total_spend > 0:
        return plan
    found = compress(cells, windows=windows, by=plan.by, daily_cap=_caps(cells, plan.by, daily_cap))
    lost = max(found.planned - found.response, 0.0) / plan.total_response if plan.total_response else 0.0
    return replace(plan, schedule=found.to_frame(), lost=lost)


def _caps(cells: Any, by: Sequence[str], given: Any) -> Any:
    """Caps of groups that spend; the others keep theirs anyway."""
    if not isinstance(given, Mapping):
        return given
    joined = {" · ".join(map(str, own)) for own in cells[list(by)].itertuples(index=False)} if by else set()
    known = joined | {str(value) for name in by for value in cells[name]}
    named = {" · ".join(map(str, name)) if isinstance(name, tuple) else str(name): most
             for name, most in given.items()}  # fmt: skip
    return {name: most for name, most in named.items() if name in known} or None


def plan_contacts(
    candidates: Any, capacity: Any, rules: ContactRules | Mapping[str, Any] | None = None
) -> ContactPlan:
    """Plan contacts: who, by which method, by which marketer, on which day, in which order.

    Args:
        candidates: One row a possible contact: `customer_id`, `method`, `value` (what one contact is expected
            to gain). Optional: `priority` (1 goes before 2, one contact for one), `segment`, `language`,
            `message` (a customer may then be there once a method and message), `due` (last day on which the
            contact makes sense), `ready` (first day on which what it needs is there), `marketer` (the
            customer's own, who alone may contact it).
        capacity: One row a marketer, method and day: `marketer`, `method`, `day` (a date or a number),
            `contacts` (most; inf: as many as time allows).
        rules: Caps, consent, quiet and working hours, minutes, skills, languages, fairness and the cost of an
            hour, as `ContactRules` or as a mapping of its fields.

    Returns:
        The plan, with its certificate and what one more contact or hour would bring.

    Raises:
        QuestionError: for frames or rules that make no question.

    Source: dual prices of a transport problem, smoothed as in Y. Nesterov, *Smooth minimization of non-smooth
    functions*, 2005; those who hesitate at the prices are settled by a linear program.
    """
    from workbench.solvers.contacts.answer import answer

    return answer(candidates, capacity, rules)


def contact_load(
    candidates: Any,
    capacity: Any,
    rules: ContactRules | Mapping[str, Any],
    hour_cost: float,
    hours: Sequence[float] = HOURS,
) -> ContactLoad:
    """Ask how many customers a marketer should handle a day.

    As many as bring more than their time costs: the load at which one more hour is worth what it costs.

    Args:
        candidates, capacity, rules: As `plan_contacts` takes them, with `minutes` in the rules; contacts of
            the capacity limit the load, too (inf: they do not).
        hour_cost: What a marketer's hour costs, in the unit of the values.
        hours: Lengths of a day for which the worth of one more hour is told.

    Returns:
        The load, and what an hour is worth in days of several lengths.

    Raises:
        QuestionError: for frames or rules that make no question.
    """
    from workbench.solvers.contacts.load import load

    return load(candidates, capacity, rules, hour_cost, hours)
