"""The files themselves: spreadsheets, slides, e-mail, CSV; each number is one of the page, no text is run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from itertools import pairwise

import openpyxl
import pptx as python_pptx
import pytest
import shown_reports
from pptx.util import Inches

from workbench.errors import ReportError
from workbench.reports.formats import FORMATS, check, deck, mail, pptx, write, xlsx
from workbench.reports.formats import csv as as_csv
from workbench.reports.formats.columns import columns
from workbench.reports.formats.content import Figure, Finding, Section
from workbench.reports.formats.tree import parse

LANGUAGES = ("en", "zh")
ATTACKS = ("=1+1", "=cmd|' /C calc'!A0", "+SUM(A1)", "-2+3+cmd", "@SUM(1)", "＝1+1")
OUTSIDE = re.compile(r"https?://", re.IGNORECASE)


_MADE = {}


def made(writer, asked):
    """A file's bytes, made once for each report."""
    key = writer.__name__, id(asked)
    if key not in _MADE:
        _MADE[key] = writer(asked), asked  # kept: the id of what is gone may be that of another
    return _MADE[key][0]


def book(asked):
    return openpyxl.load_workbook(io.BytesIO(made(xlsx.workbook, asked)))


def presented(asked):
    return python_pptx.Presentation(io.BytesIO(made(pptx.presentation, asked)))


def parts(content, pattern):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if re.search(pattern, name)}


@pytest.fixture(scope="module", params=LANGUAGES)
def campaigns(request, demo_store, tmp_path_factory):
    folder, lang = tmp_path_factory.mktemp("files"), request.param
    return shown_reports.asked(shown_reports.report("Campaigns", lang), lang, folder)


@pytest.fixture
def attacks(tmp_path):
    rows = [("=head", "n"), *((attack, "5") for attack in ATTACKS)]
    page = shown_reports.table(*rows).replace("Own table", "=SUM(A1)")
    return shown_reports.asked(shown_reports.notebook(page), "en", tmp_path, title="=1+1")


def test_a_sheet_holds_the_numbers_of_its_table(campaigns):
    table = campaigns.content.tables[0]
    sheet = book(campaigns)[table.title]
    found = columns(table, campaigns)
    assert [cell.value for cell in sheet[4]][: len(found)] == [column.name for column in found]
    for number, row in enumerate(table.rows, 5):
        for at, column in enumerate(found, 1):
            cell, value = sheet.cell(number, at), column.value(row)
            assert cell.value == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)
            assert cell.data_type == ("n" if isinstance(value, float | None) else "s")
    formats = {column.name: sheet.cell(5, at).number_format for at, column in enumerate(found, 1)}
    units = {column.name: column.unit for column in found}
    assert all("¥" in formats[name] for name, unit in units.items() if unit == "money")
    assert all(formats[name].endswith("%") for name, unit in units.items() if unit in ("percent", "change"))
    assert sheet.freeze_panes == "B5"
    assert sheet.auto_filter.ref.startswith("A4:")


