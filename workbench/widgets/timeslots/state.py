"""What the Time slots panel shows, as validated settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from workbench.errors import WorkbenchError
from workbench.plans.slots.proposal import SPLITS
from workbench.plans.slots.rules import ALL, BRUSHES, checked, read_runs, written_runs
from workbench.schedules import PLATFORMS
from workbench.schedules.rules import AUTOMATIC
from workbench.widgets.budget.state import LEVELS, amount, words
from workbench.widgets.period import where
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Filters, Setting, StateError, decoded

WINDOWS = ("", "1", "2", "3", "4", "5", "6")
"""Most windows a day; empty: as many as the platform takes."""
FLOORS = {"none": 0.0, "some": 0.05, "more": 0.1}
"""Floor of learning → share of an even share that every hour spends at least."""
WEEKS = ("4", "6", "8")
BLOCKS = ("24", "12", "8", "6")
WASHOUTS = ("0", "2", "4")


class Hours(Setting):
    """Group → hours of the week; in a link `group:0-5.24-29` between commas."""

    def parse(self, written: str) -> Any:
        """Hours by group; a part that is none fails its check."""
        plain = written if ":" in written else decoded(written)
        pairs = (part.rpartition(":") for part in plain.split(",") if part)
        return {decoded(name) or ALL: read_runs(decoded(hours)) for name, _, hours in pairs}

    def write(self, value: Any) -> str:
        """Groups with their runs of hours."""
        return ",".join(f"{quote(name, safe=ALL)}:{written_runs(hours)}" for name, hours in value.items())


def hours(_state: Any, value: Any) -> dict[str, tuple[int, ...]]:
    """Check hours by group, or for all."""
    if isinstance(value, str) or (
        isinstance(value, Mapping) and any(isinstance(own, str) for own in value.values())
    ):
        raise StateError(f"{value!r} are no hours.", "Write a list of hours, or name → hours.")
    try:
        return checked("hours", value)
    except WorkbenchError as error:
        raise StateError(error.what, error.fix) from None


class SlotState(State):
    """State of the Time slots panel."""

    also: ClassVar[tuple[str, ...]] = ()

    budget = Setting("", amount, "Most spend a week; empty: as today.")
    daily_cap = Setting("", amount, "Most spend on any one day; empty: no such cap.")
    windows = Setting("6", lambda state, value: _choice(state, "windows", value, WINDOWS),
                      "Most windows a day, 1 to 6; empty: as many as the platform takes.")  # fmt: skip
    platform = Setting(
        "any", one_of("platform", tuple(PLATFORMS)), "Whose windows: a key of `schedules.PLATFORMS`."
    )
    bidding = Setting(
        "manual", one_of("bidding", AUTOMATIC[::-1]), "`manual`, or `automatic`: the platform bids."
    )
    explore = Setting("none", one_of("floor of learning", tuple(FLOORS)), "`none`, `some` or `more`.")
    split = Setting(
        "kept", one_of("split", SPLITS), "`kept`: groups keep their budgets; `free`: they share one."
    )
    level = Setting("channel", one_of("level", tuple(LEVELS)), "What is planned: `channel` or `region`.")
    group = Setting(
        "", words, "Whose week the maps show; empty: the group with most spend; `*`: all together."
    )
    forbid = Hours(lambda _state: {}, hours, "Group → hours without spend; `*`: everybody's.")
    require = Hours(lambda _state: {}, hours, "Group → hours that have to spend; `*`: everybody's.")
    brush = Setting(
        "forbid", one_of("brush", BRUSHES), "What painting an hour makes it: `forbid`, `require`, `free`."
    )
    weeks = Setting("4", lambda state, value: _choice(state, "weeks", value, WEEKS), "Weeks of the test.")
    block = Setting(
        "24", lambda state, value: _choice(state, "block", value, BLOCKS), "Hours of a block of the test."
    )
    washout = Setting("0", lambda state, value: _choice(state, "washout", value, WASHOUTS),
                      "First hours of a block that are not counted.")  # fmt: skip
    filters = Filters(lambda _state: {}, where, "Dimension → members that are kept.")

    @property
    def asked(self) -> dict[str, Any]:
        """The settings as arguments of `plans.propose_slots`; what is not asked for is None."""
        return {
            "by": LEVELS[self.level],
            "where": self.filters,
            "budget": None if self.budget == "" else self.budget,
            "daily_cap": None if self.daily_cap == "" else self.daily_cap,
            "windows": int(self.windows) if self.windows else None,
            "platform": None if self.platform == "any" else self.platform,
            "bidding": None if self.bidding == "manual" else self.bidding,
            "forbid": self.forbid,
            "require": self.require,
            "explore": FLOORS[self.explore] or None,
            "split": None if self.split == "kept" else self.split,
        }

    @property
    def tested(self) -> dict[str, Any]:
        """The test's settings as arguments of `plans.slot_test`."""
        return {
            "weeks": int(self.weeks),
            "block_hours": int(self.block),
            "washout_hours": float(self.washout) or None,
        }


def _choice(_state: Any, kind: str, value: Any, allowed: tuple[str, ...]) -> str:
    """One of some numbers, as text or as a number."""
    return str(one_of(kind, allowed)(_state, "" if value is None else str(value)))
