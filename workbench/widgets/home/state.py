"""What the Home panel shows: five key figures, and the metric of its charts."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.widgets import proof
from workbench.widgets.campaigns.state import CARDS, cards, metric
from workbench.widgets.period import PeriodState
from workbench.widgets.traits import Setting, Words


class HomeState(PeriodState):
    """State of the Home panel."""

    metric = Setting("cpa", metric, "Metric of the charts.")
    metrics = Words(CARDS, cards, "Metrics of the cards.")
    proof = proof.setting()

    @property
    def where(self) -> Mapping[str, tuple[str, ...]]:
        """The filters."""
        return dict(self.filters)

    @property
    def has_target(self) -> bool:
        """Whether the figures can stand beside a plan: targets are planned by channel only."""
        return "targets" in self.store.tables and {*self.filters} <= {"channel"}
