"""The same page with the workbench: the Campaigns panel with nothing but its slider and its trend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from workbench.tables.html import Html, tag
from workbench.widgets import period_shell
from workbench.widgets.answers import Ask
from workbench.widgets.campaigns import Campaigns
from workbench.widgets.campaigns import regions as draw
from workbench.widgets.scene import Draw, Layout

CELL = """
import workbench as wb

Trend(wb.open(), metric="cost", compare="none")
"""
"""The end of the notebook's cell, which begins with this file: behind walls it reads no project."""
PAGES = {
    "trend": "workbench",
    "campaigns": "workbench, the whole Campaigns app",
    "home": "workbench, Home on the 18-month demo",
}
"""Address → name in the results: the page as the others have it, and what a marketer opens."""


class Trend(Campaigns):
    """Cost a day of the last N days, and the slider that sets N."""

    lead: ClassVar[str] = "trend"
    late: ClassVar[Mapping[str, str]] = {}

    def questions(self) -> dict[str, Ask]:
        """The days alone."""
        return {"trend": super().questions()["trend"]}

    def regions(self) -> Mapping[str, Draw]:
        """Controls and chart."""
        return {"controls": period_shell.controls, "trend": draw.trend}

    def layout(self, place: Layout) -> Html:
        """One under the other."""
        return tag("main", place("controls", class_="wb-controls"), place("trend", "section"))
