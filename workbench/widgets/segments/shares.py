"""How many look-alikes can be taken."""

from __future__ import annotations

from types import MappingProxyType

BEST = MappingProxyType({"2": 0.02, "5": 0.05, "10": 0.1, "20": 0.2, "30": 0.3})
"""Percent of the customers outside of the rule, the most alike → share."""

USUAL = "10"
