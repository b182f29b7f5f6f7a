"""Which header becomes which canonical column, which conversion column is the goal, what splits rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.errors import InputError, unknown
from workbench.sources.profile import (
    COUNTS,
    GENERIC,
    METRICS,
    MONEY,
    OUTCOMES,
    SUMMED,
    TEXTS,
    TIMES,
    Goal,
    Profile,
    Variant,
)
from workbench.sources.recognise import Match
from workbench.sources.words import PLUS, Headers, heading, normal, terms

SPLITS = ("region", "device", "audience", "placement")
"""Dimensions that split an ad object's rows wherever they are mapped."""

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


@dataclass(frozen=True)
class Split:
    """One column that splits rows: its breakdown name, header, canonical dimension and value map."""

    name: str
    header: str
    to: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """How one file is read.

    Attributes:
        profile, variant: The kind of file.
        columns: Canonical column → header (dimensions, times, delivery facts, reach).
        units: `cost` and `revenue` → money unit; absent: as the header says, else units.
        goals: Conversion columns, the goal first where there is one.
        splits: Columns that split rows.
        unused: Headers that nothing was taken from.
        confidence: 0 to 1.
        chosen: Whether the user or the platform's default chose the goal.
        goal_label: Label of the goal, where the user chose one and a column says what rows count.
    """

    profile: Profile
    variant: Variant
    columns: Mapping[str, str]
    units: Mapping[str, str]
    goals: tuple[GoalColumn, ...]
    splits: tuple[Split, ...]
    unused: tuple[str, ...]
    confidence: float
    chosen: bool = True
    goal_label: str | None = None

    @property
    def mapping(self) -> dict[str, str]:
        """Canonical column → header, as a mapping that gives the same layout."""
        found = dict(self.columns)
        for split in self.splits:
            if split.to:
                found.setdefault(split.to, split.header)
        if goal := self.goal:
            named = {"conversions": goal.count, "revenue": goal.value, "goal": goal.label}
            found |= {name: header for name, header in named.items() if header}
        return found

    @property
    def goal(self) -> GoalColumn | None:
        """The goal that answers count."""
        return self.goals[0] if self.goals and self.goals[0].is_goal else None

    def used(self) -> set[str]:
        """Headers that something is taken from; for a sum its terms too."""
        goals = {header for goal in self.goals for header in (goal.count, goal.value, goal.label) if header}
        named = {*self.columns.values(), *goals, *(split.header for split in self.splits)}
        return named | {term for header in named for term in terms(header)}


@dataclass(frozen=True)
class MappingSuggestion:
    """What a file's headers most likely mean.

    Attributes:
        source: Source id of the recognised platform, or `generic`.
        rows: One entry a header: header, column (empty: not used), confidence, samples, alternatives.
    """

    source: str
    rows: tuple[Suggested, ...]

    @property
    def mapping(self) -> dict[str, str]:
        """Canonical column → header, to confirm or correct and give to `load`."""
        found: dict[str, str] = {}
        for row in sorted(self.rows, key=lambda row: -row.confidence):
            if row.column:
                found.setdefault(row.column, row.header)
        return found

    def to_frame(self) -> object:
        """The rows as a DataFrame."""
        import pandas as pd

        return pd.DataFrame([vars(row) for row in self.rows])

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Suggested:
    """One header's likely meaning."""

    header: str
    column: str
    confidence: float
    samples: tuple[str, ...]
    alternatives: tuple[str, ...]


def layout(
    headers: Sequence[str],
    match: Match,
    mapping: Mapping[str, str] | None = None,
    goal: str | None = None,
    unit: str | None = None,
) -> Layout:
    """Lay a file's headers out.

    Args:
        headers: As the file writes them.
        match: The recognised kind of file.
        mapping: Canonical column → header; with a date and a metric exactly these columns of a
            generic file are read, else they go over the profile's own.
        goal: Name or header of the conversion column that is the goal.
        unit: Money unit of amounts whose header does not say one.

    Raises:
        InputError: for a header the file does not have, or a goal it does not have.
    """
    file = Headers(headers)
    given = {name: _header(header, file, name) for name, header in (mapping or {}).items()}
    alone = match.profile.id == GENERIC and is_whole(given)
    taken = _taken(given.values())
    columns = {
        name: header for name, header in given.items() if name in (*TIMES, *TEXTS, *COUNTS, "cost", "reach")
    }
    columns |= {"attribution_window": given["attribution_window"]} if "attribution_window" in given else {}
    if not alone:
        columns = _profile_columns(match, file, taken) | columns
    taken |= _taken(columns.values())
    splits = _splits(match.profile, file, taken, given, alone)
    taken |= {split.header for split in splits}
    goals = _given_goals(given) + (() if alone else _profile_goals(match, file, taken))
    units = dict.fromkeys(MONEY, unit) if unit else _units(match.variant, given)
    for name in SPLITS:
        columns.pop(name, None)
    plain = Layout(match.profile, match.variant, columns, units, goals, splits, (), 0.0)
    made = _with_goal(plain, file, goal)
    ignored = {normal(text) for text in match.profile.ignore}
    unused = tuple(h for h in file.names if h.strip() and h not in made.used() and normal(h) not in ignored)
    return replace(made, unused=unused, confidence=_confidence(match, made, file, bool(given)))


