"""Two members head to head, in several metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.compare.families import corrected
from workbench.compare.ranking import ALPHA, BETTER, HIGHER, LOWER, UNCLEAR, WORSE, campaigns
from workbench.compare.result import Comparison, Verdict
from workbench.compare.sayings import names_of, pair
from workbench.errors import QuestionError
from workbench.metrics.dimensions import dimension
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

METRICS = ("roas", "cpa", "cvr", "ctr", "aov")


def head_to_head(
    store: Store,
    first: str,
    second: str,
    by: str = "campaign",
    metrics: str | Sequence[str] = METRICS,
    period: str | Period = "last_28_days",
    where: Mapping[str, Any] | None = None,
    adjust: str | Sequence[str] | None = None,
    age: int | str | None = None,
    correction: str = "holm",
    currency: str | None = None,
) -> Comparison:
    """Compare two members in several ratios.

    Args:
        store: The store.
        first, second: Members of `by`; the effect is that of the first against the second.
        by, period, where, adjust, age, currency: As in `campaigns`.
        metrics: Ratios of the catalogue.
        correction: `holm`, `bh` or `none`, over the metrics.

    Returns:
        A `Comparison` with one row a metric; its verdict speaks of the first metric.

    Raises:
        QuestionError: as `campaigns`, or for twice the same member.
    """
    if first == second:
        raise QuestionError(f"{first!r} cannot be compared with itself.", "Name two different members.")
    asked = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    kept = {**(where or {}), by: [first, second]}
    found = [
        campaigns(store, by, name, period, None, kept, second, adjust, age, "none", currency)
        for name in asked
    ]
    table = _table(found, correction)
    metric = store.metrics[asked[0]]
    says = pair(table.iloc[0], metric, found[0].currency, names_of(store, dimension(by)))
    return found[0].with_(
        table=table,
        units={name: store.metrics[name].unit for name in asked},
        better={name: store.metrics[name].better for name in asked},
        verdict=Verdict(says),
        correction=correction,
        details={**found[0].details, "pair": (first, second)},
        warnings=tuple({item.sentence(): item for one in found for item in one.warnings}.values()),
    )


def _table(found: list[Comparison], correction: str) -> pd.DataFrame:
    """The rows of all metrics, their p-values corrected as one family."""
    import pandas as pd

    table = pd.concat([one.table for one in found], ignore_index=True)
    table["p_adjusted"] = corrected(table["p_value"], correction)
    better = [one.better[one.table["metric"].iloc[0]] for one in found]
    table["verdict"] = [
        row["verdict"]
        if row["p_adjusted"] != row["p_adjusted"]
        else _word(row["p_adjusted"], row["effect"], way)
        for (_, row), way in zip(table.iterrows(), better, strict=True)
    ]
    return table


def _word(p: float, effect: float, better: str) -> str:
    up, down = {"higher": (BETTER, WORSE), "lower": (WORSE, BETTER)}.get(better, (HIGHER, LOWER))
    return UNCLEAR if p >= ALPHA else up if effect > 0 else down
