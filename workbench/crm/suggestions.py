"""Suggestions for the columns of a CRM sheet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.crm import match, own
from workbench.crm.layout import OWN
from workbench.crm.sheet import Sheet
from workbench.crm.spec import Spec, spec
from workbench.sources.mapping import MappingSuggestion, Suggested

SAMPLES = 3
SURE_OWN = 0.9
"""Confidence of a column that is kept as an own attribute."""

LIKELY = 0.6
"""Confidence from which a column is suggested by likeness alone."""


def of_sheet(sheet: Sheet, table: str | None) -> MappingSuggestion:
    """What each header of a sheet means, with a confidence; the likeliest table where none is named."""
    chosen = spec(table) if table else match.guesses(sheet.headers, sheet.hint)[0].spec
    certain = {header: name for name, header in match.columns(chosen, sheet.headers).items()}
    taken = set(certain.values())
    kept = _own(sheet, chosen, certain)
    rows = []
    for place, header in enumerate(sheet.headers):
        others = match.alike(chosen, header, taken)
        column, confidence = certain.get(header, ""), 0.95 if header in certain else 0.0
        if header in kept:
            column, confidence = kept[header], SURE_OWN
        elif not column and others and others[0][1] >= LIKELY:
            column, confidence = others[0]
            taken.add(column)
        alternatives = tuple(name for name, _ in others if name != column)[:3]
        rows.append(Suggested(header, column, round(confidence, 2), _samples(sheet, place), alternatives))
    return MappingSuggestion(chosen.table, tuple(rows))


def _own(sheet: Sheet, chosen: Spec, certain: Mapping[str, str]) -> dict[str, str]:
    """Header → own attribute that it becomes, where the table has any."""
    if chosen.table != own.OF:
        return {}
    free = [header for header in sheet.headers if header.strip() and header not in certain]
    return {item.header: f"{OWN}{item.name}" for item in own.by_values(sheet, free)}


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
