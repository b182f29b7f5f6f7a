"""Questions of comparison: which is really better, by how much, and how sure.

Every question answers with a `Comparison`. A question never has the name of its file, so that the
lazy face below and an import of the file cannot hide one another.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.compare.analysis import Margin
    from workbench.compare.bayes import Prior
    from workbench.compare.families import corrected, sample_ratio
    from workbench.compare.measures import Quantile
    from workbench.compare.planning import Power, power
    from workbench.compare.result import Comparison, Remark, SampleRatio, Verdict
    from workbench.compare.sequential import AlwaysValid, GroupSequential
    from workbench.compare.trials import Experiment, experiment

_HOMES = {
    "AlwaysValid": "sequential",
    "Comparison": "result",
    "Experiment": "trials",
    "GroupSequential": "sequential",
    "Margin": "analysis",
    "Power": "planning",
    "Prior": "bayes",
    "Quantile": "measures",
    "Remark": "result",
    "SampleRatio": "result",
    "Verdict": "result",
    "corrected": "families",
    "experiment": "trials",
    "power": "planning",
    "sample_ratio": "families",
}

__all__ = [
    "AlwaysValid",
    "Comparison",
    "Experiment",
    "GroupSequential",
    "Margin",
    "Power",
    "Prior",
    "Quantile",
    "Remark",
    "SampleRatio",
    "Verdict",
    "corrected",
    "experiment",
    "power",
    "sample_ratio",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workbench.compare.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workbench.compare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
