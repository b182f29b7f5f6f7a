"""What the Campaigns panel shows: metrics, drill path, sort order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import catalogue
from workbench.errors import unknown
from workbench.metrics.dimensions import MEMBERS, MOST, UNKNOWN
from workbench.widgets import proof
from workbench.widgets.period import PeriodState
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, Words, names_of, text_of

CARDS = ("cost", "conversions", "cpa", "roas", "ctr")
LEVELS = ("channel", "campaign", "creative")
MOST_CARDS = 10


def metric(state: State, value: Any) -> str:
    """Check a metric that can be summed over delivery."""
    return catalogue.pick([text_of(value)], state.store.metrics)[0].id


def cards(state: State, value: Any) -> tuple[str, ...]:
    """Check the metrics of cards and table."""
    names = tuple(dict.fromkeys(_list(value)))
    if not 1 <= len(names) <= MOST_CARDS:
        raise StateError(f"{len(names)} metrics do not fit.", f"Choose 1 to {MOST_CARDS} of them.")
    return tuple(item.id for item in catalogue.pick(names, state.store.metrics))


def toggled(names: tuple[str, ...], name: Any) -> tuple[str, ...]:
    """The metrics of the cards with one more, or without it where it is there."""
    return tuple(item for item in names if item != name) if name in names else (*names, name)


def levels(_state: State, value: Any) -> tuple[str, ...]:
    """Check the dimensions of the breakdown, outer first."""
    names = _list(value)
    for name in names:
        if name not in MEMBERS:
            raise unknown("dimension", name, MEMBERS, StateError)
    if not 1 <= len(names) <= MOST or len(set(names)) < len(names):
        raise StateError(
            f"{', '.join(names) or 'Nothing'} is no breakdown.", f"Name 1 to {MOST} dimensions, each once."
        )
    return names


def path(state: CampaignsState, value: Any) -> tuple[str, ...]:
    """Check the members that were opened, one a level."""
    names = names_of(value)
    if len(names) >= len(state.by):
        raise StateError(f"{', '.join(names)} leads below the last level.", f"Levels: {', '.join(state.by)}.")
    for level, name in zip(state.by, names, strict=False):
        known = state.store.members(level)
        if name != UNKNOWN and name not in known:
            raise unknown(level, name, known, StateError)
    return names


def order(state: CampaignsState, value: Any) -> str:
    """Check a column to sort by; a leading `-` sorts the largest first."""
    name = text_of(value)
    allowed = {"name", "change", *state.store.metrics}
    if name.removeprefix("-") not in allowed:
        raise unknown("column", name, allowed, StateError)
    return name


class CampaignsState(PeriodState):
    """State of the Campaigns panel."""

    metric = Setting("cpa", metric, "Metric of the charts.")
    metrics = Words(CARDS, cards, "Metrics of the cards and of the table.")
    by = Words(LEVELS, levels, "Dimensions of the breakdown, outer first.")
    path = Words((), path, "Members opened on the way down, one a level.")
    sort = Setting("-cost", order, "Column the breakdown is sorted by; `-` for the largest first.")
    share = Setting("pie", one_of("kind of share", ("pie", "bar")), "Shares as `pie` or `bar`.")
    rows = Setting(
        "some", one_of("number of rows", ("some", "all")), "`some` or `all` rows of the breakdown."
    )
    proof = proof.setting()

    @property
    def level(self) -> str:
        """The dimension whose members the table lists."""
        return str(self.by[len(self.path)])

    @property
    def where(self) -> Mapping[str, tuple[str, ...]]:
        """Filters and the way down together."""
        return {**self.filters, **{level: (name,) for level, name in zip(self.by, self.path, strict=False)}}

    def comparable(self, *by: str) -> bool:
        """Whether a breakdown by these dimensions can be compared: targets are planned by channel only."""
        return self.compare != "target" or {*by, *self.where} <= {"channel"}

    def update(self, **settings: Any) -> None:
        """Set several settings, or none; another breakdown begins at its top."""
        if "by" in settings and "path" not in settings and _list(settings["by"]) != self.by:
            settings = {"path": (), **settings}
        super().update(**settings)


def _list(value: Any) -> tuple[str, ...]:
    """Names; in text they stand between commas."""
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return names_of(value)
