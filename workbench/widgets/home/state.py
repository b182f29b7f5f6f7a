"""What the Home panel shows: five key figures, and the metric of its charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.sources import monthplan
from workbench.widgets import proof
from workbench.widgets.campaigns.state import CARDS, cards, metric
from workbench.widgets.period import PeriodState
from workbench.widgets.state import State
from workbench.widgets.traits import Setting, Words, text_of


def month(_state: State, value: Any) -> str:
    """Check a month."""
    return f"{monthplan.span(text_of(value))[0]:%Y-%m}"


class HomeState(PeriodState):
    """State of the Home panel."""

    metric = Setting("cpa", metric, "Metric of the charts.")
    metrics = Words(CARDS, cards, "Metrics of the cards.")
    month = Setting(
        lambda state: state.present, month, "Month whose targets the form shows, such as `2026-11`."
    )
    proof = proof.setting()

    @property
    def present(self) -> str:
        """The month of the last day of data."""
        return f"{self.span[0]:%Y-%m}"

    @property
    def where(self) -> Mapping[str, tuple[str, ...]]:
        """The filters."""
        return dict(self.filters)

    @property
    def has_target(self) -> bool:
        """Whether the figures can stand beside a plan: targets are planned by channel only."""
        return "targets" in self.store.tables and {*self.filters} <= {"channel"}
