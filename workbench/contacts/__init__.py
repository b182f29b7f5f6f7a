"""Contacts: what they bring by method, segment and gap, what they cost, and how often is best.

`effects(store)` says how customers react to which method after how long a pause, and what contacts cost in
fatigue, complaints and opt-outs; `interval(store)` says how long the pause should be. Who is contacted when
is planned by `workbench.optimize.plan_contacts`; `calendar(lines, …)` makes reminders of it.
"""

from __future__ import annotations

from workbench.contacts.due.answer import TriggerNote, Triggers
from workbench.contacts.due.ask import triggers
from workbench.contacts.due.leaving import export
from workbench.contacts.due.permits import consents
from workbench.contacts.due.rules import TriggerRules
from workbench.contacts.effects import ContactEffects, effects
from workbench.contacts.interval import ContactInterval, interval
from workbench.contacts.reminders import calendar

__all__ = [
    "ContactEffects",
    "ContactInterval",
    "TriggerNote",
    "TriggerRules",
    "Triggers",
    "calendar",
    "consents",
    "effects",
    "export",
    "interval",
    "triggers",
]
