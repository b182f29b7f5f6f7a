"""What the Segments panel shows: the rule being written, what is chosen on the map, what is compared."""

from __future__ import annotations

import json
from typing import Any

from workbench.audiences import FORMATS
from workbench.segments.rules import picking
from workbench.segments.rules.nodes import Node
from workbench.segments.rules.rule import Rule
from workbench.widgets.segments.shares import BEST
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, Words, names_of, text_of

MEASURES = ("customers", "money")
DAYS = ("30", "90", "180", "365")
"""Days between the two ends of the flow."""
MOST = 12
"""Segments side by side before the square no longer fits a screen."""


def rule(_state: Any, value: Any) -> str:
    """Check a rule as JSON, and write it in its shortest form; empty: no rule yet."""
    if value in ("", None):
        return ""
    return written(Rule.from_json(value).tree)


def written(tree: Node | None) -> str:
    """A tree as the state keeps it."""
    if tree is None:
        return ""
    return json.dumps(Rule(tree).to_plain(), ensure_ascii=False, separators=(",", ":"))


def picks(_state: Any, value: Any) -> tuple[str, ...]:
    """Check what is chosen on the map: cells and named segments."""
    return picking.checked(names_of(value))


def compared(_state: Any, value: Any) -> tuple[str, ...]:
    """Check the saved segments side by side, by id; those that are gone are left out when it is drawn."""
    names = tuple(dict.fromkeys(names_of(value)))
    if len(names) > MOST:
        raise StateError(f"{len(names)} segments do not fit side by side.", f"Choose up to {MOST}.")
    return names


def words(_state: Any, value: Any) -> str:
    """Check a name."""
    return text_of(value)


class SegmentsState(State):
    """State of the Segments panel."""

    rule = Setting("", rule, "The rule being written, as JSON; empty: none yet.")
    segment = Setting("", words, "Id of the saved segment that is open; empty: a new one.")
    picks = Words((), picks, "What is chosen on the RFM map: cells such as `r5f4`, and named segments.")
    measure = Setting("customers", one_of("measure", MEASURES), "Colour of the map: `customers` or `money`.")
    days = Setting("90", one_of("number of days", DAYS), "Days between the two ends of the flow.")
    compared = Words((), compared, "Ids of the saved segments side by side.")
    purpose = Setting("", words, "Purpose of the audience, as consents name it; empty: the first.")
    channel = Setting("", words, "Channel of the audience, as consents name it; empty: the first.")
    form = Setting("google_ads", one_of("format", tuple(FORMATS)), "Format of the audience.")

    alike = Setting(
        "none", one_of("share", ("none", *BEST)), "Percent of look-alikes to take; `none`: not asked for."
    )

    @property
    def tree(self) -> Node | None:
        """The rule being written; None where there is none."""
        return Rule.from_json(self.rule).tree if self.rule else None
