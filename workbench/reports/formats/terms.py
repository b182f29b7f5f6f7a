"""Definitions for files: every metric that a report explains, in both languages, from the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench import catalogue
from workbench.reports.formats.asked import Asked
from workbench.reports.formats.collect import capital

if TYPE_CHECKING:
    from workbench.reports.formats.content import Term


@dataclass(frozen=True)
class Known:
    """One definition; a word of one page alone is known in its language only."""

    en: str
    zh: str
    about_en: str
    about_zh: str
    formula: str

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Its texts in the order of the sheet."""
        return self.en, self.zh, self.about_en, self.about_zh, self.formula


def known(asked: Asked) -> tuple[Known, ...]:
    """The report's definitions: metrics as the catalogue defines them, other words as the page does."""
    metrics = {
        capital(item.label(asked.lang)): item for item in catalogue.catalogue(asked.workspace).values()
    }
    return tuple(
        _of_metric(metrics[term.name], term.formula) if term.name in metrics else _of_page(term, asked.lang)
        for term in asked.content.terms
    )


def _of_metric(metric: catalogue.Metric, formula: str) -> Known:
    return Known(capital(metric.en), metric.zh, metric.about("en"), metric.about("zh"), formula)


def _of_page(term: Term, lang: str) -> Known:
    if lang == "zh":
        return Known("", term.name, "", term.meaning, term.formula)
    return Known(term.name, "", term.meaning, "", term.formula)
