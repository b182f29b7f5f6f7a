"""A comparison as a small HTML table for notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.compare.words import Figure, Lift, metric_words, p_value
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.compare.result import Comparison

_SHOWN = 20
_HEADINGS = ("metric", "arm", "control", "mean", "mean_control", "effect", "lift", "p", "n")


def html(answer: Comparison, lang: str) -> str:
    """Verdict, warnings, a table of at most 20 rows, method and versions."""
    head = "".join(
        f"<th>{escape(name)}</th>"
        for name in (*answer.by, *(text(f"compare.head_{name}", lang) for name in _HEADINGS))
    )
    rows = answer.table.head(_SHOWN).to_dict("records")
    body = "".join(f"<tr>{_cells(answer, row, lang)}</tr>" for row in rows)
    more = len(answer.table) - len(rows)
    foot = [text("compare.more_rows", lang, rows=more)] if more > 0 else []
    said = [item.sentence(lang) for item in answer.warnings]
    lines = "<br>".join(escape(line) for line in [*said, *foot, _stamp(answer, lang)])
    return (
        f"<p><b>{escape(answer.sentence(lang))}</b></p><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table><p><small>{lines}</small></p>"
    )


def _cells(answer: Comparison, row: Mapping[Any, Any], lang: str) -> str:
    unit = answer.units.get(row["metric"], "number")
    means = [Figure(row[name], unit, answer.currency).shown(lang) for name in ("mean", "mean_control")]
    ends = (row["low"], row["high"])
    effect = Figure(row["effect"], unit, answer.currency, *ends, signed=True).shown(lang)
    lift = Lift(row["lift"], row["lift_low"], row["lift_high"]).shown(lang)
    size = f"{_count(row['n'], lang)} / {_count(row['n_control'], lang)}"
    first = [*(str(row[name]) for name in answer.by), metric_words(str(row["metric"])).shown(lang)]
    cells = (*first, str(row["arm"]), str(row["control"]), *means, effect, lift, _p(row, lang), size)
    return "".join(f"<td>{escape(cell)}</td>" for cell in cells)


def _p(row: Mapping[Any, Any], lang: str) -> str:
    p = row["p_adjusted"]
    return formats.MISSING if p != p else p_value(p, lang)


def _count(value: Any, lang: str) -> str:
    return formats.number(None if value != value else value, lang)


def _stamp(answer: Comparison, lang: str) -> str:
    parts = [
        text(f"compare.method_{answer.method}", lang),
        text("compare.level", lang, level=formats.percent(answer.level, lang, 0)),
        text(f"compare.correction_{answer.correction}", lang),
    ]
    if answer.as_of:
        parts.append(text("compare.as_of", lang, day=formats.date(answer.as_of, lang)))
    if answer.data_version is not None:
        parts.append(text("compare.version", lang, version=answer.data_version))
    return " · ".join([*parts, f"code {answer.code_version}"])
