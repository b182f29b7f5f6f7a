"""Questions about groups of customers: who is in which segment, by stated thresholds.

`rfm(store, as_of="2026-06-30")` scores recency, frequency and money, and names every customer's segment;
`cluster(store)` finds groups of customers who are alike; `cohorts(store)` follows customers from their first
order; `drift(before, after)` says who went from which segment to which.
"""

from __future__ import annotations

from workbench.segments.answer import Segmentation
from workbench.segments.cells import SEGMENTS, segment_of
from workbench.segments.clustermodel import ClusterModel, load_clusters
from workbench.segments.clusters import Clusters, cluster
from workbench.segments.cohorts import Cohorts, cohorts
from workbench.segments.drifting import Drift, drift
from workbench.segments.lookalikes import Lookalikes, lookalikes
from workbench.segments.market import TargetMarket, target_market
from workbench.segments.rfm import rfm

__all__ = [
    "SEGMENTS",
    "ClusterModel",
    "Clusters",
    "Cohorts",
    "Drift",
    "Lookalikes",
    "Segmentation",
    "TargetMarket",
    "cluster",
    "cohorts",
    "drift",
    "load_clusters",
    "lookalikes",
    "rfm",
    "segment_of",
    "target_market",
]
