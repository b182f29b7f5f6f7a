"""What is let in: one row a unit, each unit in one arm, amounts in one currency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.compare.cube import Cube
from workbench.compare.measures import Measure
from workbench.compare.options import Options
from workbench.compare.units import ID_COLUMNS, Units, present, units
from workbench.errors import QuestionError, unknown
from workbench.store.part import part_of


def admitted(data: Any, asked: Sequence[Measure], variant: str, dims: Sequence[str], made: Options) -> Units:
    """The units of a store's experiment or of a frame.

    Raises:
        QuestionError: for a unit that is in two arms or there twice, or amounts in several currencies.
    """
    from workbench.compare import assigned
    from workbench.store.store import Store

    needed = tuple(dict.fromkeys(column for item in asked for column in item.columns))
    if isinstance(data, Store):
        return assigned.units(data, needed, dims, made)
    there = present(part_of(data, made.segment))
    identity = made.unit or next((column for column in ID_COLUMNS if column in there), None)
    extra = (identity, made.cluster, "currency" if "currency" in there else None)
    wanted = (*needed, variant, *dims, *(column for column in extra if column))
    found = units(data, tuple(dict.fromkeys(wanted)))
    if made.cluster:
        _check_clusters(found, made.cluster, variant)
    elif identity:
        _check_units(found, identity, variant)
    return _in_one_currency(found) if "currency" in there else found


def check_arms(cube: Cube, control: Any, variant: str) -> str:
    """The control as the arms write it: `False` is `false`, `0` is `0.0`.

    Raises:
        QuestionError: for fewer than two arms, or a control that is none of them.
    """
    arms = cube.arms
    if len(arms) < 2:
        raise QuestionError(
            f"There is only one arm, {arms[0]!r}: nothing to compare it with.",
            f"Column {variant!r} must name at least two arms.",
        )
    found = arm_named(control, arms)
    if found is None:
        raise unknown("control", str(control), arms, where=f"column {variant}")
    return found


def arm_named(given: Any, arms: Sequence[str]) -> str | None:
    """The arm that a name, number or truth value means; None where there is none."""
    text = str(given)
    if text in arms or (not isinstance(given, bool | int | float) and not hasattr(given, "dtype")):
        return text if text in arms else None
    try:
        return next((arm for arm in arms if float(arm) == float(given)), None)
    except ValueError:
        return text.lower() if text.lower() in arms else None


def _check_units(found: Units, identity: str, variant: str) -> None:
    """Each unit once, in one arm."""
    table = found.table.select(identity=found.table[identity], arm=found.table[variant].cast("string"))
    each = table.group_by("identity").agg(rows=table.count(), arms=table.arm.nunique())
    total = each.agg(twice=(each.rows > 1).sum(), both=(each.arms > 1).sum())
    row = {key: value or 0 for key, value in found.run(total).to_pylist()[0].items()}
    if row["both"]:
        raise QuestionError(
            f"Overlapping assignments: {row['both']:,} values of {identity!r} are in more than one arm.",
            "Leave these units out, or compare by the unit that was randomised (cluster=…).",
        )
    if row["twice"]:
        raise QuestionError(
            f"{row['twice']:,} values of {identity!r} have more than one row.",
            f"Sum them to one row a unit, or pass cluster={identity!r} where the rows are parts of a unit.",
        )


def _check_clusters(found: Units, cluster: str, variant: str) -> None:
    table = found.table.select(cluster=found.table[cluster], arm=found.table[variant].cast("string"))
    each = table.group_by("cluster").agg(arms=table.arm.nunique())
    both = found.run(each.agg(both=(each.arms > 1).sum())).to_pylist()[0]["both"] or 0
    if both:
        raise QuestionError(
            f"Overlapping assignments: {both:,} clusters of {cluster!r} are in more than one arm.",
            "The cluster is the unit that was randomised: each belongs to one arm.",
        )


def _in_one_currency(found: Units) -> Units:
    codes = found.run(found.table.select("currency").distinct())["currency"].to_pylist()
    known = sorted({str(code) for code in codes if code})
    if len(known) > 1:
        raise QuestionError(
            f"Unequal units: the amounts are in {', '.join(known[:5])}.",
            "Convert them to one currency first, or keep the rows of one.",
            "column currency",
        )
    return found.with_(currency=known[0]) if known else found
