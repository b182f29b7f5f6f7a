"""What each group of customers has more or less of than everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.segments import shares
from workbench.segments.naming import CLEAR
from workbench.segments.scaling import NumberScale, is_number, numbers, space, texts

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

COLUMNS = ("segment", "feature", "level", "value", "everyone", "index", "low", "high", "p", "verdict")
LEAST = 30
"""Customers that a level has at least, to be spoken of."""
SURE = 0.05
FAR = 15
"""Points of index from 100 from which a share is worth a word."""
MOST_LEVELS = 30


def facts(
    table: pd.DataFrame, segment: np.ndarray, segments: Sequence[str], columns: Sequence[str]
) -> pd.DataFrame:
    """Compare every group with everybody, column by column.

    Args:
        table: Customers, one a row.
        segment: Group of each; None where it has none.
        segments: Groups.
        columns: Measures and traits to compare.

    Returns:
        One row a group and measure, or a group, trait and level; strongest first in each group:
        `segment, feature, level` (None for a measure), `value` and `everyone` (medians; shares of a
        level), `index` with `low` and `high` (95%), `p` (Benjamini–Hochberg over all levels), `verdict`:
        `high` or `low` (a median at least 0.3 robust standard deviations off), `over` or `under` (a share
        that chance does not explain, at least 15 points of index off), else `alike`.
    """
    import pandas as pd

    measures = [name for name in columns if is_number(table[name]) and table[name].nunique() > 2]
    traits = [name for name in columns if name not in measures]
    found = pd.concat(
        [_measures(table, segment, segments, measures), _traits(table, segment, segments, traits)],
        ignore_index=True,
    )
    order = {name: at for at, name in enumerate(segments)}
    ranked = found.assign(at=found["segment"].map(order)).sort_values(
        ["at", "weight"], ascending=[True, False], kind="stable"
    )
    return ranked[list(COLUMNS)].reset_index(drop=True)


def _measures(
    table: pd.DataFrame, segment: np.ndarray, segments: Sequence[str], names: Sequence[str]
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    rows = []
    for scale in space(table, names).scales:
        assert isinstance(scale, NumberScale)
        values = numbers(table[scale.name])
        everyone = float(np.nanmedian(values))
        for name in segments:
            inside = values[(segment == name) & np.isfinite(values)]
            value = float(np.median(inside)) if len(inside) else np.nan
            ends = scale.apply(pd.Series([value, everyone]))[:, 0]
            gap = float(ends[0] - ends[1])
            verdict = "alike" if not abs(gap) >= CLEAR else "high" if gap > 0 else "low"
            rows.append((name, scale.name, None, value, everyone, *[np.nan] * 4, verdict, abs(gap)))
    return pd.DataFrame(rows, columns=[*COLUMNS, "weight"])


def _traits(
    table: pd.DataFrame, segment: np.ndarray, segments: Sequence[str], names: Sequence[str]
) -> pd.DataFrame:
    import pandas as pd

    parts = [_levels(table[name], name, segment, segments) for name in names]
    kept = [part for part in parts if len(part)]
    if not kept:
        return pd.DataFrame(columns=[*COLUMNS, "weight"])
    found = pd.concat(kept, ignore_index=True)
    from workbench.compare.families import corrected

    found["p"] = corrected(found["p"].to_numpy(), "bh")
    sure = (found["p"] < SURE) & ((found["index"] - 100).abs() >= FAR)
    found["verdict"] = "alike"
    found.loc[sure & (found["index"] > 100), "verdict"] = "over"
    found.loc[sure & (found["index"] < 100), "verdict"] = "under"
    found["weight"] = (found["value"] - found["everyone"]).abs()
    return found


def _levels(column: pd.Series, name: str, segment: np.ndarray, segments: Sequence[str]) -> pd.DataFrame:
    """Shares of the known levels of one trait; who has none is in no share."""
    import numpy as np
    import pandas as pd

    values = texts(column).to_numpy()
    known = (values != "") & pd.notna(segment)
    counted = pd.Series(values[known]).value_counts()
    levels = [level for level, size in counted.items() if size >= LEAST][:MOST_LEVELS]
    rows = []
    for group in segments:
        mine = values[known & (segment == group)]
        if not len(mine):
            continue
        inside = np.array([(mine == level).sum() for level in levels])
        base = counted.reindex(levels).to_numpy()
        centre, low, high = shares.index(inside, base, len(mine), known.sum())
        p = shares.by_chance(inside, base, len(mine), known.sum())
        rows += [
            (
                group,
                name,
                level,
                inside[at] / len(mine),
                base[at] / known.sum(),
                centre[at],
                low[at],
                high[at],
                p[at],
            )
            for at, level in enumerate(levels)
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
