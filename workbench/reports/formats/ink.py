"""Lengths, colours and texts as a deck's library wants them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FIRST_EAST_ASIAN = 0x2E80


def wide(words: str) -> int:
    """About how many Latin letters wide a text is; a Chinese sign takes the room of two."""
    return sum(1 + (ord(sign) >= _FIRST_EAST_ASIAN) for sign in words)


def plain(words: str) -> str:
    """A text without the signs that no XML file may hold."""
    return _NOT_XML.sub("\ufffd", words)


def inches(*lengths: float) -> tuple[Any, ...]:
    """Lengths in the library's unit."""
    from pptx.util import Inches

    return tuple(Inches(length) for length in lengths)


def points(size: float) -> Any:
    """A size of type."""
    from pptx.util import Pt

    return Pt(size)


def rgb(colour: str) -> Any:
    """A colour, `#rrggbb`."""
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour.removeprefix("#").upper())  # type: ignore[no-untyped-call]


def place(shape: Any, *where: float) -> None:
    """Put a shape at left, top, width, height in inches."""
    shape.left, shape.top, shape.width, shape.height = inches(*where)


def block(slide: Any, where: Sequence[float], colour: str) -> Any:
    """A plain rectangle of one colour."""
    from pptx.enum.shapes import MSO_SHAPE

    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *inches(*where))
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(colour)
    shape.line.fill.background()
    shape.shadow.inherit = False
    return shape


def write(
    frame: Any, lines: Sequence[str], size: float, ink: str, bold: bool = False, right: bool = False
) -> None:
    """Fill a text frame, one line a paragraph."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    for number, words in enumerate(lines or ("",)):
        paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        paragraph.space_after = points(4)
        run = paragraph.add_run()
        run.text = plain(words)
        run.font.size, run.font.bold = points(size), bold
        run.font.color.rgb = rgb(ink)


def typefaces(deck: Any, latin: str, east: str) -> None:
    """Latin and East Asian typefaces of the theme, which all text of the deck has."""
    for relation in deck.slide_master.part.rels.values():
        if relation.reltype.endswith("/theme"):
            part = relation.target_part
            xml = part.blob.decode("utf-8")
            xml = re.sub(r'<a:latin typeface="[^"]*"[^>]*/>', f'<a:latin typeface="{latin}"/>', xml)
            part._blob = re.sub(r'<a:ea typeface="[^"]*"/>', f'<a:ea typeface="{east}"/>', xml).encode()
