"""What the Compare panel shows: what is compared, by which ratio, and which two stand head to head."""

from __future__ import annotations

from typing import Any

from workbench import catalogue
from workbench.errors import unknown
from workbench.metrics.dimensions import MEMBERS, UNKNOWN, dimension
from workbench.metrics.question import NOT_ADDITIVE
from workbench.widgets.period import NO_COMPARISON, PeriodState, comparison
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, Words, names_of, text_of

BY = ("campaign", "creative", "channel", "region", "audience", "device", "ad_group", "advertiser", "account")
"""What can be compared, most asked first."""

ALIKE = ("channel", "region", "device", "audience", "hour")
"""Dimensions that like can be compared with like by."""

CORRECTIONS = ("holm", "bh", "none")
AGES = ("0", "3", "7", "14", "final")
"""Ages of the youngest day that counts."""

PAIR = 2


def member_dimension(_state: State, value: Any) -> str:
    """Check what is compared."""
    name = dimension(text_of(value))
    if name not in MEMBERS:
        raise unknown("dimension", name, BY, StateError)
    return name


def ratio(state: State, value: Any) -> str:
    """Check a metric that is a ratio of sums."""
    metric = catalogue.pick([text_of(value)], state.store.metrics)[0]
    if metric.id not in ratios(state):
        raise StateError(
            f"{metric.id!r} says how much there is, not how good it is.",
            f"Allowed: {', '.join(ratios(state))}.",
        )
    return metric.id


def ratios(state: State) -> list[str]:
    """Metrics that can be compared: ratios of sums that add up over rows."""
    margin = state.store.settings.margin
    return [
        metric.id
        for metric in state.store.metrics.values()
        if metric.is_ratio
        and not metric.answered_by
        and not NOT_ADDITIVE & {fact for side in metric.terms(margin) for fact in side}
    ]


def alike(state: CompareState, value: Any) -> tuple[str, ...]:
    """Check the dimensions that make members alike."""
    names = tuple(dict.fromkeys(dimension(name) for name in names_of(value)))
    for name in names:
        if name not in ALIKE:
            raise unknown("dimension", name, ALIKE, StateError)
    return tuple(name for name in names if name != state.by)


def pair(state: CompareState, value: Any) -> tuple[str, ...]:
    """Check the members that stand head to head."""
    names = tuple(dict.fromkeys(names_of(value)))
    known = state.store.members(state.by)
    for name in names:
        if name != UNKNOWN and name not in known:
            raise unknown(state.by, name, known, StateError)
    if len(names) > PAIR:
        raise StateError(f"{len(names)} members do not stand head to head.", f"Choose at most {PAIR}.")
    return names


def past(state: CompareState, value: Any) -> str:
    """Check the past that members are compared with; none means the other members."""
    if value == "target":
        raise StateError("A target is no member and no past.", "Choose a period, or none.")
    return comparison(state, value)


class CompareState(PeriodState):
    """State of the Compare panel."""

    compare = Setting(NO_COMPARISON, past, "A past that each member is compared with; `none`: the others.")
    by = Setting("campaign", member_dimension, "What is compared.")
    metric = Setting("roas", ratio, "A ratio to compare by.")
    alike = Words((), alike, "Dimensions to compare like with like by.")
    age = Setting("0", one_of("age", AGES), "Days younger than this are left out for everybody, or `final`.")
    correction = Setting("holm", one_of("correction", CORRECTIONS), "Correction for many comparisons.")
    pair = Words((), pair, "Two members head to head.")
    worn = Setting("ctr", one_of("metric of fatigue", ("ctr", "cvr")), "Rate whose decline is shown.")
    rows = Setting("some", one_of("number of rows", ("some", "all")), "`some` or `all` rows.")

    @property
    def asked_age(self) -> int | str | None:
        """The age as a question takes it."""
        return None if self.age == "0" else self.age if self.age == "final" else int(self.age)

    @property
    def past(self) -> str:
        """The past as a question takes it; empty for the other members."""
        return "" if self.compare == NO_COMPARISON else str(self.compare)

    def update(self, **settings: Any) -> None:
        """Set several settings, or none; another dimension has other members."""
        if "by" in settings and settings["by"] != self.by:
            kept = tuple(name for name in self.alike if name != settings["by"])
            settings = {"pair": (), "alike": kept, **settings}
            settings = {"by": settings.pop("by"), **settings}
        super().update(**settings)
