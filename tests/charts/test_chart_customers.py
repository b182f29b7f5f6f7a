"""Charts of customers: valid and drawn in both languages, and their rows are the answer's."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import altair
import cdnow
import pandas as pd
import pytest

from workbench import charts
from workbench.customers import backtest, fit_contracts
from workbench.segments import worth

LAW = {"r": 0.8, "alpha": 40.0, "a": 0.4, "b": 4.0, "p": 5.0, "q": 4.0, "v": 90.0}


@pytest.fixture(scope="module")
def answers():
    orders = cdnow.drawn(1500, 400, LAW, seed=2)
    days = pd.date_range("2023-01-01", periods=8, freq="90D")
    rows = [
        (f"c{who}", days[number].date(), days[number].date() + pd.Timedelta(days=89), 10.0)
        for who in range(120)
        for number in range(1 + who % 7)
    ]
    contracts = pd.DataFrame(rows, columns=["customer_id", "start", "end", "amount"])
    return {
        "worth": worth(orders, "2025-02-03", 90),
        "tested": backtest(orders, "2025-02-03", 60, draws=100),
        "contracts": fit_contracts(contracts, "2024-12-01"),
    }


def gallery(answers, lang):
    return {
        "pareto": charts.pareto(answers["worth"], lang),
        "chances": charts.chances(answers["worth"], lang),
        "reliability": charts.reliability(answers["tested"], lang),
        "survival": charts.survival(answers["contracts"], lang),
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", ["pareto", "chances", "reliability", "survival"])
def test_a_chart_is_valid_drawn_and_says_what_it_shows(answers, kind, lang):
    chart = gallery(answers, lang)[kind]
    altair.Chart.from_dict(chart.to_vegalite("dark"), validate=True)
    json.dumps(chart.to_dict(), allow_nan=False)
    svg = chart.to_svg(width=340)
    assert f'width="340" height="{chart.height}"' in svg
    texts = " ".join(re.findall(r">([^<>]+)</text>", svg))
    assert not {"NaN", "null", "undefined", "Infinity"} & set(re.findall(r"\w+", texts))
    assert len(chart.alt) > 20
    assert bool(re.search("[\u4e00-\u9fff]", chart.alt)) == (lang == "zh")


def test_the_curve_is_marked_where_the_answer_says(answers):
    chart = charts.pareto(answers["worth"])
    marked = {row["c"]: row["v"] for row in chart.data if "name" in row}
    assert marked == {
        share: pytest.approx(answers["worth"].share_of_best(share), rel=1e-5) for share in marked
    }
    assert list(marked) == [0.1, 0.2, 0.5]
    assert [row["c"] for row in chart.data] == sorted(row["c"] for row in chart.data)


def test_cells_of_few_persons_are_hatched_and_hold_no_number(answers):
    chart = charts.chances(answers["worth"])
    cells = answers["worth"].chances
    hidden = {(row.band, row.fifth) for row in cells.itertuples() if row.suppressed}
    assert {(row["x"], row["y"]) for row in chart.data if "h" in row} == hidden
    assert not [row for row in chart.data if "h" in row and "n" in row]
    assert sum(row.get("n", 0) for row in chart.data) == cells["customers"].sum()


def test_where_every_cell_is_small_a_sentence_stands(answers):
    few = worth(cdnow.drawn(300, 400, LAW, seed=3), "2025-02-03", 90)
    assert few.chances["customers"].isna().all()
    assert charts.chances(few).alt == "Every cell has too few customers to be shown"


def test_both_stages_stand_side_by_side(answers):
    chart = charts.reliability(answers["tested"])
    last = answers["tested"].last
    assert len(chart.data) == len(last.curve) + len(last.curve_after)
    assert {row["which"] for row in chart.data} == {"As foretold", "Recalibrated"}
    alone = replace(answers["tested"], origins=answers["tested"].origins[:1])
    assert {row["which"] for row in charts.reliability(alone).data} == {"As foretold"}


def test_the_projection_goes_on_where_nothing_was_seen(answers):
    chart = charts.survival(answers["contracts"])
    assert chart.data[0] == {"t": 0, "m": 1, "lo": 1, "hi": 1, "f": 1, "fl": 1, "fh": 1}
    assert "m" not in chart.data[-1]
    assert chart.data[-1]["fl"] < chart.data[-1]["f"] < chart.data[-1]["fh"]
