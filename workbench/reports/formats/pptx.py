"""PPTX: a deck that can be shown and edited: native tables and bar charts, drawn charts, speaker notes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from workbench import exports
from workbench.reports.formats import deck
from workbench.reports.formats.asked import Asked
from workbench.reports.formats.boards import Board
from workbench.reports.formats.deck import Slide

NAME = "report.pptx"


def write(asked: Asked) -> tuple[Path, ...]:
    """Write the deck.

    Raises:
        InputError: when it cannot be written.
    """
    file = asked.folder / NAME
    exports.save(presentation(asked), file)
    return (file,)


def presentation(asked: Asked) -> bytes:
    """The deck's bytes."""
    board = Board.new(asked)
    board.cover()
    for slide in deck.slides(asked):
        _draw(board, slide, asked)
    stream = io.BytesIO()
    board.deck.save(stream)
    return stream.getvalue()


def _draw(board: Board, slide: Slide, asked: Asked) -> None:
    made = board.slide(slide.kicker, slide.title)
    if slide.finding:
        board.finding(made, slide.finding, slide.figure)
    elif slide.table:
        board.table(made, slide.table, slide.texts)
    elif slide.figure and not slide.cards:
        board.figure(made, slide.figure, slide.texts)
    elif slide.picture:
        board.picture(made, slide.picture)
    else:
        board.answer(made, slide.cards, slide.texts, slide.figure)
    made.notes_slide.notes_text_frame.text = "\n".join(_notes(slide, asked))


def _notes(slide: Slide, asked: Asked) -> list[str]:
    """What a speaker may be asked: remarks, definitions of what the slide names, and which data it is."""
    named = " ".join(_words(slide))
    terms = [term for term in asked.content.terms if slide.finding or term.name in named]
    defined = [": ".join((term.name, " ".join((term.meaning, term.formula)).strip())) for term in terms]
    return [*slide.notes, *defined, *asked.content.stamp, asked.footer]


def _words(slide: Slide) -> list[Any]:
    heads = slide.table.head if slide.table else ()
    return [slide.title, slide.kicker, *heads, *slide.texts, *(card.name for card in slide.cards)]
