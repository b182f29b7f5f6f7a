"""What the Data panel shows, as far as a link can say it; open files belong to one page only."""

from __future__ import annotations

import re
from typing import Any

from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Setting, StateError, text_of


def beginning(_state: Any, value: Any) -> str:
    """Check the beginning of an import's id; empty: none."""
    name = text_of(value)
    if not re.fullmatch(r"[0-9a-f]{0,64}", name):
        raise StateError(f"{name!r} is no id of an import.", "Choose one in the list of imports.")
    return name


class DataState(State):
    """State of the Data panel."""

    entry = Setting("", beginning, "Import whose review is open, by the beginning of its id.")
    rows = Setting("some", one_of("number of rows", ("some", "all")), "`some` or `all` rows of the lists.")
