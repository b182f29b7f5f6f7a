"""What a report says: read from its page, with the numbers behind the texts."""

from __future__ import annotations

import datetime as dt

import pytest
import shown_reports

from workbench.reports.formats.collect import collect
from workbench.reports.formats.content import Cards, Figure, Finding, Picture, Sentence
from workbench.reports.formats.numbers import decimals, said
from workbench.reports.formats.tree import parse
from workbench.tables.html import amounts, tag

LANGUAGES = ("en", "zh")


def content(kind, lang):
    return collect(shown_reports.report(kind, lang), "Report", shown_reports.MADE[lang], lang)


def own(*pages):
    return collect(shown_reports.notebook(*pages), "Report", "", "en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_numbers_of_a_table_are_those_of_the_answer(demo_store, lang):
    answer = shown_reports.panel("Campaigns", lang).answer("breakdown")
    table = content("Campaigns", lang).tables[0]
    assert len(table.rows) == len(answer.table)
    frame = answer.table.sort_values("cpa", ascending=False)  # any order will do: rows are found by cost
    by_cost = {round(cost, 6): row for cost, row in zip(frame["cost"], frame.to_dict("records"), strict=True)}
    for row in table.rows:
        expected = by_cost[round(row[1].amount, 6)]
        metrics = [metric.id for metric in answer.metrics if metric.id != "cpa"]
        for cell, metric in zip(row[1:], metrics, strict=False):
            if cell.amount is not None:
                assert cell.amount == pytest.approx(expected[metric], rel=1e-12)
        cpa = row[len(metrics) + 1]
        assert (cpa.amount, cpa.low, cpa.high) == pytest.approx(
            (expected["cpa"], expected["cpa_low"], expected["cpa_high"]), rel=1e-12
        )
        assert cpa.currency == answer.currency


@pytest.mark.parametrize("lang", LANGUAGES)
def test_findings_are_those_of_the_answer_with_what_they_compare(demo_store, lang):
    answer = shown_reports.panel("Home", lang).answer("findings")
    found = content("Home", lang).findings
    assert [item.sentence(lang) for item in answer] == [item.sentence for item in found][: len(answer)]
    first = found[0]
    assert first.evidence == " ".join(filter(None, (answer[0].why(lang), answer[0].evidence(lang))))
    assert first.action == answer[0].action(lang)
    assert first.span == answer[0].span(lang)
    assert [bar.value for bar in first.bars] == [part["value"] for part in answer[0].pair(lang)]
    assert len({bar.name for bar in first.bars}) == 2
    assert first.worth == answer[0].worth(lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_key_figures_charts_and_definitions_are_there(demo_store, lang):
    panel, found = shown_reports.panel("Campaigns", lang), content("Campaigns", lang)
    row = panel.answer("kpis").table.iloc[0]
    metrics = [metric.id for metric in panel.answer("kpis").metrics]
    assert [card.value.amount for card in found.cards] == pytest.approx([row[name] for name in metrics])
    assert [item.name for item in found.blocks(Figure)] == ["trend", "members", "share", "heat"]
    assert all(item.alt for item in found.blocks(Figure))
    assert len(found.terms) == len(panel.answer("breakdown").metrics)
    assert all(term.formula.startswith(("Σ", "1000")) for term in found.terms)
    assert found.stamp[0] == parse(panel.to_html()).first("p", "wb-stamp").words


@pytest.mark.parametrize(("kind", "answer"), [("Campaigns", "breakdown"), ("Compare", "ranking")])
def test_files_have_the_rows_that_a_page_folds_away(demo_store, kind, answer):
    import workbench as wb

    panel = getattr(wb.widgets, kind)(demo_store, by="campaign", lang="en")
    page, every = panel.to_html(), len(panel.answer(answer).table)
    table = collect(shown_reports.notebook(page), "Report", "", "en").tables[0]
    shown = [row for row in next(parse(page).find("tbody")).find("tr") if row.seen]
    assert len(shown) < every == len(table.rows)
    assert len(list(next(parse(panel.to_html(live=True)).find("tbody")).find("tr"))) == len(shown)


def test_a_live_page_carries_no_amounts(demo_store):
    panel = shown_reports.panel("Campaigns", "en")
    assert "data-amount" in panel.to_html()
    assert "data-amount" not in panel.to_html(live=True)


def test_what_a_screen_reader_hears_and_what_one_clicks_is_left_out():
    page = tag("section", tag("h2", "Seen"), tag("p", "One", tag("span", "hidden", class_="wb-hidden")),
               tag("button", "Click"), tag("p", "gone", hidden=True))  # fmt: skip
    section = own(page).sections[0]
    assert section.title == "Seen"
    assert section.blocks == (Sentence("One"),)


def test_withheld_cells_have_no_amount():
    from workbench.i18n import formats

    with amounts():
        row = tag("tr", tag("td", "A"), tag("td", formats.number(float("nan"), "en")), tag("td", "<50"))
    table = own(
        shown_reports.table(("a", "b", "c")).replace("<tbody></tbody>", f"<tbody>{row}</tbody>")
    ).tables[0]
    assert [cell.amount for cell in table.rows[0]] == [None, None, None]


def test_a_notebook_of_ones_own_is_read_too():
    import nbformat

    node = shown_reports.notebook(shown_reports.table(("name", "spend"), ("A", "¥1,234.50"), ("B", "−3.1%")))
    node.cells.insert(0, nbformat.v4.new_markdown_cell("# Heading\n\nA *sentence*."))
    node.cells.append(nbformat.v4.new_markdown_cell("lab only", metadata={"tags": ["lab"]}))
    picture = nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})
    node.cells.append(nbformat.v4.new_code_cell("", outputs=[picture]))
    found = collect(node, "Report", "", "en")
    assert [section.title for section in found.sections][:2] == ["Heading", "Own table"]
    assert next(found.blocks(Sentence)).text == "A sentence."
    assert [row[1].amount for row in found.tables[0].rows] == pytest.approx([1234.5, -0.031])
    assert next(found.blocks(Picture)).content.startswith(b"\x89PNG")
    assert "lab only" not in str(found)


