"""Which header becomes which canonical column, which conversion column is the goal, what splits rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.errors import InputError, unknown
from workbench.sources.goals import GoalColumn, first, given_goals, kind_of, profile_goals
from workbench.sources.profile import (
    COUNTS,
    GENERIC,
    METRICS,
    MONEY,
    SUMMED,
    TEXTS,
    TIMES,
    Profile,
    Variant,
)
from workbench.sources.recognise import Match
from workbench.sources.words import PLUS, Headers, heading, normal, taken_by, terms

SPLITS = ("region", "device", "audience", "placement")
"""Dimensions that split an ad object's rows wherever they are mapped."""


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
    taken = taken_by(given.values())
    columns = {
        name: header for name, header in given.items() if name in (*TIMES, *TEXTS, *COUNTS, "cost", "reach")
    }
    columns |= {"attribution_window": given["attribution_window"]} if "attribution_window" in given else {}
    if not alone:
        columns = _profile_columns(match, file, taken) | columns
    taken |= taken_by(columns.values())
    splits = _splits(match.profile, file, taken, given, alone)
    taken |= {split.header for split in splits}
    goals = given_goals(given) + (() if alone else profile_goals(match, file, taken))
    units = dict.fromkeys(MONEY, unit) if unit else _units(match.variant, given)
    for name in SPLITS:
        columns.pop(name, None)
    plain = Layout(match.profile, match.variant, columns, units, goals, splits, (), 0.0)
    made = _with_goal(plain, file, goal)
    ignored = {normal(text) for text in match.profile.ignore}
    unused = tuple(h for h in file.names if h.strip() and h not in made.used() and normal(h) not in ignored)
    return replace(made, unused=unused, confidence=_confidence(match, made, file, bool(given)))


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
        if header is not None and not taken_by([header]) & taken_by(found.values()):
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
        main = next((place for place, item in enumerate(goals) if not item.aside), None)
        return replace(plain, goals=goals if main is None else first(goals, main), chosen=chosen)
    names = {index: {normal(g.name), normal(g.count or g.name)} for index, g in enumerate(goals)}
    index = next((index for index, words in names.items() if normal(goal) in words), None)
    if index is not None:
        return replace(plain, goals=first(goals, index))
    if any(g.label for g in goals):
        return replace(
            plain, goals=first(goals, next(i for i, g in enumerate(goals) if g.label)), goal_label=goal
        )
    header = file.find([goal])
    if header is None or header in plain.columns.values():
        raise unknown("goal", goal, [g.name for g in goals], InputError)
    return replace(plain, goals=first((*goals, GoalColumn(header, header, kind=kind_of(header))), len(goals)))


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
