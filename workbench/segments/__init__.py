"""Questions about groups of customers: who is in which segment, by stated thresholds.

`rfm(store, as_of="2026-06-30")` scores recency, frequency and money, and names every customer's segment.
"""

from __future__ import annotations

from workbench.segments.answer import Segmentation
from workbench.segments.cells import SEGMENTS, segment_of
from workbench.segments.rfm import rfm

__all__ = ["SEGMENTS", "Segmentation", "rfm", "segment_of"]
