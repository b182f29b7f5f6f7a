"""The key figures of a report, put beside its page as data, so that the next run can tell what moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MIME = "application/vnd.workbench.figures+json"
"""Type of an output that holds figures: a list of what `figure` makes."""


def figure(
    name: str,
    value: float | None,
    unit: str = "count",
    label: str = "",
    currency: str = "",
    days: tuple[str, str] = ("", ""),
    scope: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One figure as it is kept.

    Args:
        name: What it is called from run to run.
        value: The figure; None: unknown.
        unit: As in the metric catalogue: `count`, `money`, `percent`, `share`, `multiple`, `days`.
        label: How a reader knows it; empty: its name.
        currency: ISO 4217 code of an amount.
        days: First and last day that it is of, in ISO form; empty: of no days.
        scope: Filters in force.
    """
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "label": label or name,
        "currency": currency,
        "start": days[0],
        "end": days[1],
        "scope": {key: list(values) for key, values in (scope or {}).items()},
    }


def of_answers(answers: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """The figures of the totals among a panel's answers, of the period and of the one compared with."""
    from workbench.metrics import MetricTable

    totals = [item for item in answers.values() if isinstance(item, MetricTable) and not item.by]
    found = [item for answer in totals for item in _of_total(answer, lang)]
    return list({(item["name"], item["start"], item["end"]): item for item in found}.values())


def _of_total(answer: Any, lang: str) -> Iterator[dict[str, Any]]:
    row = answer.totals
    spans = [("", answer.period), ("_before", answer.compare)]
    for metric in answer.metrics:
        for suffix, period in spans:
            if period is None or f"{metric.id}{suffix}" not in row:
                continue
            yield figure(
                metric.id,
                row[f"{metric.id}{suffix}"],
                metric.unit,
                metric.label(lang),
                answer.currency,
                (str(period.start), str(period.end)),
                answer.where,
            )
