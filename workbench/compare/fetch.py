"""One query for all sums: the needs of every measure merged, values shifted by a rough centre first.

With a mean of 1e9 and a standard deviation of 1, raw sums of squares give a variance of 88,449; shifted
ones give 1. The centre comes from the first rows; where it turns out bad for a column, or values are
missing, the query is asked once more with what is known then.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare.cube import ARM, Cube, Dimension, Moments
from workbench.compare.measures import Measure
from workbench.compare.units import Units
from workbench.errors import InputError, QuestionError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_SAMPLE = 1000
_FAR = 1e3
"""A centre further from a cell's mean than so many standard deviations costs digits."""

UNITS = "__units"
"""Column that counts the analysis units of a cluster: those that know every column."""

ROWS = "__rows"
"""Column that counts all of them."""


@dataclass(frozen=True)
class Plan:
    """What is fetched.

    Attributes:
        measures: Means and ratios.
        arm: Column of the arm.
        dimensions: Further columns to group by.
        cluster: Column of the randomised unit where it holds several analysis units.
    """

    measures: tuple[Measure, ...]
    arm: str
    dimensions: tuple[str, ...] = ()
    cluster: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Numeric columns of all measures."""
        return tuple(dict.fromkeys(name for item in self.measures for name in item.columns))


def fetch(units: Units, plan: Plan) -> tuple[Cube, str]:
    """The cube of a plan, and the SQL that filled it.

    Raises:
        InputError: for a column without numbers, or with infinite ones.
    """
    table = prepared(units.table, plan)
    plan = _clustered(plan)
    centres = _centres(units, table, plan.columns)
    asked = expression(table, plan, centres, clean=False)
    answer = units.run(asked)
    if _lossy(answer, plan, centres):
        centres = _better(answer, plan, centres)
        asked = expression(table, plan, centres, clean=True)
        answer = units.run(asked)
    return _cube(answer, plan, centres), units.sql(asked)


def prepared(table: Any, plan: Plan) -> Any:
    """The table with arms as text and numbers as float64; with clusters, one row a cluster.

    Raises:
        InputError: for a column without numbers.
    """
    numbers = {name: _number(table, name) for name in plan.columns}
    keys = {name: table[name] for name in plan.dimensions}
    made = table.select(
        **{ARM: table[plan.arm].cast("string")},
        **{f"d_{name}": column for name, column in keys.items()},
        **{f"x_{name}": column for name, column in numbers.items()},
        **({"cluster": table[plan.cluster]} if plan.cluster else {}),
    ).filter(lambda t: t[ARM].notnull())
    if not plan.cluster:
        return made
    known = _known(made, plan.columns)
    grouped = made.group_by([ARM, "cluster", *(f"d_{name}" for name in plan.dimensions)])
    sums = {f"x_{name}": made[f"x_{name}"].sum(where=known) for name in plan.columns}
    counts = {UNITS: made.count(where=known), ROWS: made.count()}
    return grouped.agg(**sums, **{f"x_{name}": count.cast("float64") for name, count in counts.items()})


def _number(table: Any, name: str) -> Any:
    column = table[name]
    if not (column.type().is_numeric() or column.type().is_boolean()):
        raise InputError(
            f"Column {name!r} holds {column.type()} values, not numbers.",
            "Name a numeric column, or convert it first.",
        )
    if column.type().is_boolean():
        column = column.cast("int8")
    return column.cast("float64")


def _clustered(plan: Plan) -> Plan:
    """With clusters a mean is the ratio of the clusters' sums to their units."""
    if not plan.cluster:
        return plan
    made = []
    for item in plan.measures:
        terms = [(top, bottom or UNITS) for top, bottom in item.terms]
        made.append(Measure(item.name, terms[0], tuple(terms[1:]), item.q))
    return Plan(tuple(made), plan.arm, plan.dimensions, plan.cluster)


def _centres(units: Units, table: Any, columns: Sequence[str]) -> dict[str, float]:
    """A rough centre of each column: the mean of the first rows."""
    import numpy as np

    rows = units.run(table.select(*(f"x_{name}" for name in columns)).limit(_SAMPLE))
    found = {}
    for name in columns:
        values = rows[f"x_{name}"].to_numpy()
        values = values[np.isfinite(values)]
        found[name] = float(values.mean()) if len(values) else 0.0
    return found


def expression(table: Any, plan: Plan, centres: Mapping[str, float], clean: bool) -> Any:
    """The one query: sums of every measure by arm and dimension.

    Args:
        table: As `prepared` made it.
        plan: What is fetched.
        centres: Column → what to subtract.
        clean: Whether each measure leaves out units with missing values; else all are assumed known.
    """
    import ibis

    shifted = {name: table[f"x_{name}"] - ibis.literal(centres[name], "float64") for name in plan.columns}
    sums: dict[str, Any] = {"rows": table.count()}
    if plan.cluster:
        sums["units"] = table[f"x_{ROWS}"].sum()
    for at, item in enumerate(plan.measures):
        known = _known(table, item.columns) if clean else None
        sums |= _sums(table, at if clean else None, item, shifted, known)
    keys = [ARM, *(f"d_{name}" for name in plan.dimensions)]
    return table.group_by(keys).agg(**sums)


