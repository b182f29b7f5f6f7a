"""A CurveTable and its rules, checked and turned into a problem in units of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import checked, numbers, spends, whole
from workbench.solvers.curves import Curves
from workbench.solvers.envelope import Domain
from workbench.solvers.forms import FORMS, Floats
from workbench.solvers.limits import read_limits
from workbench.solvers.problem import MODES, Problem
from workbench.solvers.tail import Caution
from workbench.solvers.tree import levels, rules

if TYPE_CHECKING:
    import pandas as pd

TANH_OF_LOGISTIC, WORTHLESS = 2.0, 1e-12
KINDS = ("bootstrap", "posterior", "pooled")
PARAMETERS = ("scale", "half_saturation", "shape")


@dataclass(frozen=True, eq=False)
class Read:
    """A question that was read.

    Attributes:
        problem: In units of its own, cells sorted by family.
        order: Cell of the table at each place of the problem.
        table: The checked CurveTable.
        money: Currency units in one unit of the problem. scale: The same of the response.
        weight: Value of a response, each cell of the table; 1 where the mode counts responses.
        locked: Cells that are locked.
        current: Spend today in currency units, in the table's order; None where it is not known.
        kind: What draws are: `bootstrap` (they scatter as estimates do), `posterior` (plausible truths,
            priors included) or `pooled` (plausible truths whose prior was learnt from the cells themselves).
    """

    problem: Problem
    order: Any
    table: pd.DataFrame
    money: float
    scale: float
    weight: Floats
    locked: Any
    current: Floats | None
    kind: str = "bootstrap"

    def back(self, cells: Floats) -> Floats:
        """Values (…, n) of the problem in the table's order."""
        found = np.empty_like(cells)
        found[..., self.order] = cells
        return found


def read(
    curves: Any,
    budget: float | None,
    groups: Any,
    mode: str,
    target: float | None,
    locked: Mapping[str, float] | Sequence[str] | None,
    limits: Any = None,
) -> Read:
    """Check everything and return the problem; arguments as `workbench.optimize.allocate` takes them."""
    if mode not in MODES:
        raise unknown("mode", mode, MODES)
    table = checked(curves)
    most = _amount("budget", budget, mode == "max_response")
    goal = _goal(mode, target)
    low, active, high, fixed = _bounds(table, locked)
    weight = _weight(table, mode)
    money = most if np.isfinite(most) and most > 0 else float(np.median(table["half_saturation"]))
    scale = float((table["scale"] * weight).max()) or 1.0
    order, built = curves_of(table, weight / scale, money)
    found = rules(table, groups)
    _fit(table, low, high, most, found)
    _ends(table, mode, high, most)
    domain = Domain(
        *((a / money)[order][None] for a in (low, active, _useless(table, high, low, most, found)))
    )
    tree = levels(table["group"].to_numpy()[order] if "group" in table else None, found, money)
    unit = {"min_cost": scale, "max_response": 1.0}.get(mode, scale / money)
    asked = read_limits(table, limits)
    tied = None if asked is None else asked.arranged(order, money)
    problem = Problem(built, domain, tree, mode, most / money, goal / unit, tied)
    current = table["current"].to_numpy(float) if "current" in table else None
    return Read(problem, order, table, money, scale, weight, fixed, current)


def _weight(table: pd.DataFrame, mode: str) -> Floats:
    """Value of a response where the mode counts values, else 1; a hair where it is 0, to divide by."""
    if mode not in ("target_roas", "target_mroas"):
        return np.ones(len(table))
    value = numbers(table, "value_per_response", 1.0)
    if not value.any():
        raise QuestionError("No response has a value.", "Give value_per_response, or choose another mode.")
    return np.asarray(np.maximum(value, WORTHLESS * value.max()))


def with_draws(question: Read, draws: Any) -> Read:
    """The same question on every draw of the curves, one a row."""
    long = whole(draws)
    if "draw" not in long:
        raise QuestionError(
            "The draws have no column 'draw'.", "Give a CurveTable with one row a draw and cell."
        )
    wanted = [name for name in ("draw", "cell", "form", *PARAMETERS) if name in long]
    parameters = _by_draw(checked(long[wanted], once=False), question.table)
    order, curves = curves_of(question.table, question.weight / question.scale, question.money, parameters)
    domain = question.problem.domain
    if (order != question.order).any():  # a family may differ: a draw's Hill curve need not have shape 1
        back = Domain(*(question.back(getattr(domain, name)) for name in ("low", "active", "high")))
        domain = Domain(*(getattr(back, name)[:, order] for name in ("low", "active", "high")))
    tree = tuple(level.moved(question.order, order) for level in question.problem.levels)
    tied = question.problem.limits
    if tied is not None:
        tied = replace(tied, per_unit=question.back(tied.per_unit)[:, order])
    moved = replace(question.problem, curves=curves, domain=domain, levels=tree, limits=tied)
    return replace(question, order=order, problem=moved, kind=_kind(long))


