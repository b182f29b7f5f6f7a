"""An answer as CSV and as a small HTML table."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.i18n import formats
from workbench.metrics.dimensions import TIME, UNKNOWN

if TYPE_CHECKING:
    from workbench.catalogue import Metric
    from workbench.metrics.answer import MetricTable

_SHOWN = 20


def csv(answer: MetricTable, path: str | Path | None) -> bytes:
    """CSV bytes in UTF-8 with a byte order mark; text that a spreadsheet would run gets a quote mark."""
    table = answer.table.copy()
    for name in answer.by:
        if name not in TIME:
            table[name] = [_shown(value) for value in table[name]]
    unused = [f"{metric.id}_{end}" for metric in answer.metrics if not metric.is_ratio for end in _ENDS]
    return exports.csv(table.drop(columns=unused, errors="ignore"), path)


_ENDS = ("low", "high")


def html(answer: MetricTable, lang: str = "en") -> str:
    """A table of at most 20 rows with units, intervals, period, freshness and version."""
    names = [*answer.by, *(f"{metric.label(lang, short=True)}" for metric in answer.metrics), "days"]
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = answer.table.head(_SHOWN).to_dict("records")
    body = "".join(f"<tr>{_cells(answer, row, lang)}</tr>" for row in rows)
    more = len(answer.table) - len(rows)
    lines = [_stamp(answer), *(note.sentence(lang) for note in answer.notes)]
    lines += [f"… and {more} more rows."] if more > 0 else []
    foot = "<br>".join(escape(line) for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p><small>{foot}</small></p>"


def _cells(answer: MetricTable, row: Mapping[Any, Any], lang: str) -> str:
    keys = (str(row[name])[:10] if name in TIME else _shown(row[name]) for name in answer.by)
    values = (_value(metric, row, answer.currency, lang) for metric in answer.metrics)
    return "".join(f"<td>{escape(cell)}</td>" for cell in (*keys, *values, str(row["n"])))


def _value(metric: Metric, row: Mapping[Any, Any], currency: str, lang: str) -> str:
    figure = formats.value(row[metric.id], metric.unit, lang, currency)
    low, high = (row.get(f"{metric.id}_{end}", float("nan")) for end in ("low", "high"))
    if low == low and high == high:
        ends = (formats.value(end, metric.unit, lang, currency) for end in (low, high))
        figure += f" ({'–'.join(ends)})"
    if row.get(f"{metric.id}_change") is not None:
        figure += f" {formats.change(row[f'{metric.id}_change'], lang)}"
    return figure


def _stamp(answer: MetricTable) -> str:
    days = f"{answer.period.start} – {answer.period.end}"
    against = f" vs {answer.compare.start} – {answer.compare.end}" if answer.compare else ""
    moving = f", moving until {answer.moving_until}" if answer.moving_until else ""
    fresh = f"data to {answer.as_of}, v{answer.data_version}{moving}"
    money = f", {answer.currency}" if answer.currency != "XXX" else ""
    return f"{days}{against} · {fresh} · code {answer.code_version}{money} · intervals: 95%"


def _shown(value: Any) -> str:
    return UNKNOWN if value is None else str(value)
