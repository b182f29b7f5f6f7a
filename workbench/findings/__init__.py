"""Findings: what changed, what is broken, what the data cannot be trusted on, and what to do."""

from __future__ import annotations

from workbench.findings.finding import Finding
from workbench.findings.review import review
from workbench.findings.thresholds import Thresholds

__all__ = ["Finding", "Thresholds", "review"]
