"""Conversion columns of one file: what they count, and which of them is the goal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from workbench.sources.profile import OUTCOMES, Goal
from workbench.sources.recognise import Match
from workbench.sources.words import Headers, normal, taken_by

_KINDS = {
    "order": ("order", "purchase", "sale", "订单", "下单", "成交", "购买", "购物", "付费"),
    "new_customer": ("new customer", "新客"),
    "lead": ("lead", "form", "线索", "表单"),
    "sign_up": ("sign up", "signup", "registration", "注册"),
    "download": ("download", "install", "下载", "激活", "安装"),
}


@dataclass(frozen=True)
class GoalColumn:
    """One conversion column of one file.

    Attributes:
        name: Goal name.
        count, value: Headers of the count and of its value; at least one is there.
        label: Header of a column that says what each row counts.
        kind, time_basis, window: See `profile.Goal`.
        is_goal: Whether this is the goal that answers count.
        aside: Whether it counts no conversion at all.
    """

    name: str
    count: str | None
    value: str | None = None
    label: str | None = None
    kind: str = "other"
    time_basis: str = "unknown"
    window: str = ""
    is_goal: bool = False
    aside: bool = False


def given_goals(given: Mapping[str, str]) -> tuple[GoalColumn, ...]:
    """The conversion columns of a mapping."""
    goals = []
    if "conversions" in given or "revenue" in given:
        count, value = given.get("conversions"), given.get("revenue")
        name = count or value or ""
        goals.append(GoalColumn(name, count, value, given.get("goal"), kind_of(name)))
    for column, kind in OUTCOMES.items():
        if column in given:
            goals.append(GoalColumn(given[column], given[column], kind=kind))
    return tuple(goals)


def kind_of(name: str) -> str:
    """The kind of conversion that a goal's name says."""
    text = normal(name).replace("-", " ")
    return next((kind for kind, words in _KINDS.items() if any(word in text for word in words)), "other")


def profile_goals(match: Match, file: Headers, taken: set[str]) -> tuple[GoalColumn, ...]:
    """The profile's conversion columns that the file has and nothing else took."""
    free = Headers([header if header not in taken else "" for header in file.names])
    found: list[GoalColumn] = []
    seen: set[str] = set()
    for goal in match.profile.goals_of(match.variant):
        count, value = free.find(goal.headers), free.find(goal.value)
        count, value = (
            header if header and not taken_by([header]) & seen else None for header in (count, value)
        )
        if count or value:
            found.append(_goal_column(goal, count, value, free.find(goal.labels)))
            seen |= taken_by(header for header in (count, value) if header)
    return _value_alone(found)


def _goal_column(goal: Goal, count: str | None, value: str | None, label: str | None) -> GoalColumn:
    return GoalColumn(
        goal.name, count, value, label, goal.kind, goal.time_basis, goal.window, aside=goal.aside
    )


def _value_alone(goals: list[GoalColumn]) -> tuple[GoalColumn, ...]:
    """A value without its count belongs to the only counted goal, where there is just one."""
    counted = [goal for goal in goals if goal.count and not goal.aside]
    loose = [goal for goal in goals if not goal.count]
    if len(counted) == 1 and len(loose) == 1 and counted[0].value is None:
        goals = [goal for goal in goals if goal not in (counted[0], loose[0])]
        goals.insert(0, replace(counted[0], value=loose[0].value))
    return tuple(sorted(goals, key=lambda goal: (goal.aside, goal.count is None)))


def first(goals: tuple[GoalColumn, ...], index: int) -> tuple[GoalColumn, ...]:
    """The columns with one of them as the goal, at their head."""
    others = [goal for place, goal in enumerate(goals) if place != index]
    return (replace(goals[index], is_goal=True), *others)
