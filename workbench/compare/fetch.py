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
    asked = expression(table, plan, centres)
    answer = units.run(asked)
    if not answer.num_rows:
        raise QuestionError("There are no units in any arm.", "Check the table and the column of the arms.")
    if clean := _misses(answer, plan):
        asked = expression(table, plan, centres, clean)
        answer = units.run(asked)
    cube = _cube(answer, plan, centres)
    if _is_far(cube, centres):
        asked = expression(_centred(table, plan), plan, None, clean)
        cube = _cube(units.run(asked), plan, None)
    return cube, units.sql(asked)


def prepared(table: Any, plan: Plan, beside: str | None = None) -> Any:
    """The table with arms as text and numbers as float64; with clusters, one row a cluster.

    Args:
        table: The units.
        plan: What is fetched.
        beside: Column of clusters that stands beside every row as `cluster`, for ranks need the rows.

    Raises:
        InputError: for a column without numbers.
    """
    numbers = {name: _number(table, name) for name in plan.columns}
    keys = {name: table[name] for name in plan.dimensions}
    made = table.select(
        **{ARM: _arm(table[plan.arm])},
        **{f"d_{name}": column for name, column in keys.items()},
        **{f"x_{name}": column for name, column in numbers.items()},
        **({"cluster": table[plan.cluster or beside]} if plan.cluster or beside else {}),
    ).filter(lambda t: t[ARM].notnull())
    if not plan.cluster:
        return made
    known = _known(made, plan.columns)
    grouped = made.group_by([ARM, "cluster", *(f"d_{name}" for name in plan.dimensions)])
    sums = {f"x_{name}": made[f"x_{name}"].sum(where=known) for name in plan.columns}
    counts = {UNITS: made.count(where=known), ROWS: made.count()}
    return grouped.agg(**sums, **{f"x_{name}": count.cast("float64") for name, count in counts.items()})


def _arm(column: Any) -> Any:
    """The arm as text; whole numbers without the `.0` that a gap in the column lends them."""
    text = column.cast("string")
    if not column.type().is_floating():
        return text
    known = column.notnull() & ~column.isnan()
    whole = known & (column == column.floor()) & (column.abs() < 1e15)
    return whole.ifelse(whole.ifelse(column, 0.0).cast("int64").cast("string"), known.ifelse(text, None))


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

    if not columns:
        return {}
    rows = units.run(table.select(*(f"x_{name}" for name in columns)).limit(_SAMPLE))
    found = {}
    for name in columns:
        values = rows[f"x_{name}"].to_numpy()
        values = values[np.isfinite(values)]
        found[name] = float(values.mean()) if len(values) else 0.0
    return found


def expression(table: Any, plan: Plan, centres: Mapping[str, float] | None, clean: bool = False) -> Any:
    """The one query: sums of every measure by arm and dimension.

    Args:
        table: As `prepared` made it.
        plan: What is fetched.
        centres: Column → what to subtract; None: the columns that `_centred` added.
        clean: Whether each measure leaves out units with missing values; else all are assumed known.
    """
    import ibis

    def centre(name: str) -> Any:
        return table[f"a_{name}"] if centres is None else ibis.literal(centres[name], "float64")

    shifted = {name: table[f"x_{name}"] - centre(name) for name in plan.columns}
    sums: dict[str, Any] = {"rows": table.count()}
    if plan.cluster:
        sums["units"] = table[f"x_{ROWS}"].sum()
    if centres is None:
        sums |= {f"a_{name}": table[f"a_{name}"].max() for name in plan.columns}
    for at, item in enumerate(plan.measures):
        known = _known(table, item.columns) if clean else None
        sums |= _sums(table, f"m{at}_" if clean else "", item, shifted, known)
    return table.group_by(_keys(plan)).agg(**sums)


def _keys(plan: Plan) -> list[str]:
    return [ARM, *(f"d_{name}" for name in plan.dimensions)]


