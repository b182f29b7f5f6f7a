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
    from workbench.compare.causal.ask import incremental
    from workbench.compare.causal.markets import GeoDesign, geo_design
    from workbench.compare.causal.regions import geo_test
    from workbench.compare.duel import head_to_head
    from workbench.compare.families import corrected, sample_ratio
    from workbench.compare.looking import Trial, experiments, looks
    from workbench.compare.matrix import effects
    from workbench.compare.measures import Quantile
    from workbench.compare.options import Options
    from workbench.compare.planning import Power, power
    from workbench.compare.plans import plan
    from workbench.compare.qini import Area, uplift
    from workbench.compare.ranking import campaigns
    from workbench.compare.result import Comparison, Remark, SampleRatio, Verdict
    from workbench.compare.sequential import AlwaysValid, GroupSequential
    from workbench.compare.steps import funnel
    from workbench.compare.trials import Experiment, experiment
    from workbench.compare.wear import fatigue

_HOMES = {
    "AlwaysValid": "sequential",
    "Area": "qini",
    "Comparison": "result",
    "Experiment": "trials",
    "GeoDesign": "causal.markets",
    "GroupSequential": "sequential",
    "Margin": "analysis",
    "Options": "options",
    "Power": "planning",
    "Prior": "bayes",
    "Quantile": "measures",
    "Remark": "result",
    "SampleRatio": "result",
    "Trial": "looking",
    "Verdict": "result",
    "campaigns": "ranking",
    "corrected": "families",
    "effects": "matrix",
    "experiment": "trials",
    "experiments": "looking",
    "fatigue": "wear",
    "funnel": "steps",
    "geo_design": "causal.markets",
    "geo_test": "causal.regions",
    "head_to_head": "duel",
    "incremental": "causal.ask",
    "looks": "looking",
    "plan": "plans",
    "power": "planning",
    "sample_ratio": "families",
    "uplift": "qini",
}

__all__ = [
    "AlwaysValid",
    "Area",
    "Comparison",
    "Experiment",
    "GeoDesign",
    "GroupSequential",
    "Margin",
    "Options",
    "Power",
    "Prior",
    "Quantile",
    "Remark",
    "SampleRatio",
    "Trial",
    "Verdict",
    "campaigns",
    "corrected",
    "effects",
    "experiment",
    "experiments",
    "fatigue",
    "funnel",
    "geo_design",
    "geo_test",
    "head_to_head",
    "incremental",
    "looks",
    "plan",
    "power",
    "sample_ratio",
    "uplift",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workbench.compare.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workbench.compare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
