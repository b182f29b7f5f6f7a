"""Group budgets as people write them, and as levels that the search takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown
from workbench.solvers.checks import spends, whole
from workbench.solvers.groups import Level
from workbench.solvers.search import Sums

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Rule:
    """The budget of one group: at least and at most, the group around it, itself and all groups inside."""

    least: float
    most: float
    parent: str | None
    depth: int
    inside: frozenset[str]

    def holds(self, table: pd.DataFrame) -> Any:
        """Which cells are inside."""
        return table["group"].isin(self.inside).to_numpy()


def rules(table: pd.DataFrame, groups: Any) -> dict[str, Rule]:
    """Read `groups`: name → most, (least, most) or {min, max, parent}; or a frame with these columns."""
    written = _written(groups)
    if not written:
        return {}
    if "group" not in table:
        raise QuestionError("The curves have no column 'group'.", "Name the group of each cell there.")
    known = set(table["group"].dropna())
    for name, (least, most, parent) in written.items():
        if parent is not None and parent not in written:
            raise unknown("group", parent, written)
        if least > most:
            raise QuestionError(
                f"Group {name!r} has a least of {least:g} above its most of {most:g}.",
                "Swap or correct them.",
            )
        if not _inside(name, written) & known:
            raise unknown("group", name, known)
    return {
        name: Rule(least, most, parent, _depth(name, written), _inside(name, written))
        for name, (least, most, parent) in written.items()
    }


def _written(groups: Any) -> dict[str, tuple[float, float, str | None]]:
    if groups is None:
        return {}
    if isinstance(groups, Mapping):
        return {str(name): _rule(str(name), rule) for name, rule in groups.items()}
    frame = whole(groups)
    if "group" not in frame or frame["group"].duplicated().any():
        raise QuestionError(
            "The groups need a column 'group' that names each once.",
            "Give columns group, min, max and parent.",
        )
    return {str(row["group"]): _rule(str(row["group"]), row) for row in frame.to_dict("records")}


def _rule(name: str, rule: Any) -> tuple[float, float, str | None]:
    least: Any = 0.0
    most: Any = rule
    parent: Any = None
    if isinstance(rule, Mapping):
        least, most, parent = rule.get("min", 0.0), rule.get("max", np.inf), rule.get("parent")
    elif isinstance(rule, (tuple, list)) and len(rule) == 2:
        least, most = rule
    # a frame has blanks where a group has no such bound
    least, most = (0.0 if _blank(least) else least), (np.inf if _blank(most) else most)
    parent = parent if isinstance(parent, str) and parent else None
    return spends(f"least of group {name!r}", least), spends(f"most of group {name!r}", most), parent


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _depth(name: str, written: Mapping[str, tuple[float, float, str | None]]) -> int:
    depth, above = 0, written[name][2]
    while above is not None:
        depth, above = depth + 1, written[above][2]
        if depth > len(written):
            raise QuestionError(f"Group {name!r} is inside itself.", "Correct its parent.")
    return depth


def _inside(name: str, written: Mapping[str, tuple[float, float, str | None]]) -> frozenset[str]:
    _depth(name, written)
    found = {name}
    for other in written:
        above: str | None = other
        for _ in written:
            if above == name:
                found.add(other)
            above = written[above][2] if above is not None else None
    return frozenset(found)


def levels(group: Any, found: Mapping[str, Rule], money: float) -> tuple[Level, ...]:
    """Levels of groups that can bind, innermost first.

    Args:
        group: Group of each cell, in the problem's order.
        found: The rules.
        money: Currency units in one unit of the problem.
    """
    made = []
    for depth in sorted({rule.depth for rule in found.values()}, reverse=True):
        names = [name for name, rule in found.items() if rule.depth == depth]
        node = np.full(len(group), len(names))
        for index, name in enumerate(names):
            node[np.isin(group.astype(object), list(found[name].inside))] = index
        least, most = (
            np.array([getattr(found[name], side) for name in names]) / money for side in ("least", "most")
        )
        made.append(Level(tuple(names), Sums(node, len(names)), least, most))
    return tuple(made)
