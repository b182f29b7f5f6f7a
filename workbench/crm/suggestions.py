"""Suggestions for the columns of a CRM sheet."""

from __future__ import annotations

from pathlib import Path

from workbench.crm import match
from workbench.crm.sheet import Sheet
from workbench.crm.spec import spec
from workbench.sources.mapping import MappingSuggestion, Suggested

SAMPLES = 3
LIKELY = 0.6
"""Confidence from which a column is suggested by likeness alone."""


def of_sheet(sheet: Sheet, table: str | None) -> MappingSuggestion:
    """What each header of a sheet means, with a confidence; the likeliest table where none is named."""
    chosen = spec(table) if table else match.guesses(sheet.headers, sheet.hint)[0].spec
    certain = {header: name for name, header in match.columns(chosen, sheet.headers).items()}
    taken = set(certain.values())
    rows = []
    for place, header in enumerate(sheet.headers):
        others = match.alike(chosen, header, taken)
        column, confidence = certain.get(header, ""), 0.95 if header in certain else 0.0
        if not column and others and others[0][1] >= LIKELY:
            column, confidence = others[0]
            taken.add(column)
        alternatives = tuple(name for name, _ in others if name != column)[:3]
        rows.append(Suggested(header, column, round(confidence, 2), _samples(sheet, place), alternatives))
    return MappingSuggestion(chosen.table, tuple(rows))


def _samples(sheet: Sheet, place: int) -> tuple[str, ...]:
    if isinstance(sheet.cells, Path):
        return ()
    found: dict[str, None] = {}
    for value in sheet.cells[f"c{place}"].slice(0, 200).to_pylist():
        if value and value.strip():
            found[value.strip()] = None
        if len(found) == SAMPLES:
            break
    return tuple(found)
