"""A first look at a file: what it is, and what each of its headers most likely means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from workbench.errors import InputError
from workbench.sources import dates, grid, saved
from workbench.sources.doubts import unread
from workbench.sources.grid import Grid
from workbench.sources.mapping import Layout, MappingSuggestion, Suggested, is_whole, layout
from workbench.sources.meanings import Meaning, meanings, other_meanings
from workbench.sources.problems import Unusable
from workbench.sources.profile import CANONICAL, GENERIC, Profile, pick, profiles
from workbench.sources.recognise import Match, recognise
from workbench.sources.request import Request, checked
from workbench.sources.review import finding
from workbench.sources.words import heading, normal

SAMPLES = 3
LIKELY, POSSIBLE, KNOWN = 0.55, 0.5, 0.85
"""Confidence from which a guessed column is suggested, or named as an alternative; and that of a header
that a platform uses."""


@dataclass(frozen=True)
class Look:
    """A file as read and laid out.

    Attributes:
        grid, match, layout, request: The file, its kind, its columns, and what the user said.
        saved: Saved mapping that was used; empty: none.
        unread: Facts that a recognised platform's profile leaves out: canonical column → header.
        doubts: Columns that are read as something else than platforms use their headers for.
    """

    grid: Grid
    match: Match
    layout: Layout
    request: Request
    saved: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[Meaning, ...] = ()


def look(
    path: Path,
    known: Mapping[str, Profile],
    request: Request,
    workspace: Path | None = None,
    spool: Path | None = None,
) -> Look:
    """Read a file, recognise it and lay its headers out.

    Args:
        path: One file.
        known: Profiles by source id.
        request: What the user said.
        workspace: Folder whose saved mappings may be used.
        spool: Folder for the cells of a text; None: they are held in memory.

    Raises:
        Unusable: for content that cannot be read as a table.
        InputError: for a mapping, goal or source that does not fit, or a file that cannot be opened.
    """
    words = {normal(word) for profile in known.values() for word in profile.words()}
    words |= {normal(header) for header in (request.mapping or {}).values()}
    words |= saved.words(workspace) if workspace else set()
    try:
        table = grid.read(path, words, request.encoding, spool)
    except OSError as error:
        raise InputError(
            f"It cannot be read: {error.strerror or error}.", "Check the file.", str(path)
        ) from None
    name = ""
    if workspace and request.mapping is None and (found := saved.find(workspace, table.headers)):
        name, request = found[0], request.over(found[1])
    if request.source:
        pick(request.source, known)
    source = request.source or (GENERIC if is_whole(request.mapping) else None)
    match = recognise(table.headers, known, source, path.name)
    made = layout(table.headers, match, request.mapping, request.goal, request.unit)
    left = {} if request.source or match.profile.id == GENERIC else unread(made, known[GENERIC])
    return Look(table, match, made, request, name, left, other_meanings(made, request.mapping, known))


def suggest(path: str | Path, workspace: Path | None = None, source: str | None = None) -> MappingSuggestion:
    """Suggest what each header of a file means, to confirm or correct and give to `load`.

    Args:
        path: One file.
        workspace: Folder whose own profiles count as well.
        source: Platform; None: recognised from the headers.

    Returns:
        One row a header: the canonical column, a confidence, three sample values and alternatives.

    Raises:
        InputError: for a file that cannot be read as a table.
    """
    from workbench.i18n import text

    file, known = Path(path), profiles(workspace)
    if not file.is_file():
        raise InputError(f"There is no file {str(path)!r}.", "Check the path.")
    try:
        seen = look(file, known, checked(Request(source=source)))
    except Unusable as problem:
        item = finding("FAIL", problem.code, "en", (), **problem.values)
        raise InputError(item.sentence, item.action, text("sources.file", "en", file=file.name)) from None
    certain = {header: column for column, header in seen.layout.mapping.items()}
    taken = set(certain.values())
    rows = []
    for index, header in enumerate(seen.grid.headers):
        samples = _samples(seen.grid, index)
        guesses = _guesses(header, samples, known)
        column, confidence = certain.get(header, ""), 0.95 if certain.get(header) else 0.0
        if not column and guesses and guesses[0][1] >= LIKELY and guesses[0][0] not in taken:
            column, confidence = guesses[0]
            taken.add(column)
        others = tuple(name for name, _ in guesses if name != column)[:3]
        rows.append(Suggested(header, column, round(confidence, 2), samples, others))
    return MappingSuggestion(seen.match.profile.id, tuple(rows))


def _samples(table: Grid, index: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for value in table.cells[f"c{index}"].slice(0, 200).to_pylist():
        if value and value.strip():
            found[value.strip()] = None
        if len(found) == SAMPLES:
            break
    return tuple(found)


def _guesses(
    header: str, samples: tuple[str, ...], profiles: Mapping[str, Profile]
) -> list[tuple[str, float]]:
    """Canonical columns by likeness of the header's words, the likeliest first.

    What some platform uses the very header for goes before likeness: `aclick` is no click.
    """
    name, words = heading(header).name, profiles[GENERIC]
    if told := {meaning.use for meaning in meanings(header, profiles)}:
        return [(use, KNOWN) for use in sorted(told) if use in CANONICAL]
    known = dict(words.columns) | {split.to: split.headers for split in words.breakdowns if split.to}
    known |= {"conversions": words.goals[0].headers, "revenue": words.goals[0].value}
    scores = {
        column: max(_alike(name, normal(word)) for word in (column, *spelt))
        for column, spelt in known.items()
    }
    if samples and all(dates.read(sample, "dmy").day or dates.read(sample, "mdy").day for sample in samples):
        scores["local_date"] = max(scores["local_date"], 0.6)
    return sorted(((c, s) for c, s in scores.items() if s >= POSSIBLE), key=lambda item: -item[1])


def _alike(left: str, right: str) -> float:
    """Likeness of two headers: equal, one at the end of the other, or by their letters."""
    if left == right:
        return 0.95
    if len(right) > 2 and (left.endswith(" " + right) or left.startswith(right + " ")):
        return 0.7
    return 0.8 * SequenceMatcher(None, left, right).ratio()
