"""A folder watched: exports are imported as they land, each once, whole, and in the order they came."""

from workbench.watch.landed import Landed
from workbench.watch.loop import watch
from workbench.watch.register import watched

__all__ = ["Landed", "watch", "watched"]