def _centred(table: Any, plan: Plan) -> Any:
    """The table with the mean of each column in each cell, which costs a window over the rows."""
    means = {
        f"a_{name}": table[f"x_{name}"].mean(where=~table[f"x_{name}"].isnan()).over(group_by=_keys(plan))
        for name in plan.columns
    }
    return table.mutate(**means)


def _known(table: Any, columns: Sequence[str]) -> Any:
    """Whether a unit knows every one of these columns."""
    found = None
    for name in columns:
        column = table[f"x_{name}"]
        good = column.notnull() & ~column.isnan()
        found = good if found is None else found & good
    return found


def _sums(table: Any, prefix: str, item: Measure, shifted: Mapping[str, Any], known: Any) -> dict[str, Any]:
    """Named sums of one measure; without a prefix those of all measures have the same names and merge."""
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


def _misses(answer: pa.Table, plan: Plan) -> bool:
    """Whether a column has missing values."""
    import numpy as np

    rows = answer["rows"].to_numpy()
    return any(
        (answer[f"c_{name}"].to_numpy() != rows).any()
        or np.isnan(answer[f"s_{name}"].to_numpy().astype(float)).any()
        for name in plan.columns
    )


def _is_far(cube: Cube, centres: Mapping[str, float]) -> bool:
    """Whether a centre is so far from a cell's mean that the cell's variance has lost digits."""
    import numpy as np

    for item in cube.measures:
        moments = cube.moments[item.name]
        for at, name in enumerate(item.columns):
            with np.errstate(all="ignore"):
                sd = np.sqrt(np.maximum(moments.spread[:, at, at], 0.0) / moments.n)
            gap = np.abs(moments.means[:, at] - centres[name])
            alike = gap <= 1e-9 * abs(centres[name])  # the values hold no more digits than that
            if ((gap > _FAR * sd) & ~alike & (moments.n > 1)).any():
                return True
    return False


def _cube(answer: pa.Table, plan: Plan, centres: Mapping[str, float] | None) -> Cube:
    dimensions = {ARM: _dimension(answer[ARM])}
    dimensions |= {name: _dimension(answer[f"d_{name}"]) for name in plan.dimensions}
    rows = answer["rows"].to_numpy().astype(float)
    counted = answer["units"].to_numpy().astype(float) if plan.cluster else rows
    clean = any(name.startswith("m0_") for name in answer.column_names)
    moments = {
        item.name: _moments(answer, f"m{at}_" if clean else "", item, centres)
        for at, item in enumerate(plan.measures)
    }
    return Cube(dimensions, counted, rows, plan.measures, moments)


def _moments(answer: pa.Table, prefix: str, item: Measure, centres: Mapping[str, float] | None) -> Moments:
    import numpy as np

    def column(name: str) -> np.ndarray:
        return np.asarray(answer[name].to_numpy(), float)

    names = item.columns
    sums = np.nan_to_num(np.stack([column(f"{prefix}s_{name}") for name in names], -1), posinf=np.inf)
    products = np.zeros((*sums.shape, len(names)))
    for left, right in itertools.combinations_with_replacement(range(len(names)), 2):
        values = np.nan_to_num(column(f"{prefix}p_{names[left]}|{names[right]}"), posinf=np.inf)
        products[:, left, right] = products[:, right, left] = values
    _check(item, sums, products)
    n = column(f"{prefix}c_{names[0]}")
    centre = np.stack(
        [column(f"a_{x}") if centres is None else np.full(len(n), centres[x]) for x in names], -1
    )
    offset = sums / np.maximum(n, 1)[:, None]
    spread = products - sums[:, :, None] * offset[:, None, :]
    blank = np.full(len(n), np.nan)
    low, high = (column(f"{prefix}{end}_{item.term[0]}") if item.is_mean else blank for end in ("lo", "hi"))
    return Moments(n, np.nan_to_num(centre) + offset, spread, low, high)


def _check(item: Measure, sums: np.ndarray, products: np.ndarray) -> None:
    import numpy as np

    if not (np.isfinite(sums).all() and np.isfinite(products).all()):
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
