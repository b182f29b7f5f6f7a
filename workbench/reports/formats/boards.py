"""Drawing on slides of 13⅓ × 7½ inches: titles, cards, tables, charts, in the look of the house."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.reports.formats import ink, pictures
from workbench.reports.formats.styles import Styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.reports.formats.asked import Asked
    from workbench.reports.formats.content import Card, Cell, Figure, Finding, Picture, Table

    Place = tuple[float, float, float, float]
    """Left, top, width, height in inches."""

WIDE, HIGH, EDGE = 13.333, 7.5, 0.6
"""Inches: the slide and its margins."""
INSIDE = WIDE - 2 * EDGE
TOP, BOTTOM = 1.75, 6.85
"""Inches from the top between which a slide's content stands."""
_FONTS = ("Arial", "Microsoft YaHei")
"""Latin and East Asian typefaces, which every office program has or replaces alike."""
_BODY, _QUIET, _RULE, _SOFT, _OTHER = "#4D5663", "#667080", "#E3E6EB", "#F3F5F8", "#B4BCC8"
_STATUS = {"good": "#0A7A52", "bad": "#B3261E", "warn": "#8A5A00", "info": "#4D5663"}
_TITLES = ((105, 26), (180, 20), (400, 15))
"""Letters that fit into two lines of a title, by size."""
_CAPTION = 260
"""Letters that fit under a chart in two lines."""
_PIXELS, _PIXELS_BESIDE = 860, 560
"""Pixels that a chart is drawn wide for a whole slide, and for half of one."""
_ROOM = 4.5
"""Inches from the top above which a chart still has room under the cards."""
_ROW, _TABLE = 0.45, 4.85
"""Inches: a row of a table, and a whole one, at most."""
_LARGE_LETTERS, _LARGE_ROWS = 90, 9
"""Letters across a table and rows up to which it is written large."""
_SIZES = (14, 11, 9, 8)
"""Sizes of a table's writing, the largest that fits."""
_LETTER, _LINE, _NEAR = 0.55, 1.3, 0.01
"""Width of a letter and height of a line as parts of the size of the type; inches that nobody sees."""
_POINTS, _CELL_EDGE, _CELL_FOOT = 72, 0.16, 0.14
"""Points an inch; inches that a cell keeps free at its sides, and above and below."""
_ACROSS, _MOST_CARDS = 5, 10
_CARD, _CARD_LOW = 1.8, 1.5
"""Inches that a card is high: in one row, and in two."""
_WIDE_FIGURE, _READABLE = 2.4, 2.1
"""Width over height of a chart: from where it takes the whole width, and below which it is no detail."""
_FEW_LETTERS = 600
"""Letters up to which a slide of sentences is written large."""
_VALUES = ((8, 26), (11, 20), (999, 15))
"""Letters of a key figure that stay on one line, by size."""
_LARGE = 1000


