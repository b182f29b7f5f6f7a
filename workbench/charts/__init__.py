"""Charts: answers as Vega-Lite specs in plain dicts, one function a kind, drawn alike everywhere."""

from workbench.charts.chart import Chart, empty
from workbench.charts.lines import trend

__all__ = ["Chart", "empty", "trend"]
