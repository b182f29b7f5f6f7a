"""What stands on which slide: key figures, then the page in its order, one finding a slide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.reports.formats.asked import Asked
from workbench.reports.formats.content import (
    Card,
    Cards,
    Cell,
    Content,
    Figure,
    Finding,
    Picture,
    Section,
    Sentence,
    Table,
)

ROWS, COLUMNS = 13, 9
"""Rows and columns of a table that can be read on a slide."""
_MOST_PARTS = 2
"""Slides that one table takes at most; the workbook has every row."""
_LONGEST_TITLE, _MOST_TEXTS = 150, 9


@dataclass(frozen=True)
class Slide:
    """One slide.

    Attributes:
        kicker: The section it belongs to, above the title.
        title: A sentence where the report says one, else the section's heading.
        finding, cards, figure, picture, table: What it shows; one of them.
        texts: Sentences below or beside that.
        notes: What the speaker may want to know: how the numbers are meant.
    """

    kicker: str
    title: str
    finding: Finding | None = None
    cards: tuple[Card, ...] = ()
    figure: Figure | None = None
    picture: Picture | None = None
    table: Table | None = None
    texts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def slides(asked: Asked) -> tuple[Slide, ...]:
    """The slides after the cover."""
    content = asked.content
    first = tuple(_first(content, asked))
    sections = content.sections
    following = zip(sections, (*sections[1:], Section("", ())), strict=True)
    rest = tuple(item for section, after in following for item in _section(section, after, asked))
    return (*first, *rest, *_defined(asked))


def _first(content: Content, asked: Asked) -> Iterator[Slide]:
    """The answer: what the page says first, with its key figures."""
    leads = [item.text for item in content.blocks(Sentence) if item.kind == "lead"]
    if content.cards or leads:
        title, *rest = leads or [asked.say("key_figures")]
        said = [item.text for item in _beside_cards(content) if item.kind == "plain"]
        figure = next(content.blocks(Figure), None)
        texts = (*rest, *said) if content.cards or rest or said or figure else _next(content)
        yield Slide(asked.title, title, cards=content.cards, figure=figure, texts=texts)


def _next(content: Content) -> tuple[str, ...]:
    """What the page says after an answer that has neither figures nor reasons of its own."""
    said = (
        [item.text for item in section.of(Sentence) if item.kind == "plain"] for section in content.sections
    )
    return tuple(next(filter(None, said), ()))[:_MOST_TEXTS]


def _beside_cards(content: Content) -> Iterator[Sentence]:
    """Sentences of the sections that hold the key figures or the answer."""
    for section in content.sections:
        if section.of(Cards) or any(item.kind == "lead" for item in section.of(Sentence)):
            yield from section.of(Sentence)


def _found(section: Section, after: Section) -> Iterator[Slide]:
    """One finding a slide, beside it what it compares, else the section's chart.

    A finding of one sentence is shown by the chart that comes after it.
    """
    figure = next(iter(section.of(Figure)), None)
    for item in section.of(Finding):
        if item.check:
            continue
        bare = not (item.evidence or item.worth or item.action or item.bars)
        shown = figure or (next(iter(after.of(Figure)), None) if bare else None)
        yield Slide(section.title, item.sentence, finding=item, figure=None if item.bars else shown)


def _section(section: Section, after: Section, asked: Asked) -> Iterator[Slide]:
    yield from _found(section, after)
    said = [item.text for item in section.of(Sentence) if item.kind == "plain"]
    notes = tuple(item.text for item in section.of(Sentence) if item.kind == "note")
    for block in section.blocks:
        title = next(filter(_is_title, said), section.title)
        if isinstance(block, Figure):
            yield Slide(section.title, title, figure=block, texts=_unsaid(block.alt, title), notes=notes)
        elif isinstance(block, Picture):
            yield Slide(section.title, title, picture=block, notes=notes)
        elif isinstance(block, Table):
            yield from _parts(section.title, title, block, notes, asked)
    yield from _checks(section, asked, notes)
    leads = any(item.kind == "lead" for item in section.of(Sentence))
    if said and not leads and len(section.of(Sentence)) == len(section.blocks):
        yield Slide(section.title, section.title, texts=tuple(said[:_MOST_TEXTS]), notes=notes)


def _unsaid(words: str, title: str) -> tuple[str, ...]:
    """The words, unless the title says them already."""
    return () if words.rstrip(".。") in title else (words,)


def _is_title(words: str) -> bool:
    """Whether these are a sentence that says something, short enough for a title."""
    return len(words) <= _LONGEST_TITLE and words.endswith((".", "。", "？", "?"))


def _parts(kicker: str, title: str, table: Table, notes: tuple[str, ...], asked: Asked) -> Iterator[Slide]:
    """A table on one slide or two; what does not fit is in the workbook, and the last slide says so."""
    shown = _narrow(table)
    most = _even(len(shown.rows))
    for at in range(0, min(len(shown.rows), most * _MOST_PARTS), most):
        rows = shown.rows[at : at + most]
        left = len(shown.rows) - at - len(rows)
        last = at // most == _MOST_PARTS - 1
        more = [asked.say("more_rows", n=left)] if left and last else []
        cut = [asked.say("more_columns")] if len(table.head) > COLUMNS else []
        yield Slide(
            kicker, title, table=Table(table.title, shown.head, rows), texts=(*more, *cut), notes=notes
        )


def _even(rows: int) -> int:
    """Rows of a slide: two slides share what one cannot take, so that none has a single row left."""
    return min(ROWS, -(-rows // min(_MOST_PARTS, max(1, -(-rows // ROWS)))))


def _narrow(table: Table) -> Table:
    rows = tuple(row[:COLUMNS] for row in table.rows)
    return Table(table.title, table.head[:COLUMNS], rows)


def _checks(section: Section, asked: Asked, notes: tuple[str, ...]) -> Iterator[Slide]:
    found = [item for item in section.of(Finding) if item.check and item.status != "good"]
    if not found:
        return
    head = (asked.say("head_check"), asked.say("head_action"))
    rows = tuple(
        (Cell(item.sentence), Cell(" ".join((item.evidence, item.action)).strip())) for item in found
    )
    kept = 1 + any(action.text for _check, action in rows)
    shown = Table(section.title, head[:kept], tuple(row[:kept] for row in rows))
    yield from _parts(section.title, section.title, shown, notes, asked)


def _defined(asked: Asked) -> Iterator[Slide]:
    found = asked.content.terms
    if found:
        head = tuple(asked.say(key) for key in ("head_term", "head_meaning", "head_formula"))
        formulas = any(term.formula for term in found)
        rows = tuple(
            (Cell(term.name), Cell(term.meaning), Cell(term.formula))[: 2 + formulas] for term in found
        )
        title = asked.say("definitions")
        yield from _parts(asked.title, title, Table(title, head[: 2 + formulas], rows), (), asked)
