"""Charts: answers as Vega-Lite specs in plain dicts, one function a kind, drawn alike everywhere."""

from workbench.charts.chances import chances
from workbench.charts.chart import Chart, empty
from workbench.charts.counterfactual import counterfactual
from workbench.charts.credits import credits
from workbench.charts.flow import flow
from workbench.charts.forest import Effect, forest, sided
from workbench.charts.hours import heat
from workbench.charts.lift import lift
from workbench.charts.lines import trend
from workbench.charts.market import index_map
from workbench.charts.moves import moves
from workbench.charts.outlook import month, outlook, unusual
from workbench.charts.overlap import overlap
from workbench.charts.pareto import pareto
from workbench.charts.parts import share
from workbench.charts.points import breakdown
from workbench.charts.reliability import reliability
from workbench.charts.responses import responses
from workbench.charts.retention import retention
from workbench.charts.rfm import rfm_map
from workbench.charts.slots import slot_map
from workbench.charts.spark import glance, sparkband, sparkline
from workbench.charts.survival import survival
from workbench.charts.weeks import weeks
from workbench.charts.workload import hour_worth, workload

__all__ = [
    "Chart",
    "Effect",
    "breakdown",
    "chances",
    "counterfactual",
    "credits",
    "empty",
    "flow",
    "forest",
    "glance",
    "heat",
    "hour_worth",
    "index_map",
    "lift",
    "month",
    "moves",
    "outlook",
    "overlap",
    "pareto",
    "reliability",
    "responses",
    "retention",
    "rfm_map",
    "share",
    "sided",
    "slot_map",
    "sparkband",
    "sparkline",
    "survival",
    "trend",
    "unusual",
    "weeks",
    "workload",
]
