"""Plans as things to keep: saved with their versions, compared, taken out for the platforms, and judged."""

from workbench.plans.backtest import Backtest, backtest
from workbench.plans.history import history
from workbench.plans.judge import Judgement, judge
from workbench.plans.keep import SavedPlan, create, items, read, update
from workbench.plans.scenarios import Scenarios, compare
from workbench.plans.uploads import csv, google_ads_editor, meta_bulk, xlsx

__all__ = [
    "Backtest",
    "Judgement",
    "SavedPlan",
    "Scenarios",
    "backtest",
    "compare",
    "create",
    "csv",
    "google_ads_editor",
    "history",
    "items",
    "judge",
    "meta_bulk",
    "read",
    "update",
    "xlsx",
]
