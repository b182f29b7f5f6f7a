"""Contacts planned from a workspace alone, each with its reason, and work lists that leave through the gate.

`propose(store)` says who is contacted how, by whom and when; `load(store)` how many customers a marketer
should handle a day; `work_list(store, found, marketer, reason)` opens one marketer's list, which the audit
log keeps.
"""

from __future__ import annotations

from workbench.plans.contacts.load import WorkLoad, load
from workbench.plans.contacts.proposal import ContactProposal, propose
from workbench.plans.contacts.worklist import WorkList, held, work_list

__all__ = ["ContactProposal", "WorkList", "WorkLoad", "held", "load", "propose", "work_list"]
