"""Rules of a slot plan as bounds on sums over sets of slots; sets that nest are groups, the others limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError
from workbench.solvers.checks import finite
from workbench.solvers.forms import Floats
from workbench.solvers.slot_sets import DAYS, JOIN, Slots

if TYPE_CHECKING:
    import pandas as pd

REQUIRED = 0.25
"""What a required hour spends at least, as a share of an even share of the budget."""

TOTAL = "budget"


@dataclass(frozen=True)
class Wish:
    """What a slot plan is asked to keep, as `workbench.optimize.allocate_slots` takes it."""

    weekly: Any = None
    daily: Any = None
    daily_cap: Any = None
    presence: Any = None
    forbid: Any = None
    require: Any = None
    pacing: float | None = None
    explore: float = 0.0


@dataclass(frozen=True, eq=False)
class Bound:
    """least ≤ spend of some slots ≤ most.

    Attributes:
        name: Of the rule. inside: Which slots. least, most: Currency units a week.
        budget: Whether it is a budget, of which slots have an even share.
    """

    name: str
    inside: Any
    least: float
    most: float
    budget: bool = False


@dataclass(frozen=True, eq=False)
class Rules:
    """Everything that `workbench.solvers.reading.read` needs.

    Attributes:
        table: The CurveTable with floors, caps, `group` and a column a limit.
        budget: Most spend a week. total: Whether it was asked for as such.
        groups, limits: As `workbench.optimize.allocate` takes them.
        forbidden, required: Which slots.
    """

    table: pd.DataFrame
    budget: float
    total: bool
    groups: dict[str, dict[str, Any]]
    limits: dict[str, dict[str, Any]]
    forbidden: Any
    required: Any


def rules(slots: Slots, wish: Wish) -> Rules:
    """Turn wishes into a table with floors and caps, nested groups and limits."""
    budgets = _same(list(_budgets(slots, wish)))
    total = next((bound for bound in budgets if bound.name == TOTAL), None)
    _covered(slots, budgets)
    forbidden = slots.hours("forbid", wish.forbid)
    table, required = _hours(slots, wish, budgets, forbidden)
    bounds = [bound for bound in budgets if bound is not total]
    allowed = table["max"].to_numpy(float) > 0
    bounds += _days(slots, wish, budgets, allowed)
    most = total.most if total else float(sum(bound.most for bound in budgets))
    if total and total.least > 0:
        bounds.append(replace(total, name="week", most=np.inf))
    nested, crossing = _nest(_same(bounds))
    table["group"], groups = _groups(nested, len(table))
    limits: dict[str, dict[str, Any]] = {}
    for bound in crossing:
        column = f"inside {bound.name}"
        table[column] = bound.inside.astype(float)
        limits[bound.name] = {"column": column, "min": bound.least, "max": bound.most}
    return Rules(table, most, total is not None, groups, limits, forbidden, required)


def _budgets(slots: Slots, wish: Wish) -> Iterator[Bound]:
    """Budgets by the week; a daily one is seven times as much a week."""
    for what, given, times in (("weekly budget", wish.weekly, 1), ("daily budget", wish.daily, 7)):
        for name, inside, (least, most) in _each(slots, what, given):
            yield Bound(name or TOTAL, inside, times * least, times * most, True)


def _each(slots: Slots, what: str, given: Any) -> Iterator[tuple[str, Any, tuple[float, float]]]:
    """(name, slots, (least, most)) of one amount for all, or of amounts by name."""
    if given is None:
        return
    if isinstance(given, Mapping):
        for name, amount in given.items():
            shown = JOIN.join(map(str, name)) if isinstance(name, tuple) else str(name)
            yield shown, slots.named(name), _range(f"{what} of {shown!r}", amount)
        return
    yield "", np.ones(len(slots.hour), bool), _range(what, given)


def _range(what: str, given: Any) -> tuple[float, float]:
    if isinstance(given, tuple | list) and len(given) == 2:
        least, most = finite(what, given[0]), finite(what, given[1])
        if least > most:
            raise QuestionError(
                f"The {what} has a least of {least:g} above its most of {most:g}.", "Swap them."
            )
        return least, most
    return 0.0, finite(what, given)


def _covered(slots: Slots, budgets: list[Bound]) -> None:
    if not budgets:
        raise QuestionError("There is no budget.", "Give weekly_budget= or daily_budget=.")
    covered = np.any([bound.inside for bound in budgets], axis=0)
    if not covered.all():
        group = str(slots.group[int(np.argmin(covered))])
        raise QuestionError(f"No budget covers {group!r}.", "Name it, or give one budget for all.")


def _same(bounds: list[Bound]) -> list[Bound]:
    """Bounds on the same slots as one, under the first's name."""
    found: dict[bytes, Bound] = {}
    for bound in bounds:
        key = bound.inside.tobytes()
        if key not in found:
            found[key] = bound
            continue
        own = found[key]
        least, most = max(own.least, bound.least), min(own.most, bound.most)
        if least > most * (1 + 1e-12):
            raise QuestionError(
                f"The least of {bound.name!r}, {least:g}, is above its most, {most:g}.",
                "Lower it, or raise the most.",
            )
        found[key] = replace(own, least=least, most=most, budget=own.budget or bound.budget)
    return list(found.values())


