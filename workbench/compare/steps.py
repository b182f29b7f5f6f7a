"""The funnel: impressions → clicks → conversions → revenue, each step beside that of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.compare.families import corrected
from workbench.compare.ranking import campaigns
from workbench.compare.result import COLUMNS, Comparison, Remark, Verdict
from workbench.compare.sayings import names_of
from workbench.compare.words import Lift, Words, metric_words
from workbench.metrics.dimensions import dimension
from workbench.metrics.kpis import kpis
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

STEPS = {"ctr": ("impressions", "clicks"), "cvr": ("clicks", "conversions"), "aov": ("orders", "revenue")}
"""Rate of a step → what it leads from and to."""

ALPHA = 0.05


def funnel(
    store: Store,
    by: str = "campaign",
    member: str | None = None,
    period: str | Period = "last_28_days",
    where: Mapping[str, Any] | None = None,
    currency: str | None = None,
) -> Comparison:
    """Follow people from impression to revenue, and show at which step a member differs from the others.

    Args:
        store: The store.
        by: Dimension of the member.
        member: One member, compared with all others; None: everything together.
        period: Words such as `last_28_days`.
        where: Dimension → value or values to keep.
        currency: ISO 4217 code of amounts.

    Returns:
        A `Comparison` with one row a step (`ctr`, `cvr`, `aov`): `mean` is its rate, `level_low` and
        `level_high` that rate's interval, `mean_control` the others' rate; `start`, `end` the counts or
        amounts it leads from and to. p-values are corrected over the steps (Holm).

    Raises:
        QuestionError: as `campaigns`, or for an unknown member.
    """
    rows = _steps(store, by, period, where, currency) if member else None
    kept = {**(where or {}), **({by: member} if member else {})}
    sums = ("impressions", "clicks", "conversions", "orders", "revenue")
    whole = kpis(store, (), (*sums, *STEPS), period, None, kept, currency)
    table = _table(whole.table.iloc[0], rows, member)
    return Comparison(
        table=table,
        kind="campaigns",
        method="funnel",
        units={name: whole.metric(name).unit for name in STEPS},
        better={name: whole.metric(name).better for name in STEPS},
        warnings=tuple(rows[0].warnings) if rows else (),
        verdict=_verdict(table, member and names_of(store, dimension(by))(member)),
        currency=whole.currency,
        as_of=store.as_of,
        data_version=store.version,
        sql=whole.sql,
        details={
            "member": member,
            "period": whole.period,
            "sums": {name: whole.table[name].iloc[0] for name in sums},
        },
    )


def _steps(
    store: Store,
    by: str,
    period: str | Period,
    where: Mapping[str, Any] | None,
    currency: str | None,
) -> list[Comparison]:
    return [campaigns(store, by, step, period, None, where, "rest", currency=currency) for step in STEPS]


def _table(whole: pd.Series[Any], rows: list[Comparison] | None, member: str | None) -> pd.DataFrame:
    import pandas as pd

    made = []
    for at, (step, (start, end)) in enumerate(STEPS.items()):
        found = rows[at].table if rows else None
        own = found[found["arm"] == member] if found is not None else None
        row: dict[Any, Any] = dict.fromkeys(COLUMNS, float("nan"))
        if own is not None and len(own):
            row = own.iloc[0][list(COLUMNS)].to_dict()
        row |= {
            "metric": step,
            "arm": member or "all",
            "control": "rest" if member else "",
            "mean": whole[step],
        }
        row |= {"level_low": whole[f"{step}_low"], "level_high": whole[f"{step}_high"]}
        made.append({**row, "start": whole[start], "end": whole[end]})
    table = pd.DataFrame(made)
    return table.assign(p_adjusted=corrected(table["p_value"].astype(float), "holm"))


def _verdict(table: pd.DataFrame, member: Words | str | None) -> Verdict:
    """The step at which a member differs most for sure."""
    if member is None:
        return Verdict(Remark.of("funnel_all", "info"))
    sure = table[table["p_adjusted"] < ALPHA]
    if sure.empty:
        return Verdict(Remark.of("funnel_alike", "info", arm=member))
    parts = []
    for _, row in sure.iterrows():
        code = "funnel_gains" if row["effect"] > 0 else "funnel_loses"
        lift = Lift(row["lift"], row["lift_low"], row["lift_high"])
        parts.append(Remark.of(code, "info", arm=member, metric=metric_words(row["metric"]), lift=lift))
    return Verdict(*parts)