def _kind(long: pd.DataFrame) -> str:
    """What the draws are: `bootstrap` where nothing says otherwise."""
    kinds = [str(kind) for kind in long["kind"].unique()] if "kind" in long else ["bootstrap"]
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("kind of draws", kind, KINDS)
    if len(kinds) > 1:
        raise QuestionError("The draws are of two kinds.", "Give draws of one kind.")
    return kinds[0]


def caution(risk: float | None, tail: float, mode: str, drawn: bool) -> Caution | None:
    """The risk knob, checked; arguments as `workbench.optimize.allocate` takes them."""
    if risk is None:
        return None
    if not drawn:
        raise QuestionError("A risk knob needs draws of the curves.", "Give them as draws=.")
    if mode != "max_response":
        raise QuestionError(
            f"The risk knob does not go with the mode {mode!r}.", "Use max_response, or leave risk= out."
        )
    if not 0 <= spends("risk knob", risk) <= 1:
        raise QuestionError(f"The risk knob is {risk!r}.", "Give a number from 0 (mean) to 1 (bad draws).")
    if not 0 < spends("tail", tail) <= 1:
        raise QuestionError(f"The tail is {tail!r}.", "Give the share of bad draws, such as 0.1.")
    return Caution(float(risk), float(tail))


def _by_draw(long: pd.DataFrame, table: pd.DataFrame) -> dict[str, Floats]:
    """Scale, half-saturation and shape of each draw, shape (K, n), cells as in `table`."""
    import pandas as pd

    place, draw, names = _places(long, table)
    written, forms = pd.factorize(long["form"])
    if (written != pd.Index(forms).get_indexer(pd.Index(table["form"]))[place]).any():
        raise QuestionError("The draws have other forms than the curves.", "Give each cell one form.")
    key = draw * len(table) + place
    order = slice(None) if (np.diff(key) > 0).all() else np.argsort(key)
    return {name: long[name].to_numpy(float)[order].reshape(len(names), -1) for name in PARAMETERS}


def _places(long: pd.DataFrame, table: pd.DataFrame) -> tuple[Any, Any, Any]:
    """(cell of `table` and number of the draw of each row, names of the draws): each cell once a draw."""
    import pandas as pd

    cells, known = pd.factorize(long["cell"])  # long columns of names are read once
    place = pd.Index(table["cell"]).get_indexer(pd.Index(known))[cells]
    draw, names = pd.factorize(long["draw"], sort=True)
    counts = np.bincount(draw, minlength=len(names))
    strange = draw[place < 0][:1] if (place < 0).any() else np.flatnonzero(counts < len(table))[:1]
    if len(strange):
        raise QuestionError(
            f"Draw {names[int(strange[0])]} does not have the cells of the curves.",
            "Give every draw one row for each cell.",
        )
    again = np.bincount(draw * len(table) + place, minlength=len(names) * len(table)) > 1
    if again.any():
        twice = table["cell"].iloc[int(np.argmax(again)) % len(table)]
        raise QuestionError(
            f"Cell {twice!r} is there more than once in one draw.", "Give each cell one row in each draw."
        )
    return place, draw, names


def curves_of(
    table: pd.DataFrame, weight: Floats, money: float, draws: dict[str, Floats] | None = None
) -> tuple[Any, Curves]:
    """(order of the cells, curves sorted by family).

    Args:
        table: The checked CurveTable.
        weight: Factor of each response.
        money: Currency units in one unit of spend.
        draws: Parameters by draw instead of the table's own.
    """
    own = {name: table[name].to_numpy(float)[None] for name in PARAMETERS}
    scale, half, shape = ((draws or own)[name] for name in PARAMETERS)
    form = table["form"].to_numpy(str).astype(object)
    one = (shape == 1).all(axis=0)
    form[(form == "hill") & one] = "michaelis_menten"
    form[(form == "power") & one] = "line"
    half = half * np.where(form == "logistic", TANH_OF_LOGISTIC, 1.0)
    form[form == "logistic"] = "tanh"
    straight = (form == "power") & (shape == 1)
    shape = np.where(straight, 1 - 1e-9, shape)
    place = np.array([list(FORMS).index(name) for name in form])
    order = np.argsort(place, kind="stable")
    runs = []
    for index, name in enumerate(FORMS):
        a, b = np.searchsorted(place[order], [index, index + 1])
        if b > a:
            runs.append((name, int(a), int(b)))
    arrays = (np.ascontiguousarray(a[:, order]) for a in (scale * weight, half / money, shape))
    return order, Curves(tuple(runs), *arrays)


def _amount(what: str, value: float | None, needed: bool) -> float:
    if value is None:
        if needed:
            raise QuestionError(f"The mode 'max_response' needs a {what}.", "Give it as budget=100000.")
        return float("inf")
    number = spends(what, value)
    if not np.isfinite(number):
        raise QuestionError(f"The {what} is {value!r}.", "Give a number of currency units, 0 or more.")
    return number


def _goal(mode: str, target: float | None) -> float:
    if mode == "max_response":
        if target is not None:
            raise QuestionError(
                "The mode 'max_response' has no target.", "Leave `target` out, or choose another mode."
            )
        return 0.0
    if target is None:
        raise QuestionError(f"The mode {mode!r} needs a target.", "Give it as target=3.5.")
    number = spends("target", target)
    if not 0 < number < np.inf:
        raise QuestionError(f"The target is {target!r}.", "Give a number above 0.")
    return 1 / number if mode == "target_cpa" else number


