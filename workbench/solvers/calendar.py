"""A question about several periods: curves, carry-over, season, what is spent and booked, who spends when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import checked, finite, numbers, spends, whole
from workbench.solvers.curves import Curves
from workbench.solvers.forms import Floats
from workbench.solvers.limits import read_limits
from workbench.solvers.reading import curves_of
from workbench.solvers.tree import rules

if TYPE_CHECKING:
    import pandas as pd

LEFT, LONGEST = 1e-4, 80


@dataclass(frozen=True, eq=False)
class Calendar:
    """A question that was read; C cells, T periods to plan, S periods that are looked at (T and its echo).

    Attributes:
        table: The checked CurveTable, in its own order.
        labels: Of the T periods.
        curves: Of the cells in `order`, money and response in units of their own.
        order: Cell of the table at each place of the problem.
        kernel: What a unit spent in period t carries into period s, shape (C, S, T).
        base: Carried into each period from outside the plan, shape (C, S).
        season: Factor of each response, shape (C, S).
        low: Least spend, shape (C, T). active: Least if any. high: Most.
        fixed: Where the past says what was spent, shape (C, T). booked: Committed spend, shape (C, T).
        rows: Rules that tie cells or periods, shape (m, C·T). most: Shape (m,). names: Of the rules.
        equal: Which of them are equalities.
        money: Currency units in one unit. scale: Responses in one unit.
        budget: Most spend in currency units. current: Spend a period today, or None.
    """

    table: pd.DataFrame
    labels: tuple[Any, ...]
    curves: Curves
    order: Any
    kernel: Floats
    base: Floats
    season: Floats
    low: Floats
    active: Floats
    high: Floats
    fixed: Any
    booked: Floats
    rows: Floats
    most: Floats
    equal: Any
    names: tuple[tuple[str, int], ...]
    money: float
    scale: float
    budget: float
    current: Floats | None

    def back(self, cells: Floats) -> Floats:
        """Values (C, …) of the problem in the table's order."""
        found = np.empty_like(cells)
        found[self.order] = cells
        return found


@dataclass(frozen=True)
class Asked:
    """Arguments of `workbench.optimize.allocate_periods` after the curves and the budget."""

    periods: Any
    season: Any = None
    carryover: Any = None
    history: Any = None
    spent: Any = None
    committed: Any = None
    calendar: Any = None
    period_budget: Any = None
    groups: Any = None
    limits: Any = None
    after: Any = None


def read_calendar(curves: Any, budget: float, asked: Asked) -> Calendar:
    """Check everything and return the problem."""
    table = checked(curves)
    labels = _labels(asked.periods)
    total = spends("budget", budget)
    if not 0 < total < np.inf:
        raise QuestionError(f"The budget is {budget!r}.", "Give the money of all periods together.")
    weights = _carry(table, asked.carryover, len(labels))
    ahead = weights.shape[1]
    current = table["current"].to_numpy(float) if "current" in table else None
    low, active, high, fixed, booked = _bounds(table, labels, asked)
    base = _base(table, labels, weights, asked, current)
    season = _season(table, labels, ahead, asked.season)
    rows, most, equal, names = _rows(table, labels, total, asked)
    _fit(low, high, total, rows, most, names)
    money, scale = total / len(labels), float((table["scale"] * season.max()).max()) or 1.0
    order, built = curves_of(table, np.full(len(table), 1 / scale), money)
    kernel = np.zeros((len(table), ahead, len(labels)))
    for t in range(len(labels)):
        kernel[:, t:, t] = weights[:, : ahead - t]
    arranged = rows.reshape(len(rows), len(table), -1)[:, order].reshape(len(rows), -1)
    high = np.minimum(high, low + max(0.0, total - low.sum()))
    high = np.where(active > high * (1 + 1e-12), low, high)
    return Calendar(
        table=table,
        labels=labels,
        curves=built,
        order=order,
        kernel=kernel[order],
        base=(base / money)[order],
        season=season[order],
        low=(low / money)[order],
        active=(np.minimum(active, high) / money)[order],
        high=(high / money)[order],
        fixed=fixed[order],
        booked=booked,
        rows=arranged,
        most=most / money,
        equal=equal,
        names=names,
        money=money,
        scale=scale,
        budget=total,
        current=current,
    )


