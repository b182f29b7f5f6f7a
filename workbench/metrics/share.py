"""Shares of a whole, for pies and bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.metrics.answer import MetricTable

OTHER = "other"


def share(answer: MetricTable, metric: str, top: int = 8) -> pd.DataFrame:
    """Each group's part of the sum over all groups, largest first.

    Args:
        answer: An answer broken down by at least one dimension.
        metric: Id of an additive metric of it.
        top: Groups to keep; the rest is folded into a last row `other`.

    Returns:
        The `by` columns, `value` and `share` (a fraction; missing when the whole is not positive or
        a part is negative).

    Raises:
        QuestionError: for a ratio or reach, whose parts add up to nothing.
    """
    import pandas as pd

    entry = answer.metric(metric)
    if entry.is_ratio or entry.numerator == "reach":
        raise QuestionError(
            f"{metric!r} has no shares: its parts do not add up.", "Ask for cost, clicks or another sum."
        )
    frame = answer.table[[*answer.by, metric]].rename(columns={metric: "value"})
    frame = frame.dropna(subset=["value"]).sort_values("value", ascending=False, kind="stable")
    whole, smallest = frame["value"].sum(), frame["value"].min()
    if len(frame) > top + 1:
        rest = {**dict.fromkeys(answer.by, OTHER), "value": frame["value"].iloc[top:].sum()}
        kept = frame.iloc[:top].astype(dict.fromkeys(answer.by, object))
        frame = pd.concat([kept, pd.DataFrame([rest])])
    fair = whole > 0 and smallest >= 0
    parts = frame["value"] / whole if fair else frame["value"] * float("nan")
    return frame.assign(share=parts).reset_index(drop=True)
