"""What the Segments panel shows: the rule being written, what is chosen on the map, what is compared."""

from __future__ import annotations

import json
from typing import Any

from workbench import saved
from workbench.audiences import FORMATS
from workbench.errors import unknown
from workbench.segments.clustermodel import KIND as MODELS
from workbench.segments.rules import picking
from workbench.segments.rules.nodes import Node
from workbench.segments.rules.rule import Rule
from workbench.widgets import pointing
from workbench.widgets.segments.shares import BEST
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, Words, names_of, text_of

MEASURES = ("customers", "money")
DAYS = ("30", "90", "180", "365")
"""Days between the two ends of the flow."""
NONE, NEW = "none", "new"
"""No clusters, or clusters that are found anew; others are saved ones."""
COUNTS = ("auto", *(str(number) for number in range(2, 9)))
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


def known_clusters(state: Any, value: Any) -> str:
    """Check which clusters are shown: none, new ones, or saved ones, kept by their id."""
    named = text_of(value) or NONE
    if named in (NONE, NEW):
        return named
    known = saved.items(state.store.path, MODELS)
    found = next((item.id for item in known if named in (item.id, item.name)), "")
    if not found:
        raise unknown("clusters", named, [NONE, NEW, *(item.name for item in known)], StateError)
    return found


def columns(_state: Any, value: Any) -> tuple[str, ...]:
    """Check names of columns; those that the customers lack are told when they are asked for."""
    return tuple(dict.fromkeys(names_of(value)))


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

    clusters = Setting(
        NONE, known_clusters, "`new`: found anew; id of saved clusters; `none`: not asked for."
    )
    features = Words((), columns, "Columns that shape new clusters; empty: those suggested.")
    k = Setting("auto", one_of("number of clusters", COUNTS), "Number of new clusters, or `auto`.")
    market = Setting("no", one_of("answer", ("no", "yes")), "Whether the target market is asked for.")
    market_by = Words((), columns, "Rows and columns of the target market; empty: those suggested.")
    habit = Setting("", words, "Value of the dimension between rows and columns; empty: of most customers.")
    chosen = pointing.setting()
    alike = Setting(
        "none", one_of("share", ("none", *BEST)), "Percent of look-alikes to take; `none`: not asked for."
    )

    @property
    def tree(self) -> Node | None:
        """The rule being written; None where there is none."""
        return Rule.from_json(self.rule).tree if self.rule else None
