"""Who may spend when, and budgets that tie cells and periods together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import finite, numbers
from workbench.solvers.forms import Floats
from workbench.solvers.limits import read_limits
from workbench.solvers.period_frames import Asked, amount, blank, cells_of, named
from workbench.solvers.tree import rules

if TYPE_CHECKING:
    import pandas as pd


def bounds(table: pd.DataFrame, labels: Sequence[Any], asked: Asked) -> tuple[Any, ...]:
    """(least, least if any, most, where it is past, committed), each of shape (C, T)."""
    shape = (len(table), len(labels))

    def spread(name: str, none: float) -> Floats:
        return np.broadcast_to(numbers(table, name, none)[:, None], shape).copy()

    low, high, least = spread("min", 0.0), spread("max", np.inf), spread("min_if_active", 0.0)
    for c, t, row in (
        cells_of(table, asked.calendar, labels, "calendar", ()) if asked.calendar is not None else ()
    ):
        low[c, t] = amount(row.get("min"), low[c, t], "min of the calendar")
        high[c, t] = amount(row.get("max"), high[c, t], "max of the calendar")
        low[c, t] = min(low[c, t], high[c, t]) if blank(row.get("min")) else low[c, t]
    booked, fixed = np.zeros(shape), np.zeros(shape, bool)
    low = np.where(low > 0, np.maximum(low, least), low)  # a cell with a floor is always active
    if asked.committed is not None:
        for c, t, row in cells_of(table, asked.committed, labels, "committed spend", ("spend",)):
            booked[c, t] += finite("committed spend", row["spend"])
        low = np.maximum(low, booked)
        high = np.maximum(high, booked)
    crossed = low > high
    if crossed.any():
        c, t = np.argwhere(crossed)[0]
        raise QuestionError(
            f"Cell {table['cell'].iloc[c]!r} has a floor of {low[c, t]:g} above its cap of {high[c, t]:g} in "
            f"period {labels[t]}.",
            "Lower the floor or raise the cap.",
        )
    active = np.maximum(low, least)
    high = np.where(active > high, low, high)  # it can never be active
    active = np.minimum(active, high)
    if asked.spent is not None:
        past = cells_of(table, asked.spent, labels, "spend so far", ("spend",))
        over = {t for _, t, _ in past}
        for t in over:  # a period that is over is over for every cell
            low[:, t] = active[:, t] = high[:, t] = 0.0
            fixed[:, t] = True
        for c, t, row in past:
            low[c, t] = active[c, t] = high[c, t] = low[c, t] + finite("spend so far", row["spend"])
    return low, active, high, fixed, booked


def rows_between(
    table: pd.DataFrame, labels: Sequence[Any], total: float, asked: Asked
) -> tuple[Floats, Floats, Any, tuple[tuple[str, int], ...]]:
    """Rules on sums: rows · spend ≤ most, with the rule and its direction."""
    cells, periods = len(table), len(labels)
    found: list[tuple[Floats, float, bool, str, int]] = []

    def add(row: Floats, least: float, most: float, name: str) -> None:
        if np.isfinite(least) and least == most:
            found.append((row, most, True, name, 1))
            return
        found.extend([(row, most, False, name, 1)] if np.isfinite(most) else [])
        found.extend(
            [(-row, -least, False, name, -1)] if np.isfinite(least) and (least > 0 or row.min() < 0) else []
        )

    add(np.ones((cells, periods)), -np.inf, total, "budget")
    for t, (least, most) in enumerate(_each(labels, asked.period_budget)):
        row = np.zeros((cells, periods))
        row[:, t] = 1.0
        add(row, least, most, f"period:{labels[t]}")
    for name, rule in rules(table, asked.groups).items():
        row = np.repeat(rule.holds(table).astype(float)[:, None], periods, axis=1)
        add(row, rule.least, rule.most, f"group:{name}")
    limits = read_limits(table, asked.limits)
    if limits is not None:
        for name, amounts, least, most in zip(
            limits.names, limits.per_unit, limits.least, limits.most, strict=True
        ):
            add(np.repeat(amounts[:, None], periods, axis=1), least, most, f"limit:{name}")
    rows = np.stack([row.ravel() for row, *_ in found])
    ends = np.array([most for _, most, *_ in found])
    return rows, ends, np.array([same for _, _, same, *_ in found]), tuple((n, s) for *_, n, s in found)


def _each(labels: Sequence[Any], asked: Any) -> list[tuple[float, float]]:
    """(least, most) of every period."""
    if asked is None:
        return [(0.0, np.inf)] * len(labels)
    if not isinstance(asked, Mapping):
        return [_pair(asked, "budget of a period")] * len(labels)
    given = {named(label, labels): value for label, value in asked.items()}
    for label in given:
        if label not in labels:
            raise unknown("period of the period budget", label, (str(one) for one in labels))
    return [
        _pair(given[label], f"budget of period {label}") if label in given else (0.0, np.inf)
        for label in labels
    ]


def _pair(value: Any, what: str) -> tuple[float, float]:
    if isinstance(value, (tuple, list)) and len(value) != 2:
        raise QuestionError(
            f"The {what} has {len(value)} numbers.", "Give the most, (least, most), or period → either."
        )
    least, most = value if isinstance(value, (tuple, list)) else (0.0, value)
    low, high = amount(least, 0.0, what), amount(most, np.inf, what)
    if low > high:
        raise QuestionError(f"The {what} has a least of {low:g} above its most of {high:g}.", "Swap them.")
    return low, high


def refuse(
    low: Floats, high: Floats, total: float, rows: Floats, most: Floats, names: Sequence[tuple[str, int]]
) -> None:
    """Refuse rules that floors, booked spend and caps rule out one by one."""
    floors, caps = low.ravel(), np.minimum(high, total).ravel()
    for row, end, (name, sign) in zip(rows, most, names, strict=True):
        if name.startswith("limit:"):
            continue
        forced = float(np.where(row > 0, row * floors, row * caps).sum())
        if forced <= end + 1e-9 * max(abs(end), 1e-300):
            continue
        what = "total budget" if name == "budget" else name.replace(":", " ", 1)
        if sign > 0:
            raise QuestionError(
                f"Floors, committed and past spend add up to {forced:g}, above the {end:g} of the {what}.",
                "Change the budget, or the floors and caps.",
            )
        raise QuestionError(
            f"The caps let at most {-forced:g} be spent, below the {-end:g} of the {what}.",
            "Change the budget, or the floors and caps.",
        )
