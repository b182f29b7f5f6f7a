"""Questions about groups of customers: who is in which segment, by thresholds or by a rule.

`rfm(store, as_of="2026-06-30")` scores recency, frequency and money, and names every customer's segment;
`worth(store)` says what each segment will bring.
`cluster(store)` finds groups of customers who are alike; `cohorts(store)` follows customers from their first
order; `drift(before, after)` says who went from which segment to which.
`rule((field("region") == "Sichuan") & ordered(times=2, within_days=90))` means whoever it is true of.
"""

from __future__ import annotations

from workbench.segments.addressing import address
from workbench.segments.answer import Segmentation
from workbench.segments.cells import SEGMENTS, segment_of
from workbench.segments.clustermodel import ClusterModel, clusters_of, load_clusters
from workbench.segments.clusters import Clusters, cluster
from workbench.segments.cohorts import Cohorts, cohorts
from workbench.segments.drifting import Drift, drift
from workbench.segments.keeping import bring_up_to_date, keep
from workbench.segments.lookalikes import Lookalikes, lookalikes
from workbench.segments.market import TargetMarket, target_market
from workbench.segments.pointing import Pointed, pointed
from workbench.segments.rfm import rfm
from workbench.segments.rfm_drift import rfm_drift
from workbench.segments.rfm_map import RfmMap, rfm_map
from workbench.segments.rules.answers import Members, Overlap, Size
from workbench.segments.rules.build import (
    answered,
    behaviour,
    bought,
    contacted,
    days_since,
    did,
    field,
    in_segment,
    never,
    ordered,
    rfm_value,
    score,
    spent,
    tagged,
)
from workbench.segments.rules.face import as_rule, count, listed, load, members, save, size, within
from workbench.segments.rules.occurring import known
from workbench.segments.rules.overlap import overlap
from workbench.segments.rules.picking import picked
from workbench.segments.rules.rule import Rule, all_of, any_of, none_of, rule
from workbench.segments.rules.shelf import find
from workbench.segments.tags import Tagging, refresh_tags, tag, tag_by_rule, untag
from workbench.segments.worth import worth
from workbench.segments.worth_answer import Worth

__all__ = [
    "SEGMENTS",
    "ClusterModel",
    "Clusters",
    "Cohorts",
    "Drift",
    "Lookalikes",
    "Members",
    "Overlap",
    "Pointed",
    "RfmMap",
    "Rule",
    "Segmentation",
    "Size",
    "Tagging",
    "TargetMarket",
    "Worth",
    "address",
    "all_of",
    "answered",
    "any_of",
    "as_rule",
    "behaviour",
    "bought",
    "bring_up_to_date",
    "cluster",
    "clusters_of",
    "cohorts",
    "contacted",
    "count",
    "days_since",
    "did",
    "drift",
    "field",
    "find",
    "in_segment",
    "keep",
    "known",
    "listed",
    "load",
    "load_clusters",
    "lookalikes",
    "members",
    "never",
    "none_of",
    "ordered",
    "overlap",
    "picked",
    "pointed",
    "refresh_tags",
    "rfm",
    "rfm_drift",
    "rfm_map",
    "rfm_value",
    "rule",
    "save",
    "score",
    "segment_of",
    "size",
    "spent",
    "tag",
    "tag_by_rule",
    "tagged",
    "target_market",
    "untag",
    "within",
    "worth",
]
