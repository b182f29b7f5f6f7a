"""What the reports about delivery show: days, comparison, whose, in which currency."""

from __future__ import annotations

from typing import Any

from workbench.metrics.money import checked
from workbench.widgets.campaigns.state import CampaignsState, levels
from workbench.widgets.traits import Setting, Words, text_of


def currency(_state: Any, value: Any) -> str:
    """Check a currency; an empty one is the workspace's."""
    return (checked(text_of(value)) if value else "") or ""


class BriefState(CampaignsState):
    """State of a report about delivery."""

    by = Words(
        ("channel",), levels, "Dimensions of the breakdown, outer first; the first one explains changes."
    )
    currency = Setting("", currency, "Currency of amounts (ISO 4217); empty: the workspace's.")

    @property
    def outcome(self) -> str:
        """What a proposal is for."""
        return "conversions"


class WeeklyState(BriefState):
    """State of the executive weekly."""

    period = Setting("last_full_week", BriefState.period.check, "Period in words: `last_full_week`, …")


class ReviewState(BriefState):
    """State of the campaign review."""

    by = Words(("campaign", "creative"), levels, "Dimensions of the breakdown, outer first.")
