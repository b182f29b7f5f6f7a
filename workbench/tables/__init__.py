"""Answers as HTML: KPI cards, breakdown tables, findings, controls; everything is escaped."""

from workbench.tables.cards import chip, definition, definitions, kpis, tip
from workbench.tables.findings import findings
from workbench.tables.grid import Layout, breakdown, shown_member
from workbench.tables.html import Html, hidden, join, tag
from workbench.tables.pace import legend as pace_legend
from workbench.tables.pace import pace
from workbench.tables.readings import Reading, member, reading, readings

__all__ = [
    "Html",
    "Layout",
    "Reading",
    "breakdown",
    "chip",
    "definition",
    "definitions",
    "findings",
    "hidden",
    "join",
    "kpis",
    "member",
    "pace",
    "pace_legend",
    "reading",
    "readings",
    "shown_member",
    "tag",
    "tip",
]
