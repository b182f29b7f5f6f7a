"""What the Experiment panel shows: which experiment, until which day, how judged."""

from __future__ import annotations

import datetime as dt
from typing import Any

from workbench import compare
from workbench.compare import Trial
from workbench.compare.assigned import ATTRIBUTES
from workbench.compare.plans import percent
from workbench.errors import unknown
from workbench.widgets import people
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, text_of

OUTCOMES = ("converted", "orders", "revenue")
LOOKS = ("once", "group_sequential", "always_valid")
EVERY = 7
"""Days between planned looks."""
LEAST_LIFT, MOST_LIFT = 1, 50
"""Ends of the slider for the lift to find, in percent."""
POWERS = ("0.8", "0.9", "0.95")
SIDES = ("on", "off")


def trial(state: ExperimentState, value: Any) -> str:
    """Check an experiment; empty: the latest."""
    if value and value not in state.trials:
        raise unknown("experiment", value, state.trials, StateError)
    return text_of(value)


def control(state: ExperimentState, value: Any) -> str:
    """Check a control arm; empty: the one with a control's name."""
    arms = state.trial.arms if state.trials else {}
    if value and value not in arms:
        raise unknown("arm", value, arms, StateError)
    return text_of(value)


def shares(_state: ExperimentState, value: Any) -> str:
    """Check planned shares, the control's first: `30/70`; empty: equal."""
    parts = text_of(value).split("/") if value else []
    try:
        fit = not parts or (len(parts) > 1 and all(0 < float(part) < float("inf") for part in parts))
    except ValueError:
        fit = False
    if not fit:
        raise StateError(f"{value!r} are no planned shares.", "Write them as 30/70, the control's first.")
    return "/".join(part.strip() for part in parts)


def number(name: str, low: int, high: int) -> Any:
    """A check for whole numbers between two ends."""

    def check(_state: Any, value: Any) -> int:
        try:
            found = int(value)
        except (TypeError, ValueError, OverflowError):
            found = None
        if isinstance(value, bool) or found is None or not low <= found <= high:
            raise StateError(f"{value!r} is no {name}.", f"Allowed: {low} to {high}.")
        return found

    return check


class ExperimentState(State):
    """State of the Experiment panel."""

    experiment = Setting("", trial, "Which experiment; empty: the latest.")
    control = Setting("", control, "The control arm; empty: the one with a control's name.")
    look = Setting(0, number("day", 0, 3660), "Day of the look, counted from the start; 0: the last day.")
    looks = Setting("once", one_of("plan of looks", LOOKS), "`once`, `group_sequential` or `always_valid`.")
    cuped = Setting("on", one_of("switch", SIDES), "Whether the time before sharpens the answer (CUPED).")
    shares = Setting("", shares, "Planned shares, the control's first: `30/70`; empty: equal.")
    metric = Setting("revenue", one_of("metric", OUTCOMES), "Metric of segments, looks and the plan.")
    by = Setting("region", one_of("attribute", ATTRIBUTES), "Attribute of customers for the segments.")
    lift = Setting(10, number("lift", LEAST_LIFT, MOST_LIFT), "Lift to find with the next one, in percent.")
    power = Setting("0.8", one_of("power", POWERS), "Chance to find it.")
    segment = people.setting()

    @property
    def trials(self) -> dict[str, Trial]:
        """The store's experiments by name, the latest first."""
        version = self.store.version
        kept = getattr(self, "_kept", None)
        if kept is None or kept[0] != version:
            kept = self._kept = (version, {item.name: item for item in compare.experiments(self.store)})
        found: dict[str, Trial] = kept[1]
        return found

    @property
    def trial(self) -> Trial:
        """The chosen experiment."""
        return self.trials[self.experiment or next(iter(self.trials))]

    @property
    def against(self) -> str:
        """The control arm."""
        return str(self.control) if self.control in self.trial.arms else self.trial.control

    @property
    def look_number(self) -> int:
        """The day of the look, counted from the start."""
        days = self.trial.days
        return min(int(self.look) or days, days)

    @property
    def until(self) -> dt.date | None:
        """Last day that counts; None for the last with data."""
        return None if self.look_number == self.trial.days else self.trial.day(self.look_number)

    @property
    def looked(self) -> str:
        """The plan that the history of looks is judged by: looking back at it is looking often."""
        return "group_sequential" if self.looks == "once" else str(self.looks)

    @property
    def goal(self) -> float:
        """The lift to find, as a share."""
        return percent(self.lift)

    @property
    def planned(self) -> dict[str, float] | None:
        """Arm → planned share; None for equal ones, or as long as their number does not fit."""
        arms = [self.against, *(arm for arm in self.trial.arms if arm != self.against)]
        parts = [float(part) for part in str(self.shares).split("/") if part]
        return dict(zip(arms, parts, strict=True)) if len(parts) == len(arms) else None

    def update(self, **settings: Any) -> None:
        """Set several settings, or none; another experiment begins anew."""
        if settings.get("experiment", self.experiment) != self.experiment:
            settings = {"control": "", "look": 0, "shares": "", **settings}
        super().update(**settings)
