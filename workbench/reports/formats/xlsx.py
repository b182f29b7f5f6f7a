"""XLSX: a summary, one sheet a table with real numbers and a native chart, the charts, the definitions.

Every text is written as a text (`write_string`), never parsed: a name that begins like a formula is shown,
not run; it is marked as quoted, so that it stays a text when somebody edits it.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.i18n import text
from workbench.reports.formats import graphs, pictures, terms
from workbench.reports.formats.asked import Asked
from workbench.reports.formats.columns import Column, columns, scaled
from workbench.reports.formats.content import Card, Cell, Figure, Section, Sentence, Table
from workbench.reports.formats.ink import plain, wide
from workbench.reports.formats.numbers import decimals, said
from workbench.reports.formats.styles import Styles

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

NAME = "report.xlsx"
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_NAME, _LONGEST_CELL, _WIDEST = 31, 32_767, 52
_HEAD = 3
"""Row of a table's headings: title, where it comes from and an empty row stand above."""
_CHART_WIDTH = 520
_SUMMARY = (42, 18, 60, 34)
"""Widths of the summary's columns, in letters."""
_SUMMARY_PAGE = 600
"""Points of rows on a page of A4 across that these widths just fit, however wide a font's letters are."""
_DEFINITIONS = (22, 16, 48, 40, 30)
_TERMS = ("term_en", "term_zh", "meaning_en", "meaning_zh", "formula")
_FIGURE_WIDE = "0" * 14
_LINE = 13.5
"""Points that a line of text is high."""
_CHARTS_WIDE, _PAGE, _CHARTS_SCALE = 72, 48, 85
"""Letters across the sheet of charts, and rows and scale of its pages, whatever font stands in for ours."""
_ROW, _ROW_PIXELS = 16.5, 22
"""Points and pixels of a row, with room for the type that stands in for ours."""
_HEAD_HIGH = 20
"""Points of a row of headings, one line each."""
_BESIDE = 20
"""Rows of a table beyond which its chart stands beside and not below it."""


def write(asked: Asked) -> tuple[Path, ...]:
    """Write the workbook.

    Raises:
        InputError: when it cannot be written.
    """
    file = asked.folder / NAME
    exports.save(workbook(asked), file)
    return (file,)