def test_tables_under_one_heading_get_numbers():
    page = "<h2>Two</h2>" + 2 * "<table><tr><th>a</th></tr><tr><td>1</td></tr></table>"
    assert [table.title for table in own(page).tables] == ["Two 1", "Two 2"]


def test_checks_are_no_findings():
    item = '<li><span class="wb-mark wb-warn">!</span><div><p class="wb-say">Look.</p></div></li>'
    found = own(f'<h2>Checks</h2><ul class="wb-find">{item}</ul><ol class="wb-find">{item}</ol>')
    assert [block.check for block in found.blocks(Finding)] == [True, False]
    assert len(found.findings) == 1


@pytest.mark.parametrize(
    ("words", "amount", "unit"),
    [("21,448", 21448, "count"), ("−3.5%", -0.035, "change"), ("3.5%", 0.035, "percent"),
     ("¥1.28M", 1.28e6, "money"), ("1.28万", 12800, "count"), ("+¥12.12", 12.12, "money"),
     ("2.3×", 2.3, "multiple"), ("+0.51 pp", 0.0051, "points"), ("−1.08个百分点", -0.0108, "points"),
     ("97.3% (96.8%–97.7%)", 0.973, "percent"), ("2026-10-31", None, ""),
     ("3.1% (n = 5)", None, ""), ("1 May 2025 – 31 Oct 2026", None, ""), ("$-5", -5, "money"),
     ("2026-10", None, ""), ("65 min", None, ""), ("–", None, ""), ("=1+1", None, "")],
)  # fmt: skip
def test_a_text_that_is_a_number_is_read_as_one(words, amount, unit):
    found = said(words)
    assert found.amount == (pytest.approx(amount) if amount is not None else None)
    assert found.unit == unit


@pytest.mark.parametrize(
    ("words", "places"), [("¥66.78", 2), ("¥1.28M", 0), ("0.423%", 3), ("9,913", 0), ("x", 0)]
)
def test_decimals_are_those_of_the_page(words, places):
    assert decimals(words) == places


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        ("3.1% (2.9–3.4)", (0.029, 0.034)),
        ("12.8 (10.5 to 15.6)", (10.5, 15.6)),
        ("34.9% (34.2%–35.6%)", (0.342, 0.356)),
        ("26.6% 26.1% – 27.1%", (0.261, 0.271)),
        ("3.1% (n = 5)", (None, None)),
        ("¥3.58M (3.37M–3.8M)", (3.37e6, 3.8e6)),
    ],
)
def test_the_interval_behind_a_number_is_read(words, ends):
    from workbench.reports.formats.numbers import cell

    node = parse(f'<td data-amount="0.5" data-unit="count">{words}</td>').inside[0]
    found = cell(node)
    assert (found.low, found.high) == (pytest.approx(ends) if ends[0] is not None else ends)


@pytest.mark.parametrize("words", ["230 → 157", "1 · 99%", "before: 64", "3,992 / 4,008"])
def test_a_cell_of_several_numbers_stays_words(words):
    from workbench.reports.formats.numbers import cell

    node = parse(f'<td data-amount="230" data-unit="count">{words}</td>').inside[0]
    assert cell(node).amount is None


def test_days_are_days():
    from workbench.i18n import formats

    with amounts():
        row = tag("tr", tag("td", formats.date(dt.date(2026, 11, 2), "zh")), tag("td", "x"))
    found = own(f"<h2>T</h2><table><tr><th>d</th><th>e</th></tr>{row}</table>").tables[0]
    assert found.rows[0][0].amount == dt.date(2026, 11, 2)


def test_cards_of_a_panel_say_what_is_compared(demo_store):
    cards = next(content("Home", "en").blocks(Cards)).items
    assert all(any("last year" in line for line in card.about) for card in cards)


@pytest.mark.parametrize(
    ("words", "pair"),
    [
        ("107 → 48.7", (107, 48.7)),
        ("−6.1% → −9.5%", (-0.061, -0.095)),
        ("+3.8%", (0.038, None)),
        ("Search → Social", None),
        ("1 → 2 → 3", None),
    ],
)
def test_two_numbers_with_an_arrow_between_them_are_read_apart(words, pair):
    from workbench.reports.formats.numbers import both

    found = both(words)
    assert (found and tuple(cell.amount for cell in found)) == (pair and pytest.approx(pair))


@pytest.mark.parametrize(("kind", "least"), [("Home", 1), ("Incrementality", 2)])
def test_what_a_report_draws_it_also_tells_in_a_table(demo_store, kind, least):
    found = content(kind, "en")
    assert len(found.tables) >= least
    assert all(row[1].number is not None for table in found.tables for row in table.rows)


def test_a_report_tells_tables_by_their_names_in_words(demo_store):
    (held,) = (table for table in content("Data", "en").tables if "Rows" in table.head)
    names = {row[0].text for row in held.rows}
    assert {"Order lines", "Ad delivery"} <= names


def test_an_experiments_effects_are_numbers_with_their_intervals(demo_store):
    table = next(table for table in content("Experiment", "en").tables if "Verdict" in table.head)
    at = table.head.index("Effect (interval)")
    for row in table.rows:
        assert row[at].low < row[at].number < row[at].high
        assert row[at].unit in {"points", "count", "money", "number"}
