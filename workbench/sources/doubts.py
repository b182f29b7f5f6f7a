"""What a reader would ask about: facts nobody reads, headers and sheets that stand twice, thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.sources.mapping import Layout
from workbench.sources.profile import METRICS, OUTCOMES, Profile
from workbench.sources.review import Finding, finding
from workbench.sources.words import Headers, normal

if TYPE_CHECKING:
    from workbench.sources.parse import Parsed
    from workbench.sources.preview import Look

_FACT_OF = {kind: column for column, kind in OUTCOMES.items()}


def unread(made: Layout, words: Profile) -> dict[str, str]:
    """Facts that plain words of a file's headers name and its layout leaves out.

    Args:
        made: The layout by a platform's profile.
        words: The generic profile.

    Returns:
        Canonical column → unused header.
    """
    spelt = [(name, words.columns.get(name, ())) for name in ("impressions", "clicks", "cost")]
    spelt += [(_FACT_OF.get(goal.kind, "conversions"), goal.headers) for goal in words.goals]
    spelt += [("revenue", goal.value) for goal in words.goals]
    free, read = Headers(made.unused), _read(made)
    found: dict[str, str] = {}
    for name, headers in spelt:
        header = free.find(headers)
        if header and name not in read and name not in found and header not in found.values():
            found[name] = header
    return found


def _read(made: Layout) -> set[str]:
    counted = [goal for goal in made.goals if goal.count]
    kinds = {_FACT_OF[goal.kind] for goal in counted if goal.kind in _FACT_OF}
    values = {"revenue"} if any(goal.value for goal in made.goals) else set()
    return {*made.columns, *kinds, *values} | ({"conversions"} if counted else set())


def doubts(seen: Look, parsed: Parsed, lang: str) -> list[Finding]:
    """What was read in one way and may be meant in another."""
    return [
        *_about_unread(seen, lang),
        *_about_twice(seen, lang),
        *_about_shared(seen, lang),
        *_about_sheets(seen, lang),
        *_about_thousands(seen, parsed, lang),
    ]


def _about_unread(seen: Look, lang: str) -> list[Finding]:
    if not seen.unread:
        return []
    columns = ", ".join(f"{name} ← {header}" for name, header in seen.unread.items())
    source, mapping = seen.match.profile.id, repr(dict(seen.unread))
    return [finding("REVIEW", "unread_fact", lang, columns=columns, source=source, mapping=mapping)]


def _about_twice(seen: Look, lang: str) -> list[Finding]:
    """Headers of one spelling of which only one column is read."""
    places: dict[str, list[int]] = {}
    for index, header in enumerate(seen.grid.headers):
        if header.strip():
            places.setdefault(normal(header), []).append(index)
    return [item for indexes in places.values() for item in _twice(seen, indexes, lang)]


def _twice(seen: Look, indexes: Sequence[int], lang: str) -> list[Finding]:
    headers, used = seen.grid.headers, seen.layout.used()
    taken = {headers[index]: index for index in reversed(indexes) if headers[index] in used}
    if not taken or len(taken) == len(indexes):
        return []
    columns, first = ", ".join(str(index + 1) for index in indexes), min(taken.values())
    return [finding("REVIEW", "twice", lang, header=headers[first], columns=columns, taken=first + 1)]


def _about_shared(seen: Look, lang: str) -> list[Finding]:
    """Headers that an explicit mapping gives to several facts."""
    file, facts = Headers(seen.grid.headers), dict[str, list[str]]()
    for name, header in (seen.request.mapping or {}).items():
        if name in (*METRICS, "reach"):
            exact = header if header in file.names else file.find([header])
            facts.setdefault(exact or header, []).append(name)
    return [
        finding("REVIEW", "shared_header", lang, header=header, columns=", ".join(names))
        for header, names in facts.items()
        if len(names) > 1
    ]


def _about_sheets(seen: Look, lang: str) -> list[Finding]:
    if not seen.grid.other_sheets:
        return []
    names = ", ".join(seen.grid.other_sheets[:20])
    return [finding("REVIEW", "other_sheets", lang, taken=seen.grid.sheet, sheets=names)]


def _about_thousands(seen: Look, parsed: Parsed, lang: str) -> list[Finding]:
    """Amounts that are all like `1,234`: a factor of 1000 hangs on what the sign means."""
    found = []
    for item in parsed.measures:
        value = parsed.styles[item.name].lookalike
        sign = "," if "," in value else "."
        # numbers in a workbook or Parquet file have a point because they are numbers
        if not value or (sign == "." and not seen.grid.encoding):
            continue
        whole, fraction = value.replace(sign, ""), value.replace(sign, ".")
        read, other = (whole, fraction) if sign == "," else (fraction, whole)
        found.append(
            finding("REVIEW", "thousands", lang, header=item.header, value=value, read=read, other=other)
        )
    return found
