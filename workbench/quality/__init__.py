"""Data quality of a whole workspace: may its figures be trusted, and what is to be done if not.

`review` looks at everything; `standing` says how fresh the data is and what came in last, `news` what a newer
data version brought, `pulse` whether anything happened.
"""

from __future__ import annotations

from workbench.quality.answer import DataReview, Item
from workbench.quality.news import News, news
from workbench.quality.pulse import Pulse, pulse
from workbench.quality.review import review
from workbench.quality.standing import Standing, standing
from workbench.quality.thresholds import Thresholds

__all__ = [
    "DataReview",
    "Item",
    "News",
    "Pulse",
    "Standing",
    "Thresholds",
    "news",
    "pulse",
    "review",
    "standing",
]
