"""Time slots from a workspace: what each hour of the week should spend, its windows, rules and test."""

from workbench.plans.slots.confirm import SlotTest, slot_test
from workbench.plans.slots.costs import SlotCosts, slot_costs
from workbench.plans.slots.files import google_schedule, half_hours
from workbench.plans.slots.fit import slot_model
from workbench.plans.slots.proposal import SlotProposal, propose_slots
from workbench.plans.slots.rules import ALL, KINDS

__all__ = [
    "ALL",
    "KINDS",
    "SlotCosts",
    "SlotProposal",
    "SlotTest",
    "google_schedule",
    "half_hours",
    "propose_slots",
    "slot_costs",
    "slot_model",
    "slot_test",
]
