"""Questions about delivery: key figures, time slots, trends and shares, with honest intervals.

`kpis(store, by=["channel"])` answers with a `MetricTable`; every ratio is a ratio of sums.
"""

from __future__ import annotations

from workbench.metrics.answer import MetricTable
from workbench.metrics.dimensions import DIMENSIONS
from workbench.metrics.kpis import DEFAULT, kpis
from workbench.metrics.notes import Note
from workbench.metrics.periods import COMPARISONS, PERIODS, Period
from workbench.metrics.share import share
from workbench.metrics.slots import slots
from workbench.metrics.trend import trend

__all__ = [
    "COMPARISONS",
    "DEFAULT",
    "DIMENSIONS",
    "PERIODS",
    "MetricTable",
    "Note",
    "Period",
    "kpis",
    "share",
    "slots",
    "trend",
]