def test_a_workbook_begins_with_a_summary_and_ends_with_definitions(campaigns):
    found = book(campaigns)
    assert found.sheetnames[0] == campaigns.say("summary")
    words = [cell.value for row in found.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    for finding in campaigns.content.findings:
        assert finding.sentence in words
        assert finding.evidence in words
    for card in campaigns.content.cards:
        assert pytest.approx(card.value.amount) in [word for word in words if isinstance(word, float | int)]
    rows = list(found[campaigns.say("definitions")].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(campaigns.content.terms)
    for english, chinese, _meaning, zh_meaning, formula in rows:
        assert english.isascii()
        assert re.search(r"[\u4e00-\u9fff]", chinese + zh_meaning)
        assert "Σ" in formula


def test_a_workbook_has_native_charts_and_drawn_ones(campaigns):
    content = made(xlsx.workbook, campaigns)
    chart = next(iter(parts(content, r"charts/chart\d").values())).decode()
    assert "barChart" in chart
    assert (
        str(len(campaigns.content.tables[0].rows)) in re.findall(r'ptCount val="(\d+)"', chart)
        or "$5:" in chart
    )
    assert len(parts(content, r"media/.*png")) == 4


def test_printed_pages_end_between_parts_and_take_a_chart_beside_its_table(tmp_path):
    """Points of the rows from one break to the next, on A4 across that letters of 8 pixels just fit."""
    lines = "".join(f"<h2>Part {at}</h2>" + "<p>Words enough for a line.</p>" * 9 for at in range(12))
    rows = [(f"member {at}", str(7 + at * at), str(9 + at)) for at in range(24)]
    page = f"<section>{lines}</section>" + shown_reports.table(("name", "n", "m"), *rows)
    content = made(xlsx.workbook, shown_reports.asked(shown_reports.notebook(page), "en", tmp_path))
    summary, numbers, *_ = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    titles = {cell.row for cell in summary["A"] if str(cell.value).startswith("Part ")}
    ends = [found.id for found in summary.row_breaks.brk]
    assert len(ends) > 1
    assert {end + 1 for end in ends} <= titles
    high = [summary.row_dimensions[at].height or 16.5 for at in range(1, summary.max_row + 1)]
    letters = sum(summary.column_dimensions[name].width for name in "ABCD")
    room = (595 - 2 * 54) * letters * 8 * 0.75 / (842 - 2 * 50)
    assert all(sum(high[start:end]) <= room for start, end in pairwise([0, *ends, len(high)]))
    [drawn] = numbers._charts
    below = drawn.anchor.to.row if hasattr(drawn.anchor, "to") else 0
    assert 24 < below < 4 + (595 - 2 * 54) / 16.5


def test_days_are_drawn_as_lines_and_totals_are_left_out(tmp_path):
    from workbench.i18n import formats
    from workbench.reports.formats import graphs
    from workbench.tables.html import amounts, tag

    with amounts():
        days = [
            (formats.date(dt.date(2026, 11, day), "en"), formats.money(10.0 * day, "CNY", "en"))
            for day in (1, 2, 3)
        ]
        rows = [tag("tr", [tag("td", words) for words in row]) for row in days]
    page = f"<h2>Days</h2><table><tr><th>Day</th><th>Spend</th></tr>{''.join(rows)}</table>"
    page += shown_reports.table(("name", "n"), ("A", "2"), ("B", "3"), ("All", "5")).replace(
        "Own table", "Sums"
    )
    asked = shown_reports.asked(shown_reports.notebook(page), "en", tmp_path)
    days_table, sums = asked.content.tables
    assert graphs.chosen(columns(days_table, asked), days_table).kind == "line"
    bars = graphs.chosen(columns(sums, asked), sums)
    assert (bars.kind, [row[0].text for row in bars.rows]) == ("bar", ["A", "B"])
    assert book(asked)["Days"]["A5"].value.date() == dt.date(2026, 11, 1)


def test_the_change_of_a_key_figure_is_a_number(campaigns):
    sheet = book(campaigns).worksheets[0]
    heads = next(row for row in sheet.iter_rows() if row[0].value == campaigns.say("head_figure"))
    rows = list(
        sheet.iter_rows(min_row=heads[0].row + 1, max_row=heads[0].row + len(campaigns.content.cards))
    )
    shown_of = {card.name: card.about[0].split(" · ")[0] for card in campaigns.content.cards}
    for name, _value, about, change in (row[:4] for row in rows):
        words = shown_of[name.value].replace("−", "-")
        assert change.value == pytest.approx(
            float(words.strip("%p 个百分点+±")) / (100 if "%" in words else 1)
        )
        assert change.number_format.endswith("%" if "%" in words else '"')
        assert words not in (about.value or "")


def shown(tmp_path, *rows):
    page = shown_reports.table(*rows)
    return shown_reports.asked(shown_reports.notebook(page), "en", tmp_path)


def test_what_stood_before_and_after_an_arrow_are_two_columns_of_numbers(tmp_path):
    asked = shown(tmp_path, ("Channel", "Brings"), ("A", "107 → 48.7"), ("B", "1,061 → 585"), ("C", "–"))
    sheet = book(asked)["Own table"]
    assert [cell.value for cell in sheet[4]] == ["Channel", "Brings, before", "Brings, after"]
    assert [cell.value for cell in sheet[5]] == ["A", 107, 48.7]
    assert [cell.value for cell in sheet[7]][1:] == [None, None]
    with (as_csv.write(asked)[0]).open(encoding="utf-8-sig") as file:
        assert list(csv.reader(file))[2] == ["B", "1061.0", "585.0"]


def test_a_column_of_several_units_has_the_format_of_each_number(tmp_path):
    asked = shown(tmp_path, ("Metric", "A"), ("CVR", "11.2%"), ("CPA", "¥15.89"), ("ROAS", "12.78"))
    sheet = book(asked)["Own table"]
    assert [sheet.cell(row, 2).value for row in (5, 6, 7)] == [pytest.approx(0.112), 15.89, 12.78]
    formats = [sheet.cell(row, 2).number_format for row in (5, 6, 7)]
    assert formats[0] == "0.0%"
    assert "¥" in formats[1]
    assert formats[2] == "#,##0.00"


def test_a_zero_adds_no_decimals_to_its_column(tmp_path):
    asked = shown(tmp_path, ("Channel", "Planned"), ("A", "¥28,786"), ("B", "¥0.00"))
    assert book(asked)["Own table"]["B5"].number_format == '"¥"#,##0;-"¥"#,##0'


def test_an_interval_that_stands_under_its_number_gets_brackets(tmp_path):
    inside = '<td data-amount="763" data-unit="count"><b>763</b><small>700 – 800</small></td>'
    page = f"<h2>Month</h2><table><tr><th>Of</th><th>End</th></tr><tr><th>Cost</th>{inside}</tr></table>"
    asked = shown_reports.asked(shown_reports.notebook(page), "en", tmp_path)
    cell = asked.content.tables[0].rows[0][1]
    assert (cell.text, cell.low, cell.high) == ("763 (700 – 800)", 700, 800)


def test_one_chart_shows_numbers_of_one_size_and_is_printed_whole(tmp_path):
    from workbench.reports.formats import graphs

    rows = ("A", "161,863", "150,000", "3.6"), ("B", "82,058", "90,000", "2.5")
    asked = shown(tmp_path, ("Scenario", "Spend", "Before", "Claimed per own"), *rows)
    (table,) = asked.content.tables
    assert graphs.chosen(columns(table, asked), table).columns == (1, 2)
    page = book(asked)["Own table"].page_setup
    assert (page.fitToWidth, page.fitToHeight) in {
        (1, 1),
        (None, None),
    }  # 1 is what is meant where none stands


def test_rows_of_a_slide_are_as_high_as_their_words(tmp_path):
    from workbench.reports.formats import boards

    long = "一" * 400
    asked = shown(tmp_path, ("名称", "含义"), ("甲", long), ("乙", "短"))
    deck_made = python_pptx.Presentation(io.BytesIO(pptx.presentation(asked)))
    (frame,) = (shape for slide in deck_made.slides for shape in slide.shapes if shape.has_table)
    heights = [row.height for row in frame.table.rows]
    size = frame.table.cell(1, 1).text_frame.paragraphs[0].runs[0].font.size
    lines = 400 * size / (frame.table.columns[1].width - Inches(0.16))
    assert heights[1] >= lines * size > heights[2]
    assert sum(heights) <= Inches(boards.BOTTOM - boards.TOP)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_spreadsheet_runs_a_text(attacks, attack):
    for sheet in book(attacks).worksheets:
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)
    found = [
        cell for sheet in book(attacks) for row in sheet.iter_rows() for cell in row if cell.value == attack
    ]
    assert found
    assert all(cell.quotePrefix for cell in found)
    file = as_csv.write(attacks)[0]
    rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
    assert [f"'{attack}", "5.0"] in rows
    assert rows[0][0] == "'=head"


def test_csv_has_a_mark_and_the_numbers_of_the_page(campaigns):
    files = as_csv.write(campaigns)
    assert len(files) == len(campaigns.content.tables)
    content = files[0].read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    table = campaigns.content.tables[0]
    assert [row[0] for row in rows[1:]] == [row[0].text for row in table.rows]
    assert [float(row[1]) for row in rows[1:]] == [row[1].amount for row in table.rows]


def test_a_deck_has_one_slide_a_finding_and_native_tables(campaigns):
    shown = presented(campaigns).slides
    titles = [slide.shapes.title.text_frame.text for slide in shown]
    for finding in campaigns.content.findings:
        assert titles.count(finding.sentence) == 1
        slide = shown[titles.index(finding.sentence)]
        said = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert finding.evidence in said
        assert finding.action in said
        chart = next(shape.chart for shape in slide.shapes if shape.has_chart)
        assert list(chart.plots[0].series[0].values) == [bar.value for bar in finding.bars]
    table = next(shape.table for slide in shown for shape in slide.shapes if shape.has_table)
    expected = campaigns.content.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == list(expected.head)
    assert [row.cells[1].text for row in list(table.rows)[1:]] == [row[1].text for row in expected.rows]


def test_every_slide_has_notes_a_title_and_stays_on_the_page(campaigns):
    shown = presented(campaigns)
    assert (shown.slide_width, shown.slide_height) == (Inches(13.333), Inches(7.5))
    for slide in shown.slides:
        assert slide.shapes.title.text_frame.text
        assert campaigns.content.stamp[0] in slide.notes_slide.notes_text_frame.text
        assert campaigns.made in slide.notes_slide.notes_text_frame.text
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.left + shape.width <= shown.slide_width + 10
            assert shape.top + shape.height <= shown.slide_height + 10
            if shape.shape_type == 13:  # a picture
                assert shape._element.nvPicPr.cNvPr.get("descr")
    theme = next(iter(parts(made(pptx.presentation, campaigns), r"theme/theme1").values())).decode()
    assert '<a:ea typeface="Microsoft YaHei"/>' in theme


def test_a_long_table_takes_two_slides_and_says_what_is_left(tmp_path):
    rows = [(f"m{number}", str(number)) for number in range(40)]
    page = shown_reports.table(("name", "n"), *rows)
    asked = shown_reports.asked(shown_reports.notebook(page), "en", tmp_path)
    shown = [slide for slide in deck.slides(asked) if slide.table]
    assert [len(slide.table.rows) for slide in shown] == [deck.ROWS, deck.ROWS]
    assert shown[-1].texts == ("14 more rows are in the workbook.",)
    assert len(book(asked)["Own table"]["A"]) == 44


def test_an_e_mail_needs_nothing_and_is_small(campaigns):
    html, text = mail.html(campaigns), mail.text(campaigns)
    assert len(html.encode()) < mail.LIMIT
    page = parse(html)
    assert not OUTSIDE.search(html)
    assert not [
        node for node in page.find() if node.name in ("script", "style", "link", "iframe", "form", "svg")
    ]
    assert not [node for node in page.find() if "class" in node.attributes]
    assert all(node.attributes["src"].startswith("data:image/png") for node in page.find("img"))
    assert next(page.find("img")).attributes["alt"]
    for finding in campaigns.content.findings:
        assert finding.sentence in page.words
        assert finding.sentence in text
    assert all(card.value.text in text for card in campaigns.content.cards)
    assert "<" not in re.sub(r"p < 0", "", text)


def test_a_picture_that_makes_a_mail_too_large_is_left_out(campaigns, monkeypatch):
    monkeypatch.setattr(mail, "LIMIT", 20_000)
    assert "<img" not in mail.html(campaigns)


def test_no_file_has_a_number_that_the_page_does_not_show(demo_store, tmp_path):
    """Small cells are withheld by the questions; nothing else than the page's amounts may come back in."""
    node = shown_reports.report("Interactions", "en")
    asked = shown_reports.asked(node, "en", tmp_path)
    page = parse(node.cells[0].outputs[0].data["text/html"])
    shown = {float(item.attributes["data-amount"]) for item in page.find() if _is_number(item)}
    ends = [item.attributes for item in page.find() if "data-low" in item.attributes]
    shown |= {float(given[name]) for given in ends for name in ("data-low", "data-high")}
    carried = {round(amount, 9) for amount in shown} | {round(100 * amount, 9) for amount in shown}
    for sheet in book(asked).worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "n" and cell.value is not None and not _is_shown(cell.value, page):
                    assert round(float(cell.value), 9) in carried
    hidden = [row for row in page.find("tr") if "–" in [cell.words for cell in row.find("td")]]
    for row in hidden:
        name = next(row.find("th")).words
        lines = [line for table in asked.content.tables for line in table.rows if line[0].text == name]
        assert any(cell.text == "–" and cell.amount is None for line in lines for cell in line)


def _is_number(item):
    return "data-amount" in item.attributes and item.attributes["data-unit"] != "date"


def _is_shown(value, page):
    """Whether the page writes this number out, as it does with the ends of intervals."""
    words = page.words.replace(",", "")
    looks = (
        f"{value:g}",
        f"{100 * value:.1f}",
        f"{100 * value:.0f}",
        f"{value / 1e6:g}M",
        f"{value / 1e3:g}K",
    )
    return any(look in words for look in looks)


def test_files_are_written_beside_the_page(demo_store, tmp_path):
    node = shown_reports.report("Campaigns", "en")
    files = write(tmp_path, node, ("mail", "xlsx", "csv", "xlsx"), "en", title="Campaigns")
    assert [file.name for file in files] == ["mail.html", "mail.txt", "report.xlsx", "01-By-channel.csv"]
    assert all(file.is_file() for file in files)


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ReportError, match="Unknown format 'doc'"):
        write(tmp_path, shown_reports.notebook(), ("csv", "doc"), "en")
    assert not list(tmp_path.iterdir())
    assert check(("csv", "csv")) == ("csv",)
    assert len(FORMATS) == 5


