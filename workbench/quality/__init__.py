"""Data quality of a whole workspace: may its figures be trusted, and what is to be done if not."""

from __future__ import annotations

from workbench.quality.answer import DataReview, Item
from workbench.quality.review import review
from workbench.quality.thresholds import Thresholds

__all__ = ["DataReview", "Item", "Thresholds", "review"]
