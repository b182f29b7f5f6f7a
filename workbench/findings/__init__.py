"""Findings: what changed, what is broken, what the data cannot be trusted on, and what to do."""

from __future__ import annotations

from workbench.findings.advise import ADVISED, advise
from workbench.findings.brief import Brief, brief
from workbench.findings.decisions import CHOICES, SNOOZES, Decision, decide, decisions, reopen, undecided
from workbench.findings.finding import Finding
from workbench.findings.happening import Happening
from workbench.findings.hits import HitRate, hit_rates, said
from workbench.findings.outcome import Outcome, outcome, outcomes
from workbench.findings.review import review
from workbench.findings.thresholds import Thresholds

__all__ = [
    "ADVISED",
    "CHOICES",
    "SNOOZES",
    "Brief",
    "Decision",
    "Finding",
    "Happening",
    "HitRate",
    "Outcome",
    "Thresholds",
    "advise",
    "brief",
    "decide",
    "decisions",
    "hit_rates",
    "outcome",
    "outcomes",
    "reopen",
    "review",
    "said",
    "undecided",
]