def _bounds(
    table: pd.DataFrame, locked: Mapping[str, float] | Sequence[str] | None
) -> tuple[Floats, Floats, Floats, Any]:
    """(low, active, high, which are locked) in currency units."""
    low, high = numbers(table, "min", 0.0), numbers(table, "max", np.inf)
    least = numbers(table, "min_if_active", 0.0)
    active = np.where((low > 0) | (least <= 0), low, least)
    active = np.maximum(active, np.where(low > 0, np.maximum(low, least), active))
    low = np.where(low > 0, active, low)  # a cell with a floor is always active
    fixed = np.zeros(len(table), bool)
    for cell, spend in _locks(table, locked).items():
        at = int(np.flatnonzero(table["cell"] == cell)[0])
        low[at] = active[at] = high[at] = spend
        fixed[at] = True
    crossed = (active > high) & (low > 0)
    if crossed.any():
        at = int(np.argmax(crossed))
        raise QuestionError(
            f"Cell {table['cell'].iloc[at]!r} has a floor of {active[at]:g} above its cap of {high[at]:g}.",
            "Lower the floor or raise the cap.",
        )
    high = np.where(active > high, low, high)  # it can never be active
    return low, np.minimum(active, high), high, fixed


def _locks(table: pd.DataFrame, locked: Any) -> dict[str, float]:
    if locked is None:
        return {}
    names = [locked] if isinstance(locked, str) else list(locked)
    cells = set(table["cell"])
    for name in names:
        if name not in cells:
            raise unknown("locked cell", name, cells)
    if isinstance(locked, Mapping):
        return {name: spends(f"lock of cell {name!r}", value) for name, value in locked.items()}
    if "current" not in table:
        raise QuestionError(
            "A lock without an amount needs the column 'current'.", "Give amounts: locked={'search': 5000}."
        )
    today = dict(zip(table["cell"], table["current"], strict=True))
    return {name: float(today[name]) for name in names}


def _fit(table: pd.DataFrame, low: Floats, high: Floats, most: float, found: Any) -> None:
    """Refuse floors, locks and caps that no plan can keep."""
    if low.sum() > most * (1 + 1e-9):
        raise QuestionError(
            f"The budget of {most:g} is below the floors and locks, which add up to {low.sum():g}.",
            f"Raise the budget to at least {low.sum():g}, or lower a floor.",
        )
    for name, rule in found.items():
        inside = rule.holds(table)
        if low[inside].sum() > rule.most * (1 + 1e-9):
            raise QuestionError(
                f"The floors and locks in group {name!r} add up to {low[inside].sum():g}, above its most of "
                f"{rule.most:g}.",
                "Raise the group's most, or lower a floor.",
            )
        if high[inside].sum() < rule.least * (1 - 1e-9):
            raise QuestionError(
                f"The caps in group {name!r} add up to {high[inside].sum():g}, below its least of "
                f"{rule.least:g}.",
                "Lower the group's least, or raise a cap.",
            )
    forced = _forced(table, low, found)
    if forced > most * (1 + 1e-9):
        raise QuestionError(
            f"The budget of {most:g} is below what the groups must spend, {forced:g}.",
            "Raise the budget, or lower a group's least.",
        )


def _forced(table: pd.DataFrame, low: Floats, found: Any) -> float:
    """The least that floors and group budgets together spend; refuses groups that contradict each other."""
    total, left = 0.0, np.ones(len(low), bool)
    least: dict[str, float] = {}
    for name in sorted(found, key=lambda item: -found[item].depth):
        inside = found[name].holds(table)
        own = inside.copy()
        below = 0.0
        for child, rule in found.items():
            if rule.parent == name:
                own &= ~rule.holds(table)
                below += least[child]
        least[name] = max(found[name].least, low[own].sum() + below)
        if least[name] > found[name].most * (1 + 1e-9):
            raise QuestionError(
                f"Inside group {name!r} at least {least[name]:g} must be spent, above its most of "
                f"{found[name].most:g}.",
                "Raise the group's most, or lower what is inside.",
            )
        left &= ~inside
        if found[name].parent is None:
            total += least[name]
    return float(total + low[left].sum())


def _ends(table: pd.DataFrame, mode: str, high: Floats, most: float) -> None:
    line = (table["form"] == "power") & (table["shape"] == 1) & ~np.isfinite(high)
    if line.any() and not np.isfinite(most):
        cell = table["cell"][line].iloc[0]
        raise QuestionError(
            f"Cell {cell!r} is a straight line without a cap, and mode {mode!r} has no budget.",
            "Give the cell a max, or the plan a budget.",
        )


def _useless(table: pd.DataFrame, high: Floats, low: Floats, most: float, found: Any) -> Floats:
    """Caps where there are none and money brings nothing, so that a group's least can still be spent."""
    forced = sum(rule.least for rule in found.values())
    flat = (table["scale"].to_numpy(float) == 0) & ~np.isfinite(high)
    return np.where(flat, low + min(most, forced), high)
