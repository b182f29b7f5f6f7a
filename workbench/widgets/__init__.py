"""Panels: what a marketer steers, in JupyterLab, in a Voila app and, standing still, in a report."""

from importlib import import_module
from typing import Any

__all__ = [
    "AdvertiserReport",
    "Attribution",
    "Budget",
    "CampaignReview",
    "Campaigns",
    "ChartWidget",
    "Compare",
    "Contacts",
    "CustomerCard",
    "CustomerValue",
    "Data",
    "DataQuality",
    "Experiment",
    "Forecast",
    "Home",
    "Incrementality",
    "Interactions",
    "Monitor",
    "Panel",
    "PlanReview",
    "Reports",
    "Segments",
    "TimeSlots",
    "Weekly",
    "is_live",
]

_HOMES = {
    "Reports": "workbench.widgets.reports",
    "Weekly": "workbench.widgets.briefs",
    "PlanReview": "workbench.widgets.briefs",
    "DataQuality": "workbench.widgets.briefs",
    "CampaignReview": "workbench.widgets.briefs",
    "AdvertiserReport": "workbench.widgets.briefs",
    "Attribution": "workbench.widgets.attribution",
    "Budget": "workbench.widgets.budget",
    "Campaigns": "workbench.widgets.campaigns",
    "ChartWidget": "workbench.widgets.chart",
    "Compare": "workbench.widgets.compare",
    "Contacts": "workbench.widgets.contacts",
    "CustomerValue": "workbench.widgets.customer_value",
    "CustomerCard": "workbench.widgets.customer_card",
    "Incrementality": "workbench.widgets.incrementality",
    "Interactions": "workbench.widgets.interactions",
    "Data": "workbench.widgets.data",
    "Experiment": "workbench.widgets.experiment",
    "Forecast": "workbench.widgets.forecast",
    "Home": "workbench.widgets.home",
    "Monitor": "workbench.widgets.monitor",
    "Panel": "workbench.widgets.panel",
    "Segments": "workbench.widgets.segments",
    "TimeSlots": "workbench.widgets.timeslots",
    "is_live": "workbench.widgets.panel",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'workbench.widgets' has no attribute {name!r}")