def _labels(periods: Any) -> tuple[Any, ...]:
    if isinstance(periods, (int, np.integer)) and not isinstance(periods, bool):
        if not 1 <= periods <= 366:
            raise QuestionError(f"{periods} periods cannot be planned.", "Give 1 to 366.")
        return tuple(range(1, int(periods) + 1))
    if isinstance(periods, str):
        raise QuestionError(f"The periods are {periods!r}.", "Give their number, or their names in order.")
    found = tuple(_label(value) for value in periods)
    if not found or len(set(found)) < len(found):
        raise QuestionError(
            "The periods are none, or one is there twice.", "Name each period once, in order."
        )
    return found


def _label(value: Any) -> Any:
    """A period's name; moments become days, so that frames and lists mean the same."""
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    return value.date() if hasattr(value, "date") and callable(value.date) else value


def _carry(table: pd.DataFrame, carryover: Any, periods: int) -> Floats:
    """Weights by lag, shape (C, S), which sum to 1 over all lags: steady spend is felt as itself."""
    share = numbers(table, "adstock", 0.0) if carryover is None else None
    for cell in carryover or ():
        if cell not in set(table["cell"]):
            raise unknown("cell of the carry-over", cell, table["cell"])
    kernels: list[Floats] = []
    for at, cell in enumerate(table["cell"]):
        given = None if share is not None else carryover.get(cell)
        if given is None or np.ndim(given) == 0:
            keep = float(share[at]) if share is not None else float(given or 0.0)
            if not 0 <= keep < 1:
                raise QuestionError(
                    f"The carry-over of cell {cell!r} is {keep:g}.", "Give a share of 0 or more, below 1."
                )
            kernels.append(np.asarray((1 - keep) * keep ** np.arange(periods + LONGEST), dtype=float))
            continue
        lag = np.asarray(given, dtype=float)
        if not (np.isfinite(lag).all() and (lag >= 0).all() and lag.sum() > 0):
            raise QuestionError(
                f"The carry-over weights of cell {cell!r} are no weights.", "Give numbers of 0 or more."
            )
        kernels.append(np.pad(lag / lag.sum(), (0, periods + LONGEST))[: periods + LONGEST])
    stacked = np.stack(kernels)
    echo = int(((1 - np.cumsum(stacked, axis=1)).max(axis=0) > LEFT).sum())
    return stacked[:, : periods + min(echo, LONGEST)]


def _cells(
    table: pd.DataFrame, frame: Any, labels: Sequence[Any], what: str, columns: Sequence[str]
) -> list[tuple[int, int, dict[str, Any]]]:
    """(cell, period, row) of a frame with the columns `cell`, `period` and others."""
    rows = whole(frame)
    missing = [name for name in ("cell", "period", *columns) if name not in rows]
    if missing:
        raise QuestionError(
            f"The {what} has no column {missing[0]!r}.", f"Give cell, period, {', '.join(columns)}."
        )
    place = {cell: at for at, cell in enumerate(table["cell"])}
    when = {label: at for at, label in enumerate(labels)}
    found = []
    for row in rows.to_dict("records"):
        cell, period = str(row["cell"]), _label(row["period"])
        if cell not in place:
            raise unknown(f"cell of the {what}", cell, place)
        if period not in when:
            raise unknown(f"period of the {what}", period, (str(label) for label in labels))
        found.append((place[cell], when[period], {str(name): value for name, value in row.items()}))
    return found


def _bounds(table: pd.DataFrame, labels: Sequence[Any], asked: Asked) -> tuple[Any, ...]:
    shape = (len(table), len(labels))

    def spread(name: str, none: float) -> Floats:
        return np.broadcast_to(numbers(table, name, none)[:, None], shape).copy()

    low, high, least = spread("min", 0.0), spread("max", np.inf), spread("min_if_active", 0.0)
    for c, t, row in (
        _cells(table, asked.calendar, labels, "calendar", ()) if asked.calendar is not None else ()
    ):
        low[c, t] = _amount(row.get("min"), low[c, t], "min of the calendar")
        high[c, t] = _amount(row.get("max"), high[c, t], "max of the calendar")
        low[c, t] = min(low[c, t], high[c, t]) if _blank(row.get("min")) else low[c, t]
    booked, fixed = np.zeros(shape), np.zeros(shape, bool)
    low = np.where(low > 0, np.maximum(low, least), low)  # a cell with a floor is always active
    if asked.committed is not None:
        for c, t, row in _cells(table, asked.committed, labels, "committed spend", ("spend",)):
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
        past = _cells(table, asked.spent, labels, "spend so far", ("spend",))
        over = {t for _, t, _ in past}
        for t in over:  # a period that is over is over for every cell
            low[:, t] = active[:, t] = high[:, t] = 0.0
            fixed[:, t] = True
        for c, t, row in past:
            low[c, t] = active[c, t] = high[c, t] = low[c, t] + finite("spend so far", row["spend"])
    return low, active, high, fixed, booked


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _amount(value: Any, otherwise: float, what: str) -> float:
    return otherwise if _blank(value) else spends(what, value)


