"""Charts: answers as Vega-Lite specs in plain dicts, one function a kind, drawn alike everywhere."""

from workbench.charts.chart import Chart, empty
from workbench.charts.counterfactual import counterfactual
from workbench.charts.credits import credits
from workbench.charts.flow import flow
from workbench.charts.forest import Effect, forest
from workbench.charts.hours import heat
from workbench.charts.lines import trend
from workbench.charts.market import index_map
from workbench.charts.overlap import overlap
from workbench.charts.parts import share
from workbench.charts.points import breakdown
from workbench.charts.retention import retention
from workbench.charts.rfm import rfm_map
from workbench.charts.spark import sparkline

__all__ = [
    "Chart",
    "Effect",
    "breakdown",
    "counterfactual",
    "credits",
    "empty",
    "flow",
    "forest",
    "heat",
    "index_map",
    "overlap",
    "retention",
    "rfm_map",
    "share",
    "sparkline",
    "trend",
]
