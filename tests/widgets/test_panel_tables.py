"""Cells: escaping, verdicts on changes, intervals, sorting, the inline axis."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import tables
from workbench.catalogue import builtin
from workbench.tables import grid
from workbench.tables.html import Html, join, tag

METRICS = builtin()


def reading(name="cpa", **parts):
    """A reading of one metric."""
    return tables.Reading(METRICS[name], "CNY", **parts)


def answer(metric="cpa", by="channel", **columns):
    """What a table needs of an answer."""
    return SimpleNamespace(table=pd.DataFrame(columns), metrics=(METRICS[metric],), by=(by,), currency="CNY")


def layout(metric="cpa", **more):
    """A layout of one metric."""
    return tables.Layout("caption", "Channel", METRICS[metric], **more)


@given(st.text())
def test_text_is_escaped_wherever_it_stands(words):
    html = tag("p", words, title=words, data_id=words)
    inside = html.removeprefix("<p ").removesuffix("</p>")
    assert inside.count("<") == 0
    assert inside.count(">") == 1
    assert inside.count('"') == 4


def test_children_are_flattened_and_blanks_left_out():
    assert join("a", None, False, ["<", Html("<b>")], 3) == "a&lt;<b>3"
    assert tag("input", disabled=True, hidden=False, value=None) == "<input disabled>"
    assert tag("p", class_="x", aria_label="y") == '<p class="x" aria-label="y"></p>'


@pytest.mark.parametrize(
    ("name", "diff", "low", "high", "verdict"),
    [
        ("cpa", -3.0, -5.0, -1.0, "good"),
        ("cpa", 3.0, 1.0, 5.0, "bad"),
        ("cpa", -3.0, -7.0, 1.0, "noise"),
        ("cpa", -3.0, None, None, "untested"),
        ("roas", 0.3, 0.1, 0.5, "good"),
        ("roas", -0.3, -0.5, -0.1, "bad"),
        ("conversions", 10.0, 2.0, 18.0, "good"),
        ("conversions", -10.0, -18.0, -2.0, "bad"),
        ("conversions", 10.0, None, None, "untested"),
        ("conversions", 0.0, None, None, "untested"),
        ("cost", 10.0, 2.0, 18.0, "moved"),
        ("cpa", None, None, None, "unknown"),
        ("cpa", 3.0, 0.0, 5.0, "noise"),
    ],
)
def test_a_change_is_judged_by_better_is_and_grey_within_noise(name, diff, low, high, verdict):
    assert reading(name, diff=diff, diff_low=low, diff_high=high).verdict == verdict


def test_a_chip_says_its_meaning_in_words_too():
    shown = tables.chip(reading(diff=-3.0, diff_low=-5.0, diff_high=-1.0, change=-0.04, before=72.0), "en")
    assert 'class="wb-chip wb-good"' in shown
    assert "▼" in shown
    assert "−4.0%" in shown
    assert "better" in shown
    assert "before: ¥72.00" in shown
    quiet = tables.chip(reading(diff=-3.0, diff_low=-9.0, diff_high=3.0, change=-0.04, before=72.0), "zh")
    assert "wb-noise" in quiet
    assert "正常波动" in quiet


def test_rates_change_in_points_and_money_in_percent():
    assert reading("ctr", diff=0.0021, change=0.2).moved("en") == "+0.21 pp"
    assert reading("ctr", diff=0.0021, change=0.2).moved("zh") == "+0.21个百分点"
    assert reading("cpa", diff=2.0, change=0.031).moved("en") == "+3.1%"


def test_values_and_intervals_carry_their_unit_once():
    assert reading(value=69.7, low=68.7, high=70.7).shown("en", short=True) == "¥69.7"
    assert reading(value=69.7, low=68.7, high=70.7).interval("en") == "68.7–70.7"
    assert reading("ctr", value=0.0109, low=0.0108, high=0.011).interval("en") == "1.08–1.10"
    assert reading("conversions", value=68.0).shown("en", short=True) == "68"
    assert reading("conversions", value=22_914.0).shown("zh", short=True) == "2.29万"
    assert reading("cpa").shown("en") == "–"
    assert reading("cpa").interval("en") == ""


@pytest.mark.parametrize("gap", [None, float("nan"), float("inf"), pd.NA, pd.NaT])
def test_what_is_not_known_is_no_number(gap):
    row = {"cpa": gap, "cpa_low": gap, "n": gap}
    found = tables.reading(answer(), row, METRICS["cpa"])
    assert (found.value, found.low, found.n) == (None, None, None)


def test_rows_are_sorted_by_value_name_and_change_unknown_last():
    found = answer(
        channel=["b", "a", None, "c"],
        cpa=[2.0, 3.0, float("nan"), 1.0],
        cpa_change=[0.5, -0.5, None, 0.1],
    )
    labels = {("channel", "a"): "Zebra"}

    def order(sort):
        return list(grid.ordered(found, layout(sort=sort, labels=labels), "en")["channel"].fillna("?"))

    assert order("-cpa") == ["a", "b", "c", "?"]
    assert order("cpa") == ["c", "b", "a", "?"]
    assert order("name") == ["b", "c", "a", "?"]
    assert order("-name") == ["a", "c", "b", "?"]
    assert order("-change") == ["b", "c", "a", "?"]
    assert order("ctr") == ["b", "a", "?", "c"]


def test_the_inline_axis_starts_at_zero_and_holds_every_value():
    low, high = grid.scale(pd.DataFrame({"cpa": [50.0, 140.0], "cpa_high": [57.0, 900.0]}), "cpa")
    assert low == 0
    assert 140 < high <= 140 * 1.6
    low, _ = grid.scale(pd.DataFrame({"roi": [-0.5, 0.2]}), "roi")
    assert low < -0.5
    assert grid.scale(pd.DataFrame({"cpa": [None, None]}), "cpa")[1] > 0


@given(
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9),
    st.lists(st.floats(-1e6, 1e6), min_size=1),
)
def test_bars_never_leave_their_axis(value, low, high, values):
    ends = grid.scale(pd.DataFrame({"cpa": values}), "cpa")
    assert ends[0] < ends[1]
    bar = grid.interval_bar(reading(value=value, low=min(low, high), high=max(low, high)), ends)
    numbers = [float(part.split("%")[0]) for part in bar.replace("width:", "left:").split("left:")[1:]]
    assert all(0 <= number <= 100 for number in numbers)


def test_rows_below_the_limit_are_left_out_of_the_page():
    found = answer(channel=[f"c{n}" for n in range(30)], cpa=list(range(30)))
    html = tables.breakdown(found, layout(sort="-cpa", limit=5), "en")
    assert html.count("<tr") == 6
    assert "c29" in html
    assert "c24" not in html


def test_findings_say_status_evidence_worth_and_action():
    item = SimpleNamespace(
        id="x<1>",
        status="bad",
        sentence=lambda lang: f"{lang}: CPA <up>",
        evidence=lambda _lang: "¥90 (80–100)",
        action=lambda _lang: "Pause it",
        worth=lambda _lang: "−¥4,000",
        span=lambda _lang: "−¥5,000 to −¥3,000",
        why=lambda _lang: "Fewer clicks",
    )
    html = tables.findings([item], "en")
    for words in (
        "CPA &lt;up&gt;",
        "¥90 (80–100)",
        "Pause it →",
        "−¥4,000",
        "−¥5,000 to −¥3,000",
        "Fewer clicks",
        "Problem",
        'data-key="x&lt;1&gt;"',
    ):
        assert words in html
    assert "<button" not in tables.findings([item], "en", live=False)
    assert "Nothing stands out" in tables.findings([], "en")


def test_every_metric_has_a_definition_with_its_formula():
    html = tables.definitions(METRICS.values(), "zh", margin_known=False)
    assert html.count("<dt>") == len(METRICS)
    assert "Σ(clicks) / Σ(impressions)" in html
    assert "Σ(revenue - cost) / Σ(cost)" in html