def test_a_finding_of_one_sentence_is_shown_by_the_next_chart(demo_store, tmp_path):
    asked = shown_reports.asked(shown_reports.report("Campaigns", "en"), "en", tmp_path)
    chart = next(asked.content.blocks(Figure))
    sections = (Section("Found", (Finding("warn", "A day fell short."),)), Section("Days", (chart,)))
    object.__setattr__(asked, "content", replace(asked.content, sections=sections, terms=()))
    bare = next(slide for slide in deck.slides(asked) if slide.finding)
    assert bare.figure == chart
    made_of = python_pptx.Presentation(io.BytesIO(pptx.presentation(asked))).slides
    slide = next(slide for slide in made_of if slide.shapes.title.text_frame.text == "A day fell short.")
    assert any(shape.shape_type == 13 for shape in slide.shapes)


def test_sections_of_sentences_are_slides_in_the_pages_order(tmp_path):
    item = '<li><span class="wb-mark wb-bad"></span><div><p class="wb-say">Act.</p></div></li>'
    page = f'<h2>Why</h2><p>One.</p><p>Two.</p><h2>To do</h2><ol class="wb-find">{item}</ol>'
    asked = shown_reports.asked(shown_reports.notebook(page), "en", tmp_path)
    found = [(slide.title, slide.texts) for slide in deck.slides(asked)]
    assert found == [("Why", ("One.", "Two.")), ("Act.", ())]
