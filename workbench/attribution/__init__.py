"""Attribution: own conversions shared among the channels that people met before them.

`attribute(store, model="markov")` answers with an `Attribution`, `compare_models(store)` with all models
side by side, `paths(store)` with the journeys themselves. Conversions are the workspace's own; what
platforms claim is shown beside them by `beside_platforms`, and never added.
"""

from __future__ import annotations

from workbench.attribution.answer import Attribution
from workbench.attribution.ask import attribute, compare_models, paths
from workbench.attribution.claims import Claims, beside_platforms, claims
from workbench.attribution.comparing import Models
from workbench.attribution.counted import from_paths
from workbench.attribution.models import MODELS
from workbench.attribution.routes import PathTable

__all__ = [
    "MODELS",
    "Attribution",
    "Claims",
    "Models",
    "PathTable",
    "attribute",
    "beside_platforms",
    "claims",
    "compare_models",
    "from_paths",
    "paths",
]
