"""What comes next, and what is out of the ordinary: forecasts, month-ends and anomalies of day series.

`forecast(store, 28, metric="cost", by="channel")` says what comes, with intervals that the past has tested;
`month_end(store, "cost")` where the month ends against its target; `anomalies(store, metric="cost")` which
days fit neither those before them nor those after. `pace(store)` and `recent(store)` ask both for several
metrics at once, for a monitor.
"""

from __future__ import annotations

from workbench.forecast.anomalies import anomalies
from workbench.forecast.answer import Forecast
from workbench.forecast.ask import forecast
from workbench.forecast.candidates import METHODS
from workbench.forecast.choices import Choice, choice, choices
from workbench.forecast.events import Event
from workbench.forecast.month import month_end
from workbench.forecast.notes import Note
from workbench.forecast.oddities import Anomalies
from workbench.forecast.pace import Near, Pace, pace
from workbench.forecast.pacing import Pacing
from workbench.forecast.recent import Recent, recent

__all__ = [
    "METHODS",
    "Anomalies",
    "Choice",
    "Event",
    "Forecast",
    "Near",
    "Note",
    "Pace",
    "Pacing",
    "Recent",
    "anomalies",
    "choice",
    "choices",
    "forecast",
    "month_end",
    "pace",
    "recent",
]
