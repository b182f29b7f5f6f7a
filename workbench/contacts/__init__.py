"""Contacts: what they bring by method, segment and gap, what they cost, and how often is best.

`effects(store)` says how customers react to which method after how long a pause, and what contacts cost in
fatigue, complaints and opt-outs; `interval(store)` says how long the pause should be. Who is contacted when
is planned by `workbench.optimize.plan_contacts`.
"""

from __future__ import annotations

from workbench.contacts.effects import ContactEffects, effects
from workbench.contacts.interval import ContactInterval, interval

__all__ = ["ContactEffects", "ContactInterval", "effects", "interval"]
