"""The conclusion in a sentence or two: which arm, by how much, how sure, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.compare.result import Remark, SampleRatio, Verdict
from workbench.compare.words import Chance, Figure, Lift, metric_words

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Row = Mapping[str, Any]


def verdict(
    rows: Sequence[Row],
    by: Sequence[str],
    units: Mapping[str, str],
    better: Mapping[str, str],
    srm: SampleRatio,
    currency: str,
    alpha: float,
    rollout: int | None,
) -> Verdict:
    """The conclusion of an experiment, on its first metric.

    Args:
        rows: Rows of the answer.
        by: Columns of the breakdown.
        units, better: Of each metric.
        srm: Check of the group sizes.
        currency: Of amounts.
        alpha: 1 − confidence.
        rollout: Units that the decision is about; None: those of the experiment.
    """
    stop = () if srm.ok else (Remark.of("verdict_srm", "bad"),)
    if by:
        return Verdict(*stop, *_segments(rows, better, alpha))
    first = [row for row in rows if row["metric"] == rows[0]["metric"]]
    parts = [part for row in first for part in _arm(row, units, better, currency, alpha)]
    return Verdict(*stop, *parts, *_worth(rows, units, better, currency, rollout))


def records(table: pd.DataFrame | Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Rows of a table, or of its columns, by column name."""
    columns: dict[str, list[Any]] = {str(name): values.tolist() for name, values in table.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def meaning(row: Row, better: Mapping[str, str], alpha: float) -> str:
    """`better`, `worse`, `noise` or `unknown`."""
    p = row["p_adjusted"]
    if p != p or row["effect"] != row["effect"]:
        return "unknown"
    if not p < alpha or row["effect"] == 0:
        return "noise"
    return "better" if (row["effect"] > 0) == (better.get(row["metric"], "higher") != "lower") else "worse"


def _arm(
    row: Row, units: Mapping[str, str], better: Mapping[str, str], currency: str, alpha: float
) -> Iterator[Remark]:
    kind = meaning(row, better, alpha)
    unit = units.get(row["metric"], "number")
    values = {
        "arm": row["arm"],
        "control": row["control"],
        "metric": metric_words(row["metric"]),
        "effect": Figure(row["effect"], unit, currency, row["low"], row["high"], signed=True),
        "lift": Lift(row["lift"], row["lift_low"], row["lift_high"]),
        "probability": Chance(row["probability"]),
    }
    if kind == "unknown":
        values = {name: values[name] for name in ("arm", "control", "metric")}
    yield Remark(f"verdict_{kind}", values, "info")
    if row.get("noninferior") is not None and row["noninferior"] == row["noninferior"]:
        code = "verdict_noninferior" if row["noninferior"] else "verdict_not_noninferior"
        margin = Figure(row["margin"], unit, currency, signed=True)
        yield Remark.of(code, "info", arm=row["arm"], metric=values["metric"], margin=margin)


def _segments(rows: Sequence[Row], better: Mapping[str, str], alpha: float) -> Iterator[Remark]:
    for metric in dict.fromkeys(row["metric"] for row in rows):
        kinds = [meaning(row, better, alpha) for row in rows if row["metric"] == metric]
        counts = {kind: kinds.count(kind) for kind in ("better", "worse", "noise", "unknown")}
        yield Remark.of("verdict_segments", "info", metric=metric_words(metric), all=len(kinds), **counts)


def _worth(
    rows: Sequence[Row],
    units: Mapping[str, str],
    better: Mapping[str, str],
    currency: str,
    rollout: int | None,
) -> Iterator[Remark]:
    """What taking the arm would bring in money, over the units that the decision is about."""
    for row in worth(rows, units, better, rollout):
        yield Remark.of(
            "verdict_worth",
            "info",
            arm=row["arm"],
            metric=metric_words(row["metric"]),
            n=row["units"],
            worth=Figure(row["worth"], "money", currency, row["low"], row["high"], signed=True),
        )


def worth(
    rows: Sequence[Row], units: Mapping[str, str], better: Mapping[str, str], rollout: int | None
) -> list[dict[str, Any]]:
    """Money of each arm: gain a unit × units, for the first metric that is money a unit.

    Where lower is better, what is spent less is the gain.

    Args:
        rows: Rows of the answer.
        units, better: Of each metric.
        rollout: Units that the decision is about; None: those of all arms.
    """
    money = next(
        (row["metric"] for row in rows if units.get(row["metric"]) == "money" and "/" not in row["metric"]
         and row["quantile"] != row["quantile"]), None
    )  # fmt: skip
    chosen = [row for row in rows if row["metric"] == money]
    size = rollout or int(sum(row["n"] for row in chosen) + (chosen[0]["n_control"] if chosen else 0))
    lower = better.get(str(money)) == "lower"
    ends = ("effect", "high", "low") if lower else ("effect", "low", "high")
    sign = -size if lower else size
    return [
        {"metric": money, "arm": row["arm"], "units": size}
        | {name: row[end] * sign for name, end in zip(("worth", "low", "high"), ends, strict=True)}
        for row in chosen
        if row["effect"] == row["effect"]
    ]