def workbook(asked: Asked) -> bytes:
    """The workbook's bytes."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(stream, options)
    about = {"title": asked.title, "company": asked.look.name, "comments": asked.footer}
    book.set_properties(about)
    made = _Book(asked, book, Styles(book, asked.look, asked.lang), {})
    made.summary()
    for table in asked.content.tables:
        made.table(table)
    made.charts()
    made.definitions()
    book.close()
    return stream.getvalue()


@dataclass(frozen=True)
class _Book:
    asked: Asked
    book: Any
    styles: Styles
    names: dict[str, str]
    highs: dict[tuple[str, int], float] = field(default_factory=dict)
    """Sheet and row → points, of the rows that are as high as their words."""

    def sheet(self, title: str) -> Worksheet:
        """A sheet with a name of its own, as Excel takes it."""
        wanted = _short(_NOT_IN_NAMES.sub(" ", title.replace("'", "’")).strip()) or "-"
        name, number = wanted, 2
        while name.casefold() in self.names:
            tail = f" {number}"
            name, number = wanted[: _LONGEST_NAME - len(tail)] + tail, number + 1
        self.names[name.casefold()] = name
        sheet: Worksheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_default_row(_ROW)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8{self.asked.footer.replace('&', '&&')[:180]}&R&8&P / &N")
        return sheet

    def text(self, sheet: Worksheet, row: int, column: int, words: str, style: str = "text") -> None:
        """Words as words, whatever they begin with."""
        shown = plain(words)[:_LONGEST_CELL]
        sheet.write_string(row, column, shown, self.styles.of(style, quoted=exports.harmless(shown) != shown))

    def summary(self) -> None:
        """What the report says first: title, key figures, findings, sentences."""
        asked = self.asked
        sheet = self.sheet(asked.say("summary"))
        for at, width in enumerate(_SUMMARY):
            sheet.set_column(at, at, width)
        begins = [self._cover(sheet)]
        begins.append(self._cards(sheet, begins[-1]))
        begins.append(self._findings(sheet, begins[-1]))
        begins += self._sentences(sheet, begins[-1])
        self._pages(sheet, begins)

    def _pages(self, sheet: Worksheet, begins: Sequence[int]) -> None:
        """Let a printed page end between two parts of the summary, for programs that heed it beside a fit."""
        top, breaks = 0, []
        for row, after in pairwise(begins):
            if sum(self.highs.get((sheet.name, at), _ROW) for at in range(top, after)) > _SUMMARY_PAGE:
                breaks.append(row)
                top = row
        sheet.set_h_pagebreaks(breaks)

    def _cover(self, sheet: Worksheet) -> int:
        asked = self.asked
        if asked.look.logo:
            picture = {"image_data": io.BytesIO(asked.look.logo), "description": asked.look.name}
            sheet.insert_image(0, len(_SUMMARY) - 1, "logo", {**picture, "x_scale": 0.5, "y_scale": 0.5})
        self.text(sheet, 0, 0, asked.title, "title")
        sheet.set_row(0, 30)
        lines = (asked.look.name, asked.cover, *asked.content.stamp, asked.made)
        row = 1
        for line in filter(None, lines):
            self.text(sheet, row, 0, line, "quiet")
            row += 1
        return row + 1

    def _cards(self, sheet: Worksheet, row: int) -> int:
        cards = self.asked.content.cards
        if not cards:
            return row
        moved = any(_change(card) for card in cards)
        row = self._head(sheet, row, ("figure", "value", "about", "change")[: 3 + moved])
        for card in cards:
            self.text(sheet, row, 0, card.name)
            if card.value.number is None:
                self.text(sheet, row, 1, card.value.text, "right")
            else:
                sheet.write_number(row, 1, card.value.number, self._bold(card.value))
            change = _change(card)
            about = " · ".join(card.about).removeprefix(change.text if change else "").removeprefix(" · ")
            self._high(sheet, row, ("", "", about), _SUMMARY)
            self.text(sheet, row, 2, about, "wrapped")
            if change:
                code = self.styles.number(change.unit, "", decimals(change.text), left=True)
                sheet.write(row, 3, scaled(change.amount, change.unit), code)
            row += 1
        return row + 1

    def _bold(self, value: Cell) -> Any:
        return self.styles.number(value.unit, value.currency, decimals(value.text), bold=True)

    def _findings(self, sheet: Worksheet, row: int) -> int:
        found = self.asked.content.findings
        if not found:
            return row
        row = self._head(sheet, row, ("finding", "worth", "evidence", "action"))
        for item in found:
            self._high(sheet, row, (item.sentence, item.value, item.evidence, item.action), _SUMMARY)
            self.text(sheet, row, 0, item.sentence, "bold")
            self.text(sheet, row, 1, item.value, item.status)
            self.text(sheet, row, 2, item.evidence, "wrapped")
            self.text(sheet, row, 3, item.action, "wrapped")
            row += 1
        return row + 1

    def _sentences(self, sheet: Worksheet, row: int) -> list[int]:
        begins = []
        for section in self.asked.content.sections:
            told = section.title == text("reports.moved_title", self.asked.lang)
            said = [item.text for item in section.of(Sentence) if told or item.kind != "note"]
            if said:
                self.text(sheet, row, 0, section.title, "heading")
                for number, words in enumerate(said, 1):
                    sheet.merge_range(row + number, 0, row + number, 3, "")
                    self.text(sheet, row + number, 0, words, "wrapped")
                    self._high(sheet, row + number, (words,), (sum(_SUMMARY),))
                row += len(said) + 2
                begins.append(row)
        return begins

    def _high(self, sheet: Worksheet, row: int, texts: Sequence[str], widths: Sequence[int]) -> None:
        """Make a row as high as its longest wrapped text; not every program does so when it opens a file."""
        pairs = zip(texts, widths, strict=False)
        lines = [-(-wide(words) * 11 // (10 * width)) for words, width in pairs]
        self.highs[sheet.name, row] = _LINE * max([1, *lines]) + 2
        sheet.set_row(row, self.highs[sheet.name, row])

    def _head(self, sheet: Worksheet, row: int, keys: tuple[str, ...]) -> int:
        for at, key in enumerate(keys):
            self.text(sheet, row, at, self.asked.say(f"head_{key}"), "head")
        return row + 1

    def table(self, table: Table) -> None:
        """A table on a sheet of its own, its headings frozen, with a chart where it has a clear shape."""
        sheet = self.sheet(table.title)
        self.text(sheet, 0, 0, table.title, "heading")
        self.text(sheet, 1, 0, self.asked.footer, "quiet")
        found = columns(table, self.asked)
        for at, column in enumerate(found):
            values = [column.value(row) for row in table.rows]
            left = all(not isinstance(value, float | dt.date) for value in values)
            self.text(
                sheet, _HEAD, at, column.name, ("head_beside" if at else "head") if left else "head_right"
            )
            self._column(sheet, at, column, [row[column.at] for row in table.rows], values)
        sheet.set_row(_HEAD, _HEAD_HIGH)
        sheet.freeze_panes(_HEAD + 1, 1)
        sheet.autofilter(_HEAD, 0, _HEAD + len(table.rows), len(found) - 1)
        sheet.repeat_rows(_HEAD)
        if graph := graphs.chosen(found, table):
            self._graph(sheet, table, graph, len(found))

    def _column(
        self, sheet: Worksheet, at: int, column: Column, cells: Sequence[Cell], values: list[Any]
    ) -> None:
        numbers = tuple(value for value in values if isinstance(value, float))
        for number, value in enumerate(values, _HEAD + 1):
            if isinstance(value, dt.date):
                midnight = dt.datetime.combine(value, dt.time())
                sheet.write_datetime(number, at, midnight, self.styles.of("date"))
            elif isinstance(value, float):
                sheet.write_number(number, at, value, self._figure(column, cells[number - _HEAD - 1]))
            elif value is not None:
                self.text(
                    sheet,
                    number,
                    at,
                    value,
                    "beside" if at and not numbers else "right" if numbers else "text",
                )
        figures = any(isinstance(value, float | dt.date) for value in values)
        shown = [column.name, *(value for value in values if isinstance(value, str)), _FIGURE_WIDE * figures]
        sheet.set_column(at, at, min(_WIDEST, 3 + max(wide(words) for words in shown)))

    def _figure(self, column: Column, cell: Cell) -> Any:
        """The format of a column's numbers; of a single one where a column has several units."""
        if column.unit or not cell.unit:
            return self.styles.number(column.unit, column.currency, column.decimals)
        return self.styles.number(cell.unit, cell.currency, decimals(cell.text))

    def _graph(self, sheet: Worksheet, table: Table, graph: graphs.Graph, width: int) -> None:
        last = _HEAD + len(graph.rows)
        chart = self.book.add_chart({"type": graph.kind})
        for at in graph.columns:
            chart.add_series({
                "name": [sheet.name, _HEAD, at],
                "categories": [sheet.name, _HEAD + 1, 0, last, 0],
                "values": [sheet.name, _HEAD + 1, at, last, at],
                **self.styles.series(graph, at),
            })  # fmt: skip
        self.styles.frame(chart, graph, table.title)
        below = _HEAD + len(table.rows) + 2
        place = (_HEAD, width + 1) if len(table.rows) > _BESIDE else (below, 0)
        if len(table.rows) <= _BESIDE:
            sheet.fit_to_pages(1, 1)  # a chart cut by a page's end says nothing
        sheet.insert_chart(*place, chart, {"description": table.title, "object_position": 2})

    def charts(self) -> None:
        """The page's charts as pictures, each with the sentence that says what is seen."""
        shown = [(section, item) for section in self.asked.content.sections for item in section.of(Figure)]
        if not shown:
            return
        sheet = self.sheet(self.asked.say("charts"))
        sheet.set_column(0, 0, _CHARTS_WIDE)
        sheet.set_portrait()
        sheet.set_print_scale(_CHARTS_SCALE)  # Excel heeds no break where it is asked to find one
        row, begins, breaks = 0, 0, []
        for section, item in shown:
            after = self._picture(sheet, row, section, item)
            if after - begins > _PAGE and row:
                breaks.append(row)
                begins = row
            row = after
        sheet.set_h_pagebreaks(breaks)

    def _picture(self, sheet: Worksheet, row: int, section: Section, item: Figure) -> int:
        self.text(sheet, row, 0, section.title, "heading")
        self._high(sheet, row + 1, (item.alt,), (_CHARTS_WIDE,))
        self.text(sheet, row + 1, 0, item.alt, "wrapped")
        picture = pictures.png(item, _CHART_WIDTH, self.asked.look, 1.5)
        scale = _CHART_WIDTH / pictures.size(picture)[0]
        size = {"x_scale": scale, "y_scale": scale}
        options = {"image_data": io.BytesIO(picture), "description": item.alt, **size}
        sheet.insert_image(row + 2, 0, f"{item.name}.png", options)
        return row + 4 + round(pictures.size(picture)[1] * scale / _ROW_PIXELS)

    def definitions(self) -> None:
        """What every metric means, in both languages, and what the other words of the page mean."""
        found = terms.known(self.asked)
        if not found:
            return
        sheet = self.sheet(self.asked.say("definitions"))
        kept = [at for at in range(len(_DEFINITIONS)) if any(term.cells[at] for term in found)]
        widths = [_DEFINITIONS[at] for at in kept]
        self._head(sheet, 0, tuple(_TERMS[at] for at in kept))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        for number, term in enumerate(found, 1):
            cells = [term.cells[at] for at in kept]
            self._high(sheet, number, cells, widths)
            for at, words in enumerate(cells):
                self.text(sheet, number, at, words, "wrapped" if at else "bold")
        sheet.freeze_panes(1, 1)


def _change(card: Card) -> Cell | None:
    """How much a key figure changed, where that is the first that is said about it."""
    first = said(card.about[0].split(" · ")[0]) if card.about else Cell("")
    return first if first.unit in ("change", "points") else None


def _short(words: str) -> str:
    """Words as the name of a sheet: what is too long ends after a whole word, with a sign of it."""
    if len(words) <= _LONGEST_NAME:
        return words
    kept = words[: _LONGEST_NAME - 1]
    return (kept.rpartition(" ")[0] or kept).rstrip(" ,·（(") + "…"
