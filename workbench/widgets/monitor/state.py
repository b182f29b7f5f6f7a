"""What the Monitor panel shows: which metric paces by what, and which days count as recent."""

from __future__ import annotations

from workbench.widgets.forecast.state import day, where
from workbench.widgets.state import State, one_of
from workbench.widgets.traits import Filters, Setting, text_of

METRICS = ("cost", "conversions", "revenue", "clicks", "impressions")
"""Metrics whose month is told apart."""
BY = ("channel", "advertiser", "account", "campaign")
APART = ("account", "channel", "campaign", "region")
"""What anomalies are looked for in."""
LOOKS = ("7", "14", "28")


def named(_state: State, value: object) -> str:
    """Check the name of an anomaly; one that is not there shows the largest."""
    return text_of(value)


class MonitorState(State):
    """State of the Monitor panel."""

    metric = Setting("cost", one_of("metric", METRICS), "Whose pace is told apart: `cost`, `conversions`, …")
    by = Setting("channel", one_of("dimension", BY), "What the pace is told apart by.")
    apart = Setting("account", one_of("dimension", APART), "What anomalies are looked for in.")
    look = Setting("14", one_of("length", LOOKS), "Newest days among which anomalies are looked for.")
    shown = Setting("", named, "The anomaly whose chart is drawn; empty: the largest.")
    as_of = Setting("", day, "Last day that is looked at; empty: the last one of the data.")
    filters = Filters(lambda _state: {}, where, "Dimension → members that are kept.")