def even(budgets: list[Bound], allowed: Any) -> Floats:
    """Even share of each allowed slot in the tightest of its budgets."""
    shares = [
        np.where(bound.inside, bound.most / max((bound.inside & allowed).sum(), 1), np.inf)
        for bound in budgets
    ]
    return np.asarray(np.where(allowed, np.min(shares, axis=0), 0.0))


def _hours(slots: Slots, wish: Wish, budgets: list[Bound], forbidden: Any) -> tuple[pd.DataFrame, Any]:
    """The table with floors and caps by quiet hours, required hours and exploration; which are required."""
    table = slots.table.copy()
    low = np.array(table["min"], float) if "min" in table else np.zeros(len(table))
    high = np.array(table["max"], float) if "max" in table else np.full(len(table), np.inf)
    low, high = np.where(forbidden, 0.0, low), np.where(forbidden, 0.0, high)
    allowed = high > 0
    if not allowed.any():
        raise QuestionError("No slot is left to spend in.", "Forbid fewer hours.")
    share = even(budgets, allowed)
    required, least = _required(slots, wish.require, share)
    if (required & forbidden).any():
        cell = table["cell"][required & forbidden].iloc[0]
        raise QuestionError(f"Slot {cell!r} is both required and forbidden.", "Take it out of one.")
    floor = np.minimum(np.maximum(low, np.maximum(least, _part("explore", wish.explore) * share)), high)
    table["min"], table["max"] = floor, high
    return table, required


def _required(slots: Slots, given: Any, share: Floats) -> tuple[Any, Floats]:
    """(which slots, their least spend): hours, group → hours, or hour → least spend."""
    amounts = isinstance(given, Mapping) and all(isinstance(key, int | np.integer) for key in given)
    if not amounts:
        inside = slots.hours("require", given)
        return inside, np.where(inside, REQUIRED * share, 0.0)
    inside, least = np.zeros(len(share), bool), np.zeros(len(share))
    for hour, amount in given.items():
        own = slots.hours("require", [int(hour)])
        inside |= own
        least = np.where(own, finite(f"least of hour {hour}", amount), least)
    return inside, least


def _part(what: str, given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, Real) or not 0 <= float(given) <= 1:
        raise QuestionError(f"{what}={given!r} is no share.", "Give a number from 0 to 1.")
    return float(given)


def _days(slots: Slots, wish: Wish, budgets: list[Bound], allowed: Any) -> list[Bound]:
    """Caps, presence and pacing of each day."""
    found = []
    for name, inside, (least, most) in _each(slots, "daily cap", wish.daily_cap):
        found += [_day(slots, name, inside, day, least, most) for day in range(7)]
    for group, inside, (amount, _) in _presences(slots, wish.presence):
        found += [_day(slots, group, inside, day, amount, np.inf) for day in range(7)]
    if wish.pacing is not None:
        away = _part("pacing", wish.pacing)
        for bound in budgets:
            name = "" if bound.name == TOTAL else bound.name
            low, high = (1 - away) / 7 * bound.most, (1 + away) / 7 * bound.most
            found += [_day(slots, name, bound.inside, day, low, high) for day in range(7)]
    return [bound for bound in found if (bound.inside & allowed).any()]


def _presences(slots: Slots, given: Any) -> Iterator[tuple[str, Any, tuple[float, float]]]:
    """Least spend a day: of every group where one number is given."""
    if given is None or isinstance(given, Mapping):
        each = _each(slots, "presence", given)
        yield from ((name, inside, (most, most)) for name, inside, (_, most) in each)
        return
    amount = finite("presence", given)
    yield from ((name, slots.group == name, (amount, amount)) for name in slots.groups)


def _day(slots: Slots, name: str, inside: Any, day: int, least: float, most: float) -> Bound:
    shown = f"{name}{JOIN}{DAYS[day]}" if name else DAYS[day]
    return Bound(shown, inside & (slots.day == day), least, most)


def _nest(bounds: list[Bound]) -> tuple[list[Bound], list[Bound]]:
    """(bounds whose sets nest, the larger first; bounds whose sets cross these)."""
    nested: list[Bound] = []
    crossing: list[Bound] = []
    for bound in sorted(bounds, key=lambda item: -int(item.inside.sum())):
        size = int(bound.inside.sum())
        common = [int((bound.inside & other.inside).sum()) for other in nested]
        (nested if all(shared in (0, size) for shared in common) else crossing).append(bound)
    return nested, crossing


def _groups(nested: list[Bound], count: int) -> tuple[Any, dict[str, dict[str, Any]]]:
    """(innermost group of each slot, the groups)."""
    inner, groups = np.full(count, "", object), dict[str, dict[str, Any]]()
    for bound in nested:
        parent = str(inner[int(np.argmax(bound.inside))])
        groups[bound.name] = {"min": bound.least, "max": bound.most, "parent": parent or None}
        inner[bound.inside] = bound.name
    return inner, groups
