"""Questions about groups of customers: who is in which segment, by stated thresholds.

`rfm(store, as_of="2026-06-30")` scores recency, frequency and money, and names every customer's segment;
`worth(store)` says what each segment will bring.
"""

from __future__ import annotations

from workbench.segments.answer import Segmentation
from workbench.segments.cells import SEGMENTS, segment_of
from workbench.segments.rfm import rfm
from workbench.segments.worth import worth
from workbench.segments.worth_answer import Worth

__all__ = ["SEGMENTS", "Segmentation", "Worth", "rfm", "segment_of", "worth"]