def _taken(headers: Iterable[str]) -> set[str]:
    return {term for header in headers for term in (header, *terms(header))}


def _header(text: str, file: Headers, column: str) -> str:
    if text in file.names:
        return text
    found = file.find([text])
    if found is None or (PLUS in found and found not in file.names and column not in SUMMED):
        names = [name for name in file.names if name.strip()]
        raise unknown("header", text, names, InputError, f"mapping of {column!r}")
    return found


def _profile_columns(match: Match, file: Headers, taken: set[str]) -> dict[str, str]:
    """The profile's columns that the file has; a header is taken once."""
    profile, variant = match.profile, match.variant
    free = Headers([header if header not in taken else "" for header in file.names])
    found: dict[str, str] = {}
    for name in {**profile.columns, **variant.columns}:
        header = free.find(profile.spellings(variant, name))
        if header is not None and not _taken([header]) & _taken(found.values()):
            found[name] = header
    return found


def _splits(
    profile: Profile, file: Headers, taken: set[str], given: Mapping[str, str], alone: bool
) -> tuple[Split, ...]:
    """The columns that split rows: those of the mapping, then the profile's others."""
    values = {split.to: split.values for split in profile.breakdowns if split.to}
    found = [Split(name, given[name], name, values.get(name, {})) for name in SPLITS if name in given]
    if alone:
        return tuple(found)
    seen = taken | {split.header for split in found}
    for split in profile.breakdowns:
        header = file.find(split.headers)
        if header is not None and header not in seen and split.to not in given:
            found.append(Split(split.name, header, split.to, split.values))
            seen.add(header)
    return tuple(found)


def _given_goals(given: Mapping[str, str]) -> tuple[GoalColumn, ...]:
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


def _profile_goals(match: Match, file: Headers, taken: set[str]) -> tuple[GoalColumn, ...]:
    free = Headers([header if header not in taken else "" for header in file.names])
    found: list[GoalColumn] = []
    seen: set[str] = set()
    for goal in match.profile.goals_of(match.variant):
        count, value = free.find(goal.headers), free.find(goal.value)
        count, value = (
            header if header and not _taken([header]) & seen else None for header in (count, value)
        )
        if count or value:
            found.append(_goal_column(goal, count, value, free.find(goal.labels)))
            seen |= _taken(header for header in (count, value) if header)
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


def _units(variant: Variant, given: Mapping[str, str]) -> dict[str, str]:
    """Money units of the kind of file; a column the user maps is read as its header says."""
    return {name: unit for name, unit in variant.units.items() if name in MONEY and name not in given}


def money_unit(header: str, declared: str | None) -> str:
    """Unit of a money column: what its header says, else the profile, else currency units."""
    return next((unit for term in terms(header) if (unit := heading(term).unit)), declared or "units")


def _with_goal(plain: Layout, file: Headers, goal: str | None) -> Layout:
    """The layout with its goal chosen and put first."""
    goals = plain.goals
    if goal is None:
        chosen = plain.profile.id != GENERIC or len(goals) < 2
        first = next((place for place, item in enumerate(goals) if not item.aside), None)
        return replace(plain, goals=goals if first is None else _first(goals, first), chosen=chosen)
    names = {index: {normal(g.name), normal(g.count or g.name)} for index, g in enumerate(goals)}
    index = next((index for index, words in names.items() if normal(goal) in words), None)
    if index is not None:
        return replace(plain, goals=_first(goals, index))
    if any(g.label for g in goals):
        return replace(
            plain, goals=_first(goals, next(i for i, g in enumerate(goals) if g.label)), goal_label=goal
        )
    header = file.find([goal])
    if header is None or header in plain.columns.values():
        raise unknown("goal", goal, [g.name for g in goals], InputError)
    return replace(
        plain, goals=_first((*goals, GoalColumn(header, header, kind=kind_of(header))), len(goals))
    )


def _first(goals: tuple[GoalColumn, ...], index: int) -> tuple[GoalColumn, ...]:
    others = [goal for place, goal in enumerate(goals) if place != index]
    return (replace(goals[index], is_goal=True), *others)


def _confidence(match: Match, made: Layout, file: Headers, given: bool) -> float:
    if given:
        return 1.0
    if match.profile.id != GENERIC:
        return round(match.score, 2)
    named = [header for header in file.names if header.strip()]
    share = 1 - len(made.unused) / len(named) if named else 0.0
    return round(0.4 + 0.5 * share, 2)


def is_whole(mapping: Mapping[str, str] | None) -> bool:
    """Whether a mapping says everything that is needed by itself: the date and a metric."""
    names = set(mapping or ())
    return "local_date" in names and bool(names & set(METRICS))


def lacking(made: Layout) -> str:
    """What a layout lacks to be a report: `metric`, `local_date`, or nothing."""
    counted = any(not goal.aside for goal in made.goals)
    if not counted and not any(name in made.columns for name in METRICS):
        return "metric"
    return "" if "local_date" in made.columns else "local_date"
