"""Plans as things to keep: saved with their versions, compared, taken out for the platforms, and judged.

`contacts` plans whom marketers contact, from a workspace alone.
"""

from workbench.plans import contacts
from workbench.plans.advice import Advised, advised, past_advice
from workbench.plans.against import alike, asked_again, resave, save, scenarios
from workbench.plans.backtest import Backtest, backtest
from workbench.plans.basis import Basis
from workbench.plans.costs import RuleCosts, rule_costs
from workbench.plans.fits import Fitted, fitted
from workbench.plans.history import history
from workbench.plans.judge import Judgement, judge
from workbench.plans.keep import SavedPlan, create, items, newest, read, update
from workbench.plans.proposal import Proposal, propose
from workbench.plans.scenarios import Scenarios, compare
from workbench.plans.slots import (
    SlotCosts,
    SlotProposal,
    SlotTest,
    google_schedule,
    half_hours,
    propose_slots,
    slot_costs,
    slot_model,
    slot_test,
)
from workbench.plans.targets import PLATFORMS, targets, upload
from workbench.plans.uploads import csv, google_ads_editor, meta_bulk, xlsx
from workbench.plans.weekly import Schedule, schedule

__all__ = [
    "PLATFORMS",
    "Advised",
    "Backtest",
    "Basis",
    "Fitted",
    "Judgement",
    "Proposal",
    "RuleCosts",
    "SavedPlan",
    "Scenarios",
    "Schedule",
    "SlotCosts",
    "SlotProposal",
    "SlotTest",
    "advised",
    "alike",
    "asked_again",
    "backtest",
    "compare",
    "contacts",
    "create",
    "csv",
    "fitted",
    "google_ads_editor",
    "google_schedule",
    "half_hours",
    "history",
    "items",
    "judge",
    "meta_bulk",
    "newest",
    "past_advice",
    "propose",
    "propose_slots",
    "read",
    "resave",
    "rule_costs",
    "save",
    "scenarios",
    "schedule",
    "slot_costs",
    "slot_model",
    "slot_test",
    "targets",
    "update",
    "upload",
    "xlsx",
]
