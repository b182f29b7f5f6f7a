"""How a month runs against its plan, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.forecast.words import amount, where_of
from workbench.i18n import formats, text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.forecast.pace import Pace

ORDER = ("on", "over", "under", "open")
AMOUNTS = ("actual", "projected", "low", "high", "target", "planned", "needed", "rate")


def headline(answer: Pace, lang: str, names: Mapping[str, str]) -> str:
    """How many series are on plan, and which is the farthest from it."""
    known = answer.planned
    counts = {name: int((known["status"] == name).sum()) for name in ORDER}
    if known.empty:
        return text("forecast.pace_no_plan", lang, last=formats.date(answer.last, lang))
    if len(known) == 1:
        return sentence(answer, lang, names, _place(answer, known))
    far = known[known["status"] != "on"]
    said = _counted(counts, len(known), lang)
    if far.empty:
        return said
    worst = far.loc[[(far["of_target"] - 1).abs().idxmax()]]
    return ("" if lang == "zh" else " ").join([said, sentence(answer, lang, names, _place(answer, worst))])


def _place(answer: Pace, rows: pd.DataFrame) -> int:
    """Which row of the table the first of some of its rows is."""
    return list(answer.table.index).index(rows.index[0])


def _counted(counts: Mapping[str, int], every: int, lang: str) -> str:
    """How many series are in each state; states that none is in are left out."""
    parts = [text(f"forecast.pace_count_{name}", lang, n=n) for name, n in counts.items() if n]
    listed = ("，" if lang == "zh" else ", ").join(parts)
    return text("forecast.pace_counts", lang, all=every, listed=listed)


def sentence(answer: Pace, lang: str, names: Mapping[str, str], number: int) -> str:
    """One row: how much so far, where it ends, what it takes a day to land on plan."""
    row = answer.table.iloc[number]
    shown = _shown(answer, row, lang)
    key = {name: row[name] for name in answer.by}
    if len(answer.months) > 1:
        key = {**key, "metric": row["metric"]}
    shown["where"] = where_of(key, names, lang)
    if not row["status"]:
        return text("forecast.pace_free", lang, **shown)
    status = row["status"]
    if not answer.days_left:
        side = "on" if status == "on" else "over" if row["gap"] > 0 else "under"
        return text(f"forecast.pace_ended_{side}", lang, **shown)
    if status == "open":
        status = "open_over" if row["gap"] > 0 else "open_under"
    said = text(f"forecast.pace_{status}", lang, **shown)
    if status == "on":
        return said
    need = "pace_spent" if not row["needed"] > 0 else "pace_needed"
    return said + text(f"forecast.{need}", lang, **shown)


def _shown(answer: Pace, row: Any, lang: str) -> dict[str, Any]:
    """Every number of a row as it is written."""
    month = answer.months[row["metric"]].forecast
    said = {name: amount(row[name], month.unit, month.currency, lang) for name in AMOUNTS}
    return {
        **said,
        "gap": amount(abs(row["gap"]), month.unit, month.currency, lang),
        "off": formats.percent(abs(row["of_target"] - 1), lang, 1),
        "chance": formats.percent(row["chance"], lang, 0),
        "done": formats.percent(row["done"], lang, 0),
        "step": formats.change(row["step"], lang),
        "passed": formats.percent(answer.passed, lang, 0),
        "level": formats.percent(answer.level, lang, 0),
        "last": formats.date(answer.last, lang),
        "left": answer.days_left,
    }