def _base(
    table: pd.DataFrame, labels: Sequence[Any], weights: Floats, asked: Asked, current: Floats | None
) -> Floats:
    """What spend before and after the plan carries into each period, shape (C, S)."""
    today = np.zeros(len(table)) if current is None else current
    ahead, periods = weights.shape[1], len(labels)
    before = _history(table, asked.history) if asked.history is not None else np.zeros((len(table), 0))
    earlier = before.mean(axis=1) if before.shape[1] else today
    beyond = 1 - np.cumsum(weights, axis=1)  # weight of lags longer than s
    base = np.zeros((len(table), ahead))
    for s in range(ahead):
        for back in range(before.shape[1]):  # the period `back` + 1 before the first
            if s + back + 1 < ahead:
                base[:, s] += weights[:, s + back + 1] * before[:, -1 - back]
        last = min(s + before.shape[1], ahead - 1)
        base[:, s] += np.maximum(beyond[:, last], 0.0) * earlier
    later = _after(table, asked.after, today)
    for s in range(periods, ahead):
        base[:, s] += weights[:, : s - periods + 1].sum(axis=1) * later
    return base


def _after(table: pd.DataFrame, after: Any, today: Floats) -> Floats:
    if after is None:
        return today
    if isinstance(after, Mapping):
        place = {cell: at for at, cell in enumerate(table["cell"])}
        found = np.zeros(len(table))
        for cell, amount in after.items():
            if cell not in place:
                raise unknown("cell of the spend afterwards", cell, place)
            found[place[cell]] = finite("spend afterwards", amount)
        return found
    return np.full(len(table), finite("spend afterwards", after))


def _history(table: pd.DataFrame, history: Any) -> Floats:
    """Spend of past periods, oldest first, shape (C, H)."""
    rows = whole(history)
    labels = sorted({_label(value) for value in rows["period"]}) if "period" in rows else []
    found = np.zeros((len(table), len(labels)))
    for c, t, row in _cells(table, rows, labels, "history", ("spend",)):
        found[c, t] += finite("spend of the history", row["spend"])
    return found


def _season(table: pd.DataFrame, labels: Sequence[Any], ahead: int, season: Any) -> Floats:
    """Factors, shape (C, S); the echo after the plan takes their mean."""
    found = np.ones((len(table), len(labels)))
    if season is not None and hasattr(season, "columns"):
        rows = whole(season)
        if "cell" not in rows:
            rows = rows.merge(table[["cell"]], how="cross")
        for c, t, row in _cells(table, rows, labels, "season", ("factor",)):
            found[c, t] = finite("factor of the season", row["factor"])
    elif season is not None:
        given = _by_label(season, labels) if isinstance(season, Mapping) else list(season)
        if len(given) != len(labels):
            raise QuestionError(
                f"The season has {len(given)} factors for {len(labels)} periods.", "Give one for each period."
            )
        found[:] = [finite("factor of the season", factor) for factor in given]
    mean = found.mean(axis=1, keepdims=True)
    return np.hstack([found, np.repeat(mean, ahead - len(labels), axis=1)])


def _by_label(season: Mapping[Any, Any], labels: Sequence[Any]) -> list[Any]:
    """A factor for each period, 1 where none is named."""
    named = {_label(label): factor for label, factor in season.items()}
    for label in named:
        if label not in labels:
            raise unknown("period of the season", label, (str(one) for one in labels))
    return [named.get(label, 1.0) for label in labels]


def _rows(
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
    named = {_label(label): value for label, value in asked.items()}
    for label in named:
        if label not in labels:
            raise unknown("period of the period budget", label, (str(one) for one in labels))
    return [
        _pair(named[label], f"budget of period {label}") if label in named else (0.0, np.inf)
        for label in labels
    ]


def _pair(value: Any, what: str) -> tuple[float, float]:
    if isinstance(value, (tuple, list)) and len(value) != 2:
        raise QuestionError(
            f"The {what} has {len(value)} numbers.", "Give the most, (least, most), or period → either."
        )
    least, most = value if isinstance(value, (tuple, list)) else (0.0, value)
    low, high = _amount(least, 0.0, what), _amount(most, np.inf, what)
    if low > high:
        raise QuestionError(f"The {what} has a least of {low:g} above its most of {high:g}.", "Swap them.")
    return low, high


def _fit(
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
