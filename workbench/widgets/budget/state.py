"""What the Budget panel shows: how much, for what, and which channels are held, floored or capped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from workbench.errors import unknown
from workbench.optimize import MODES
from workbench.plans.history import JOINT
from workbench.plans.weekly import SPANS
from workbench.widgets.period import where
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Amounts, Filters, Setting, StateError, text_of

LEVELS = {"channel": ("channel",), "region": ("channel", "region")}
"""What is planned → the dimensions of its cells."""

OUTCOMES = ("conversions", "revenue")
RISKS: dict[str, float | None] = {"mean": None, "balanced": 0.5, "cautious": 1.0}
"""Position of the knob → how much the bad curves count."""

PAST = ("no", "yes")

_BETWEEN = str.maketrans("", "", ",，  _'")
"""What people write between the digits of an amount."""


def amount(_state: Any, value: Any) -> float | str:
    """Check an amount of money or a target; empty is none."""
    if value in (None, ""):
        return ""
    try:
        number = float(value.translate(_BETWEEN) if isinstance(value, str) else value)
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise StateError(f"{value!r} is no amount.", "Give a number, 0 or more.")
    return int(number) if number.is_integer() else number


def amounts(state: Any, value: Any) -> dict[str, float]:
    """Check amounts by channel; an empty one is left out."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no amounts.", "Write {'search': 45000}.")
    known, regions = state.store.members("channel"), state.store.members("region")
    for name in value:
        channel, joint, region = str(name).partition(JOINT)
        if channel not in known or (joint and region not in regions):
            raise unknown("channel", name, known, StateError)
    return amounts_of(state, value)


def bookings(state: Any, value: Any) -> dict[str, float]:
    """Check amounts by `channel · Monday`; an empty one is left out."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no amounts.", "Write {'outdoor · 2026-11-16': 9000}.")
    known = state.store.members("channel")
    for name in value:
        channel, _, day = str(name).rpartition(JOINT)
        if channel not in known or not _is_day(day):
            raise StateError(f"{name!r} is no channel and week.", "Write it as outdoor · 2026-11-16.")
    return amounts_of(state, value)


def amounts_of(state: Any, value: Mapping[Any, Any]) -> dict[str, float]:
    """Amounts by name; an empty one is left out."""
    checked = {str(name): amount(state, item) for name, item in value.items()}
    return {name: item for name, item in checked.items() if not isinstance(item, str)}


def _is_day(written: str) -> bool:
    try:
        dt.date.fromisoformat(written)
    except ValueError:
        return False
    return True


def words(_state: Any, value: Any) -> str:
    """Check a name."""
    return text_of(value)


class BudgetState(State):
    """State of the Budget panel."""

    also: ClassVar[tuple[str, ...]] = ()

    budget = Setting("", amount, "Most spend a week; empty: as today.")
    mode = Setting("max_response", one_of("mode", MODES), "What the plan is for.")
    target = Setting("", amount, "What the mode aims at; empty: what today reaches.")
    risk = Setting("mean", one_of("risk", tuple(RISKS)), "`mean`, `balanced` or `cautious`.")
    held = Amounts(lambda _state: {}, amounts, "Channel, or `channel · region`, → its spend.")
    floors = Amounts(lambda _state: {}, amounts, "Channel → its least spend.")
    caps = Amounts(lambda _state: {}, amounts, "Channel → its most spend.")
    level = Setting("channel", one_of("level", tuple(LEVELS)), "What is planned: `channel` or `region`.")
    outcome = Setting("conversions", one_of("outcome", OUTCOMES), "`conversions` or `revenue`.")
    span = Setting("next", one_of("span", SPANS), "Weeks of the calendar: `next` or `quarter`.")
    committed = Amounts(lambda _state: {}, bookings, "`channel · Monday` → spend that is booked already.")
    past = Setting("no", one_of("past", PAST), "Whether past advice is looked at: `yes` or `no`.")
    saved = Setting("", words, "Saved plan that is open, by id or name; empty: none.")
    filters = Filters(lambda _state: {}, where, "Dimension → members that are kept.")

    def without_cells(self) -> dict[str, dict[str, float]]:
        """The rules of whole channels alone."""
        kinds = ("held", "floors", "caps")
        return {
            kind: {name: item for name, item in getattr(self, kind).items() if JOINT not in name}
            for kind in kinds
        }

    @property
    def asked(self) -> dict[str, Any]:
        """The plan's settings as arguments of `plans.propose`; what is not asked for is None."""
        most = self.mode == "max_response"
        given = {
            "by": LEVELS[self.level],
            "where": self.filters,
            "outcome": self.outcome,
            "budget": self.budget if most else None,
            "mode": self.mode,
            "target": None if most else self.target,
            "held": self.held,
            "floors": self.floors,
            "caps": self.caps,
            "risk": RISKS[self.risk],
        }
        return {name: None if value == "" else value for name, value in given.items()}


def settings_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `plans.propose` as settings: every one that a plan has."""
    names = {by: level for level, by in LEVELS.items()}
    knob = {value: name for name, value in RISKS.items()}
    given = {name: asked.get(name) for name in ("budget", "mode", "target", "outcome")}
    rules = {name: dict(asked.get(name) or {}) for name in ("held", "floors", "caps")}
    return {
        "budget": "",
        "target": "",
        **{name: value for name, value in given.items() if value is not None},
        **rules,
        "level": names.get(tuple(asked.get("by") or ("channel",)), "channel"),
        "risk": knob.get(asked.get("risk"), "balanced"),
        "filters": {name: tuple(values) for name, values in (asked.get("where") or {}).items()},
    }
