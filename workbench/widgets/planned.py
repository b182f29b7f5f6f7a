"""Regions that wait for a plan: one says that it is awaited or why there is none, the others stay quiet."""

from __future__ import annotations

from workbench.errors import WorkbenchError
from workbench.tables.html import tag
from workbench.widgets.scene import Draw, Region, Scene
from workbench.widgets.slow import Pending

SPOKEN = "answer"
"""The region that says why there is no plan."""


def once_planned(name: str, draw: Draw) -> Draw:
    """A region that waits for the answer called `plan`."""

    def drawn(scene: Scene) -> Region:
        if name != SPOKEN and isinstance(scene.found["plan"], WorkbenchError | Pending):
            return Region(tag("p", scene.say("waits"), class_="wb-quiet"))
        return draw(scene)

    return drawn
