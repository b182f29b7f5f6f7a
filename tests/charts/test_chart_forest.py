"""Forest plots: what is drawn of an interval without end, and what is said."""

from __future__ import annotations

import math
import re

import pytest
from chart_answers import effects

from workbench import charts


def test_rows_keep_their_order_and_drop_what_has_no_value():
    chart = charts.forest(effects())
    assert [row["key"] for row in chart.data] == ["b", "c", "d", "e"]


def test_an_interval_without_end_is_cut_and_marked():
    _, _, endless, wide = charts.forest(effects()).data
    low, high = charts.forest(effects()).spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert (endless["tl"], endless["th"]) == ("−∞", "+∞")
    assert endless["left"] == endless["right"] == 1
    assert (endless["lo"], endless["hi"]) == pytest.approx((low, high))
    assert (wide["tl"], wide["th"], wide["left"]) == (-2, 3, 1)
    assert "right" in wide


def test_the_line_of_no_effect_is_always_on_the_axis():
    far = [charts.Effect("a", "A", 5.0, 4.0, 6.0, "better")]
    low, high = charts.forest(far).spec["layer"][1]["encoding"]["x"]["scale"]["domain"]
    assert low < 0 < 6 < high


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "Rows: 4, each with its interval. Revenue +24.5%, really better; Orders −10.0%, really worse"),
        ("zh", "4 行及其区间：Revenue +24.5%，确实更好；Orders −10.0%，确实更差"),
    ],
)
def test_it_says_what_is_seen(lang, words):
    assert charts.forest(effects(), lang).alt.startswith(words)


def test_what_is_not_judged_has_no_verdict():
    rows = [charts.Effect("a", "A", 0.2, meaning="apart"), charts.Effect("b", "B", 2.1, meaning="plain")]
    assert charts.forest(rows, unit="number").alt == "Rows: 2, without intervals. A 0.200; B 2.10."
    rows.append(charts.Effect("c", "C", 1.0, 0.5, math.inf, "plain"))
    assert charts.forest(rows, unit="number").alt.startswith("Rows: 3, with an interval: 1. A 0.200;")
    few = charts.forest([charts.Effect("a", "A", 0.2, meaning="unknown")], unit="number").alt
    assert few.endswith("A 0.200, too little data.")


def test_nothing_to_draw_is_said():
    assert charts.forest(effects()[-1:]).data == [{"message": "No data for this selection"}]


@pytest.mark.parametrize(
    ("values", "unit", "shown"),
    [
        ((0.105, 4.04, -0.373), "money", ["+¥0.10", "+¥4.04", "−¥0.37"]),
        ((1.62, 0.0457, -0.403), "number", ["+1.62", "+0.05", "−0.40"]),
        ((130.4, -7.5), "money", ["+¥130", "−¥8"]),
    ],
)
def test_effects_carry_their_sign_and_share_a_precision(values, unit, shown):
    rows = [charts.Effect(str(at), f"row {at}", value) for at, value in enumerate(values)]
    svg = charts.forest(rows, unit=unit, currency="CNY").to_svg()
    assert [text for text in re.findall(r">([^<>]+)</text>", svg) if text in shown] == shown


def test_the_line_of_no_effect_spares_names_that_stand_above():
    def line(name):
        return charts.forest([charts.Effect("a", name, 0.2, 0.1, 0.3)]).spec["layer"][1]

    beside, above = line("short"), line("a name much too long to stand beside its row")
    assert beside["encoding"]["y2"] == {"value": "height"}
    assert above["mark"]["size"] / 2 - above["mark"]["yOffset"] < 3


@pytest.mark.parametrize(
    ("low", "high", "better", "meaning"),
    [
        (1.0, 2.0, "higher", "better"),
        (1.0, 2.0, "lower", "worse"),
        (-2.0, -1.0, "higher", "worse"),
        (-2.0, -2.0, "lower", "better"),
        (-1.0, 1.0, "higher", "noise"),
        (1.0, 2.0, "neither", "noise"),
        (float("nan"), float("nan"), "higher", "noise"),
    ],
)
def test_a_side_of_zero_is_better_only_where_the_metric_says_so(low, high, better, meaning):
    assert charts.sided(low, high, better) == meaning
