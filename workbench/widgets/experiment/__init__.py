"""The Experiment panel."""

from workbench.widgets.experiment.panel import Experiment

__all__ = ["Experiment"]
