"""What the Reports panel shows: which runs."""

from __future__ import annotations

from typing import Any

from workbench.published import STATUSES
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, text_of

LONGEST = 200


def words(_state: Any, value: Any) -> str:
    """Check what is searched for; longer texts are cut."""
    return text_of(value).strip()[:LONGEST]


class ReportsState(State):
    """State of the Reports panel."""

    search = Setting("", words, "Words that must all stand in a run.")
    status = Setting("", one_of("status", ("", *STATUSES)), "Only runs of this status; empty: all.")
    rows = Setting("some", one_of("number of rows", ("some", "all")), "`some` or `all` runs.")
