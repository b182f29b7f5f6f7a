"""How one sheet is read: its table, its columns, and what was guessed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.crm import match, saved
from workbench.crm.sheet import Sheet
from workbench.crm.spec import Spec, spec
from workbench.errors import InputError
from workbench.sources.problems import Unusable
from workbench.sources.review import Finding, finding

OWN = "own:"
"""How a mapping names an own attribute: `own:` and its name; `own:` alone says that none is kept."""


@dataclass(frozen=True)
class Layout:
    """How a sheet is read.

    Attributes:
        spec: Its table.
        columns: Field name → header (or `=value`).
        confidence: How sure that is.
        findings: What to say of it.
        own: Name of an own attribute → header; None where nobody said which ones are kept.
        unused: Headers that are no field.
    """

    spec: Spec
    columns: Mapping[str, str]
    confidence: float
    findings: tuple[Finding, ...]
    own: Mapping[str, str] | None = None
    unused: tuple[str, ...] = ()


def lay_out(
    sheet: Sheet, table: str | None, mapping: Mapping[str, str] | None, workspace: Path | None, lang: str
) -> Layout:
    """Decide on a sheet's table and columns.

    Args:
        sheet: The rows; only its headers are looked at.
        table: CRM table; None: told by a saved mapping, or by the headers.
        mapping: Column → header, or `=value`; it goes over what the headers say. `own:<name>` is an own
            attribute of customers.
        workspace: Folder whose saved mappings may be used.
        lang: Language of the sentences.

    Raises:
        Unusable: when no table is likely, or a needed column is missing.
        InputError: for a table, column or header that does not exist.
    """
    told: list[Finding] = []
    kept = saved.find(workspace, sheet.headers) if workspace and mapping is None else None
    if kept and table in (None, kept.table):
        table, mapping = kept.table, kept.mapping
        told.append(finding("PASS", "saved_mapping", lang, name=kept.name))
    mapping, own = split(mapping)
    if table is None:
        guess = _guessed(sheet, mapping)
        table = guess.spec.table
        percent = f"{guess.confidence:.0%}"
        told.append(finding("REVIEW", "crm.guessed_table", lang, table=table, confidence=percent))
    chosen = spec(table)
    columns = match.columns(chosen, sheet.headers, mapping)
    _check(sheet, chosen, columns, bool(mapping))
    told += _about(chosen, columns, mapping, lang)
    unused = tuple(header for header in sheet.headers if header.strip() and header not in columns.values())
    if own is not None:
        own = {name: match.header_of(header, sheet.headers, f"{OWN}{name}") for name, header in own.items()}
    return Layout(chosen, columns, _confidence(chosen, columns, mapping), tuple(told), own, unused)


def split(mapping: Mapping[str, str] | None) -> tuple[dict[str, str] | None, dict[str, str] | None]:
    """A mapping without own attributes, and these: name → header; None where it says nothing of them."""
    if mapping is None:
        return None, None
    named = {key: header for key, header in mapping.items() if key.startswith(OWN)}
    rest = {key: header for key, header in mapping.items() if key not in named}
    if not named:
        return rest, None
    return rest, {key.removeprefix(OWN).strip(): header for key, header in named.items() if header}


def _guessed(sheet: Sheet, mapping: Mapping[str, str] | None) -> match.Guess:
    found = match.guesses(sheet.headers, sheet.hint)
    if mapping:
        fitting = [guess for guess in found if all(_has(guess.spec, name) for name in mapping)]
        if len(fitting) == 1 or (fitting and fitting[0] is found[0]):
            return fitting[0]
    guess = match.sure(found)
    if guess is None:
        raise Unusable(
            "crm.no_table",
            likely=", ".join(f"{item.spec.table} ({item.confidence:.0%})" for item in found[:3]),
            headers=_headers(sheet),
        )
    return guess


def _has(chosen: Spec, name: str) -> bool:
    return any(name in (item.name, item.column) for item in chosen.fields)


def _check(sheet: Sheet, chosen: Spec, columns: Mapping[str, str], given: bool) -> None:
    missing = chosen.lacks(columns)
    if not missing:
        return
    if given:
        raise InputError(
            f"The mapping has no {' and no '.join(missing)}, which table {chosen.table!r} needs.",
            f"Add it, or a value for all rows as '=value'; the file has: {_headers(sheet)}.",
            sheet.name,
        )
    free = [header for header in sheet.headers if header.strip() and header not in columns.values()]
    near = {
        name: header
        for header in free
        for name, score in match.alike(chosen, header)[:1]
        if name in missing and score >= 0.6
    }
    hint = ", ".join(f"{name}: {header}" for name, header in near.items())
    raise Unusable(
        "crm.lacks",
        table=chosen.table,
        columns=", ".join(missing),
        headers=_headers(sheet),
        hint=f" ({hint}?)" if hint else "",
    )


def _about(
    chosen: Spec, columns: Mapping[str, str], mapping: Mapping[str, str] | None, lang: str
) -> list[Finding]:
    told: list[Finding] = []
    guessed = {name: header for name, header in columns.items() if name not in _given(chosen, mapping)}
    if not match.canonical(chosen, guessed):
        used = ", ".join(f"{name} ← {header}" for name, header in guessed.items())
        told.append(finding("REVIEW", "guessed_mapping", lang, used=used))
    return told


def _given(chosen: Spec, mapping: Mapping[str, str] | None) -> set[str]:
    return {chosen.field(name).name for name in mapping or {}}


def _confidence(chosen: Spec, columns: Mapping[str, str], mapping: Mapping[str, str] | None) -> float:
    """Share of sure columns: those given, and those that are called as they are here; 0.9 for known words."""
    sure = _given(chosen, mapping)
    scores = [
        1.0 if name in sure or match.canonical(chosen, {name: header}) else 0.9
        for name, header in columns.items()
    ]
    return round(sum(scores) / len(scores), 2) if scores else 0.0


def _headers(sheet: Sheet) -> str:
    return ", ".join(header for header in sheet.headers if header.strip())[:300]
