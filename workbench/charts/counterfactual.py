"""`counterfactual`: the treated over time beside what they would have been."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from workbench.charts.chart import Chart, empty
from workbench.charts.lines import HEIGHT, trend
from workbench.i18n import text

if TYPE_CHECKING:
    from workbench.catalogue import Metric
    from workbench.compare import Comparison

SIDES = ("treated", "control")


def counterfactual(answer: Comparison, metric: Metric, lang: str = "en", height: int = HEIGHT) -> Chart:
    """Draw the series of an incremental comparison: two lines that go together until the start.

    Args:
        answer: Of `compare.incremental` or `compare.geo_test`, by day.
        metric: The outcome, for unit and name.
        lang: `en` or `zh`.
        height: Pixels.
    """
    series = answer.details.get("series")
    if series is None:
        return empty(lang, height)
    import pandas as pd

    parts = [pd.DataFrame({"date": series["time"], "side": side, metric.id: series[side]}) for side in SIDES]
    shown = SimpleNamespace(
        table=pd.concat(parts, ignore_index=True),
        metrics=(metric,),
        by=("date", "side"),
        currency=answer.currency,
    )
    labels = {("side", side): text(f"charts.side_{side}", lang) for side in SIDES}
    return trend(shown, metric.id, lang, labels, SIDES, height)  # type: ignore[arg-type]