def _known(table: Any, columns: Sequence[str]) -> Any:
    """Whether a unit knows every one of these columns."""
    found = None
    for name in columns:
        column = table[f"x_{name}"]
        good = column.notnull() & ~column.isnan()
        found = good if found is None else found & good
    return found


def _sums(
    table: Any, at: int | None, item: Measure, shifted: Mapping[str, Any], known: Any
) -> dict[str, Any]:
    """Named sums of one measure; without `at` those of all measures have the same names and merge."""
    prefix = "" if at is None else f"m{at}_"
    found = {f"{prefix}s_{name}": shifted[name].sum(where=known) for name in item.columns}
    for left, right in itertools.combinations_with_replacement(item.columns, 2):
        found[f"{prefix}p_{left}|{right}"] = (shifted[left] * shifted[right]).sum(where=known)
    for name in item.columns:
        found[f"{prefix}c_{name}"] = table[f"x_{name}"].count(where=known)
    if item.is_mean:
        top = table[f"x_{item.term[0]}"]
        found[f"{prefix}lo_{item.term[0]}"] = top.min(where=known)
        found[f"{prefix}hi_{item.term[0]}"] = top.max(where=known)
    return found


def _lossy(answer: pa.Table, plan: Plan, centres: Mapping[str, float]) -> bool:
    """Whether values are missing, or a centre is too far from a cell's mean for its variance."""
    import numpy as np

    rows = answer["rows"].to_numpy()
    if plan.columns and not len(rows):
        raise QuestionError("There are no units in any arm.", "Check the table and the column of the arms.")
    for name in plan.columns:
        if (answer[f"c_{name}"].to_numpy() != rows).any():
            return True
        sums = answer[f"s_{name}"].to_numpy().astype(float)
        squares = answer[f"p_{name}|{name}"].to_numpy().astype(float)
        with np.errstate(all="ignore"):
            mean = sums / rows
            far = mean**2 > _FAR**2 * np.maximum(squares / rows - mean**2, 0.0)
        if (
            not np.isfinite(sums).all()
            or (far & (np.abs(mean) > 1e-9 * abs(centres[name])) & (rows > 1)).any()
        ):
            return True
    return False


def _better(answer: pa.Table, plan: Plan, centres: Mapping[str, float]) -> dict[str, float]:
    """The mean of all that was known in the first pass."""
    import numpy as np

    found = {}
    for name in plan.columns:
        known = answer[f"c_{name}"].to_numpy().sum()
        total = np.nansum(answer[f"s_{name}"].to_numpy().astype(float))
        mean = centres[name] + total / max(known, 1)
        found[name] = float(mean) if np.isfinite(mean) else centres[name]
    return found


def _cube(answer: pa.Table, plan: Plan, centres: Mapping[str, float]) -> Cube:
    dimensions = {ARM: _dimension(answer[ARM])}
    dimensions |= {name: _dimension(answer[f"d_{name}"]) for name in plan.dimensions}
    rows = answer["rows"].to_numpy().astype(float)
    counted = answer["units"].to_numpy().astype(float) if plan.cluster else rows
    clean = any(name.startswith("m0_") for name in answer.column_names)
    moments = {
        item.name: _moments(answer, f"m{at}_" if clean else "", item, centres)
        for at, item in enumerate(plan.measures)
    }
    for item in plan.measures:
        _check(item, moments[item.name])
    return Cube(dimensions, counted, rows, plan.measures, moments)


def _moments(answer: pa.Table, prefix: str, item: Measure, centres: Mapping[str, float]) -> Moments:
    import numpy as np

    def column(name: str) -> np.ndarray:
        return np.asarray(answer[prefix + name].to_numpy(), float)

    names = item.columns
    sums = np.nan_to_num(np.stack([column(f"s_{name}") for name in names], -1), nan=0.0, posinf=np.inf)
    products = np.zeros((*sums.shape, len(names)))
    for left, right in itertools.combinations_with_replacement(range(len(names)), 2):
        values = np.nan_to_num(column(f"p_{names[left]}|{names[right]}"), nan=0.0, posinf=np.inf)
        products[:, left, right] = products[:, right, left] = values
    n = column(f"c_{names[0]}")
    blank = np.full(len(n), np.nan)
    low = column(f"lo_{item.term[0]}") if item.is_mean else blank
    high = column(f"hi_{item.term[0]}") if item.is_mean else blank
    return Moments(n, sums, products, np.array([centres[name] for name in names]), low, high)


def _check(item: Measure, moments: Moments) -> None:
    import numpy as np

    if not (np.isfinite(moments.sums).all() and np.isfinite(moments.products).all()):
        raise InputError(
            f"{item.name} holds infinite values, or values too large to square.",
            "Remove them, or divide by a constant first.",
        )


def _dimension(column: pa.ChunkedArray) -> Dimension:
    import numpy as np

    values = column.to_pylist()
    members = sorted(set(values), key=lambda value: (value is None, str(value)))
    place = {member: at for at, member in enumerate(members)}
    return Dimension(tuple(members), np.array([place[value] for value in values], np.int64))