@dataclass(frozen=True)
class Board:
    """A deck that is being drawn."""

    deck: Any
    asked: Asked

    @classmethod
    def new(cls, asked: Asked) -> Board:
        """An empty deck in 16:9 with the house's typefaces."""
        from pptx import Presentation

        deck = Presentation()
        ratio = ink.inches(WIDE)[0] / deck.slide_width
        deck.slide_width, deck.slide_height = ink.inches(WIDE, HIGH)
        for page in (deck.slide_master, *deck.slide_layouts):
            for shape in page.placeholders:
                top, height = shape.top, shape.height
                shape.left, shape.width = round(shape.left * ratio), round(shape.width * ratio)
                shape.top, shape.height = top, height
        ink.typefaces(deck, *_FONTS)
        deck.core_properties.title, deck.core_properties.author = asked.title, asked.look.name
        return cls(deck, asked)

    def cover(self) -> None:
        """Title, house, words, freshness; and when it was made."""
        asked, look = self.asked, self.asked.look
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[0])
        ink.block(slide, (0, 0, 0.28, HIGH), look.accent)
        if look.logo:
            slide.shapes.add_picture(io.BytesIO(look.logo), *ink.inches(1.0, 0.8), height=ink.inches(0.7)[0])
        if look.name:
            self.text(slide, (1.0, 1.75, 11, 0.4), (look.name,), 16, look.accent, bold=True)
        ink.place(slide.shapes.title, 1.0, 2.2, 11.2, 1.3)
        ink.write(slide.shapes.title.text_frame, (asked.title,), 44, look.ink, bold=True)
        under = slide.placeholders[1]
        ink.place(under, 1.0, 3.6, 11.2, 2.2)
        ink.write(under.text_frame, tuple(filter(None, (asked.cover, *asked.content.stamp))), 16, _BODY)
        self.text(slide, (1.0, 6.7, 11.2, 0.4), (asked.footer,), 11, _QUIET)
        slide.notes_slide.notes_text_frame.text = "\n".join((*asked.content.stamp, asked.footer))

    def slide(self, kicker: str, title: str) -> Any:
        """A slide with its title, the section above it, and the footer."""
        look = self.asked.look
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        ink.block(slide, (0, 0, WIDE, 0.09), look.accent)
        if kicker != title:
            self.text(slide, (EDGE, 0.3, 12, 0.35), (kicker,), 12, look.accent, bold=True)
        ink.place(slide.shapes.title, EDGE, 0.62, INSIDE, 0.95)
        size = next((size for letters, size in _TITLES if ink.wide(title) <= letters), _TITLES[-1][1])
        ink.write(slide.shapes.title.text_frame, (title,), size, look.ink, bold=True)
        self.text(slide, (EDGE, 7.02, 11, 0.3), (self.asked.footer,), 9, _QUIET)
        self.text(slide, (WIDE - 1.6, 7.02, 1, 0.3), (str(len(self.deck.slides)),), 9, _QUIET, right=True)
        return slide

    def answer(self, slide: Any, cards: Sequence[Card], texts: Sequence[str], figure: Figure | None) -> None:
        """Key figures as cards, below them the sentences, or the first chart where there are none."""
        shown = cards[:_MOST_CARDS]
        across = min(_ACROSS, max(1, len(shown)))
        width = (INSIDE - 0.2 * (across - 1)) / across
        high = _CARD if len(shown) <= _ACROSS else _CARD_LOW
        for number, card in enumerate(shown):
            row, column = divmod(number, across)
            place = (EDGE + column * (width + 0.2), TOP + 0.1 + row * (high + 0.15), width, high)
            self._card(slide, card, place)
        top = TOP + 0.3 + (high + 0.15) * -(-len(shown) // across)
        if texts or not figure:
            few = sum(map(ink.wide, texts)) <= _FEW_LETTERS
            self.text(slide, (EDGE, top, INSIDE, BOTTOM - top), texts, 20 if few and not shown else 16, _BODY)
        elif top < _ROOM:
            self._beside_cards(slide, figure, (EDGE, top, INSIDE, BOTTOM - top), bool(shown))

    def _beside_cards(self, slide: Any, figure: Figure, place: Place, cards: bool) -> None:
        """The first chart; below cards only where it stays readable, as it has a slide of its own."""
        picture = pictures.png(figure, _PIXELS, self.asked.look)
        if not cards or _ratio(picture) >= _READABLE:
            self._image(slide, picture, figure.alt, place)

    def _card(self, slide: Any, card: Card, place: Place) -> None:
        frame = ink.block(slide, place, _SOFT).text_frame
        value = card.value.text.replace(" ", "\u00a0")
        ink.write(frame, (card.name, value, *card.about[:3]), 12, _BODY)
        for run in frame.paragraphs[1].runs:
            run.font.size = ink.points(next(size for most, size in _VALUES if ink.wide(value) <= most))
            run.font.bold, run.font.color.rgb = True, ink.rgb(self.asked.look.ink)

    def finding(self, slide: Any, finding: Finding, figure: Figure | None) -> None:
        """Worth, evidence and what to do; beside them the values it compares."""
        width = 5.6 if finding.bars or figure else INSIDE
        top = TOP + 0.1
        if finding.worth:
            self.text(
                slide, (EDGE, top, width, 0.8), (finding.worth,), 36, _STATUS[finding.status], bold=True
            )
            self.text(slide, (EDGE, top + 0.68, width, 0.35), (finding.span,), 14, _STATUS[finding.status])
            top += 1.1 if finding.span else 0.95
        self.text(slide, (EDGE, top, width, 1.6), (finding.evidence,), 16, _BODY)
        if finding.action:
            self._action(slide, finding.action, (EDGE, top + 1.8, width, 1.2))
        if finding.bars:
            self._bars(slide, finding)
        elif figure and finding.evidence:
            self._drawn(slide, figure, (EDGE + 5.9, TOP, 6.2, BOTTOM - TOP), _PIXELS_BESIDE)
        elif figure:
            self.figure(slide, figure, (figure.alt,))

    def _action(self, slide: Any, action: str, place: Place) -> None:
        left, top, width, height = place
        ink.block(slide, (left, top, 0.08, height), self.asked.look.accent)
        words = (self.asked.say("head_action"), action)
        self.text(slide, (left + 0.2, top, width - 0.2, height), words, 18, self.asked.look.ink, bold=True)

    def _bars(self, slide: Any, finding: Finding) -> None:
        """A native chart of the values that a finding compares."""
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE

        first, top = finding.bars[0], max(bar.value for bar in finding.bars)
        styles = Styles(None, self.asked.look, self.asked.lang)
        code = styles.code(first.unit, first.currency, 2 if top < _LARGE else 0)
        data: Any = CategoryChartData(number_format=code)  # type: ignore[no-untyped-call]
        data.categories = [bar.name for bar in finding.bars]
        data.add_series(self.asked.say("head_value"), [bar.value for bar in finding.bars])
        place = ink.inches(EDGE + 6.2, TOP + 0.1, 5.9, BOTTOM - TOP - 0.3)
        frame = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", finding.evidence)
        _quiet(frame.chart, code, (_STATUS[finding.status], _OTHER))

    def figure(self, slide: Any, figure: Figure, texts: Sequence[str]) -> None:
        """A drawn chart, and the sentence that says what is seen: below it, or beside one that is high."""
        picture = pictures.png(figure, _PIXELS, self.asked.look)
        if _ratio(picture) < _WIDE_FIGURE:
            self._image(slide, picture, figure.alt, (EDGE, TOP - 0.1, 8.9, BOTTOM - TOP + 0.1))
            self.text(slide, (EDGE + 9.1, TOP, INSIDE - 9.1, BOTTOM - TOP), texts, 13, _BODY)
            return
        self._image(slide, picture, figure.alt, (EDGE, TOP, INSIDE, 4.3))
        size = 13 if sum(map(ink.wide, texts)) <= _CAPTION else 10
        self.text(slide, (EDGE, 6.12, INSIDE, 0.8), texts, size, _BODY)

    def _drawn(self, slide: Any, figure: Figure, place: Place, pixels: int) -> None:
        self._image(slide, pictures.png(figure, pixels, self.asked.look), figure.alt, place)

    def picture(self, slide: Any, picture: Picture) -> None:
        """A picture of a notebook's own."""
        self._image(slide, picture.content, picture.alt, (EDGE, TOP, INSIDE, BOTTOM - TOP))

    def _image(self, slide: Any, content: bytes, alt: str, place: Place) -> None:
        """A picture as large as its place allows, centred in it."""
        left, top, width, height = ink.inches(*place)
        shape = slide.shapes.add_picture(io.BytesIO(content), 0, 0)
        scale = min(width / shape.width, height / shape.height)
        shape.width, shape.height = round(shape.width * scale), round(shape.height * scale)
        shape.left, shape.top = left + (width - shape.width) // 2, top + (height - shape.height) // 2
        shape._element.nvPicPr.cNvPr.set("descr", alt)

    def table(self, slide: Any, table: Table, texts: Sequence[str]) -> None:
        """A native table, numbers to the right, with what is left out below."""
        rows, columns = len(table.rows) + 1, len(table.head)
        size, heights = _fitted(table)
        place = ink.inches(EDGE, TOP, INSIDE, sum(heights))
        frame = slide.shapes.add_table(rows, columns, *place)
        frame._element.nvGraphicFramePr.cNvPr.set("descr", table.title)
        shown, look = frame.table, self.asked.look
        for row, height in zip(shown.rows, ink.inches(*heights), strict=True):
            row.height = height
        for at, share in enumerate(_widths(table)):
            shown.columns[at].width = round(place[2] * share)
            right = at > 0 and _is_numeric(table, at)
            _cell(shown.cell(0, at), table.head[at], size, ("#FFFFFF", look.accent), right)
            for number, row in enumerate(table.rows, 1):
                ground = "#FFFFFF" if number % 2 else _SOFT
                _cell(shown.cell(number, at), row[at].text, size, (look.ink, ground), right)
        if texts:
            self.text(slide, (EDGE, 6.6, INSIDE, 0.35), (" ".join(texts),), 11, _QUIET)

    def text(
        self,
        slide: Any,
        place: Place,
        lines: Sequence[str],
        size: float,
        colour: str,
        bold: bool = False,
        right: bool = False,
    ) -> None:
        """Lines of text at a place."""
        ink.write(slide.shapes.add_textbox(*ink.inches(*place)).text_frame, lines, size, colour, bold, right)


def _quiet(chart: Any, code: str, colours: tuple[str, str]) -> None:
    """A chart of two columns without frame, legend and scale: the numbers stand on the columns."""
    chart.has_legend, chart.has_title = False, False
    chart.value_axis.visible, chart.value_axis.has_major_gridlines = False, False
    chart.value_axis.minimum_scale = 0
    chart.category_axis.tick_labels.font.size = ink.points(16)
    chart.category_axis.format.line.color.rgb = ink.rgb(_RULE)
    plot = chart.plots[0]
    plot.gap_width, plot.has_data_labels = 70, True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = code, False
    labels.font.size, labels.font.bold = ink.points(20), True
    for number, colour in enumerate(colours):
        fill = plot.series[0].points[number].format.fill
        fill.solid()
        fill.fore_color.rgb = ink.rgb(colour)


def _cell(cell: Any, words: str, size: float, colours: tuple[str, str], right: bool) -> None:
    cell.margin_top = cell.margin_bottom = ink.inches(0.04)[0]
    cell.margin_left = cell.margin_right = ink.inches(0.08)[0]
    cell.fill.solid()
    cell.fill.fore_color.rgb = ink.rgb(colours[1])
    ink.write(cell.text_frame, (words,), size, colours[0], right=right)


def _is_numeric(table: Table, at: int) -> bool:
    cells = [row[at] for row in table.rows if row[at].text]
    return sum(_is_number(cell) for cell in cells) * 2 > len(cells)


def _is_number(cell: Cell) -> bool:
    return cell.number is not None or cell.text[:1] in tuple("–+−±¥$€£0123456789")


def _ratio(picture: bytes) -> float:
    width, height = pictures.size(picture)
    return width / height


def _fitted(table: Table) -> tuple[int, list[float]]:
    """The largest writing with which a table stays on its slide, and the heights of its rows in inches.

    Programs draw a row as high as the file says, however many lines its texts take.
    """
    rows = len(table.rows) + 1
    large = sum(_letters(table)) <= _LARGE_LETTERS and rows <= _LARGE_ROWS
    for size in _SIZES if large else _SIZES[1:]:
        heights = _heights(table, size)
        if sum(heights) <= _TABLE + _NEAR:
            break
    return size, heights


def _heights(table: Table, size: int) -> list[float]:
    insides = [INSIDE * share - _CELL_EDGE for share in _widths(table)]
    lines = [
        max(
            -(-ink.wide(words) * _LETTER * size // (_POINTS * inside))
            for words, inside in zip(row, insides, strict=True)
        )
        for row in (table.head, *([cell.text for cell in row] for row in table.rows))
    ]
    least = min(_ROW, _TABLE / len(lines))
    return [max(least, _CELL_FOOT + max(1, count) * size * _LINE / _POINTS) for count in lines]


def _widths(table: Table) -> list[float]:
    """Each column's share of the width: as long as its longest text, within reason."""
    letters = _letters(table)
    return [one / sum(letters) for one in letters]


def _letters(table: Table) -> list[int]:
    """Letters that each column needs."""
    return [
        min(40, max(9, ink.wide(table.head[at]), *(ink.wide(row[at].text) for row in table.rows)))
        for at in range(len(table.head))
    ]
