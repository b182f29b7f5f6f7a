"""The import engine: any export becomes canonical rows, a review and one commit.

One engine for every platform; what is special about a platform is one file in `profiles/`.
"""

from __future__ import annotations

from workbench.sources.engine import load
from workbench.sources.mapping import MappingSuggestion
from workbench.sources.preview import suggest
from workbench.sources.review import Finding, ImportReview
from workbench.sources.saved import save_mapping

__all__ = ["Finding", "ImportReview", "MappingSuggestion", "load", "save_mapping", "suggest"]
