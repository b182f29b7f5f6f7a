"""What the other frameworks' pages share: the rows, the question, the chart. Needs pandas and Altair only."""

from __future__ import annotations

import os
from typing import Any

FEWEST, FIRST, MOST = 7, 28, 180
"""Days that the slider goes from, begins with, and goes to."""


def rows() -> Any:
    """Day and cost of every row of the workspace's roll-up."""
    import pandas as pd

    return pd.read_parquet(os.environ["BENCH_ROWS"])


def last(table: Any, days: int) -> Any:
    """Cost a day of the last `days` days."""
    import pandas as pd

    since = table["date"].max() - pd.Timedelta(days=days - 1)
    return table[table["date"] >= since].groupby("date", as_index=False)["cost"].sum()


def chart(table: Any) -> Any:
    """The line, as Altair draws it."""
    import altair as alt

    return alt.Chart(table).mark_line().encode(x="date:T", y="cost:Q").properties(height=300, width=900)
