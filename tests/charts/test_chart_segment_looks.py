"""Charts of segments and customers: rows fit the spec, words are of the language, colours of the theme."""

from __future__ import annotations

import json
import re

import altair
import pandas as pd
import pytest
import rule_world
from chart_answers import cohort_answer, market, moves

import workbench as wb
from workbench import charts, segments
from workbench.charts import theme
from workbench.widgets.segments.state import MEASURES

HAN = re.compile("[\u4e00-\u9fff]")
NAMES = ["loyal ones", "newcomers", "<b>bold</b>"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A small store, its RFM map, and the overlap of three segments."""
    store = wb.open(tmp_path_factory.mktemp("looks") / "w")
    rule_world.commit(store, 7)
    rules = [segments.ordered(2), segments.ordered(1), segments.tagged("vip")]
    return {
        "map": segments.rfm_map(store, rule_world.DAY, "CNY"),
        "overlap": segments.overlap(store, dict(zip(NAMES, rules, strict=True)), rule_world.DAY),
    }


def drawn(world, lang):
    """Kind → chart; with and without what can be chosen."""
    made = {f"map of {name}": charts.rfm_map(world["map"], lang, name, ["r5f5"], True) for name in MEASURES}
    return made | {
        "map": charts.rfm_map(world["map"], lang),
        "overlap": charts.overlap(world["overlap"], lang),
        "overlap to choose": charts.overlap(world["overlap"], lang, select=True),
        "flow": charts.flow(moves(True), lang),
        "flow to choose": charts.flow(moves(True), lang, select=True),
        "retention": charts.retention(cohort_answer("month"), lang),
        "market": charts.index_map(market(["region", "interest"]), lang),
    }


KINDS = [
    "flow", "flow to choose", "map", "map of customers", "map of money", "market", "overlap",
    "overlap to choose", "retention",
]  # fmt: skip


def words(node, key):
    """Every text under a key of a spec: `field` is read by an encoding, `as` is made by a transform."""
    if isinstance(node, dict):
        own = {node[key]} if isinstance(node.get(key), str) else set()
        return own.union(*(words(item, key) for item in node.values()))
    return set().union(*(words(item, key) for item in node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_reads_only_what_its_rows_hold(world, kind):
    chart = drawn(world, "en")[kind]
    told = set().union(*(row.keys() for row in chart.data))
    read = words(chart.spec, "field") - words(chart.spec, "as")
    assert read <= told
    assert read
    json.dumps(chart.data, allow_nan=False)


@pytest.mark.parametrize("kind", KINDS)
def test_titles_and_alternative_text_are_of_the_language(world, kind):
    english, chinese = (drawn(world, lang)[kind] for lang in ("en", "zh"))
    assert HAN.search(chinese.alt)
    assert not HAN.search(english.alt.replace("西部", ""))
    titles = [titles_of(chart.to_vegalite("light")) for chart in (english, chinese)]
    assert len(titles[0]) == len(titles[1])
    assert all(HAN.search(title) for title in titles[1])
    assert not any(HAN.search(title) for title in titles[0])


def titles_of(node):
    """Titles of axes and legends, in order."""
    if isinstance(node, dict):
        own = [node["title"]] if isinstance(node.get("title"), str) and node["title"] else []
        return [*own, *(title for item in node.values() for title in titles_of(item))]
    return [title for item in node for title in titles_of(item)] if isinstance(node, list) else []


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_colour_is_one_of_the_theme(world, kind, look):
    spec = drawn(world, "en")[kind].to_vegalite(look)
    altair.Chart.from_dict(spec, validate=True)
    used = set(re.findall("#[0-9a-fA-F]{3,8}", json.dumps(spec)))
    assert used
    assert used <= set(theme.tokens(look).values())


def test_the_square_holds_sizes_and_shares_and_a_key_for_each_pair(world):
    answer, rows = world["overlap"], charts.overlap(world["overlap"], select=True).data
    assert len(rows) == 9
    for row in rows:
        one, other = (int(part) for part in row["key"].split(":"))
        assert row["n"] == answer.sizes.iloc[one, other]
        assert row["own"] == int(one == other)
        assert ("m" in row) == (one != other)
        if one != other:
            assert row["m"] == pytest.approx(answer.shares.iloc[one, other], rel=1e-5)
    names = {mark["name"] for mark in charts.overlap(answer, select=True).spec["layer"] if "name" in mark}
    assert {"choose_pair", "choose_own"} <= names
    plain = {mark["name"] for mark in charts.overlap(answer).spec["layer"] if "name" in mark}
    assert not [name for name in plain if name.startswith("choose")]


def test_the_map_holds_every_cell_that_somebody_is_in(world):
    answer = world["map"]
    rows = pd.DataFrame(charts.rfm_map(answer, chosen=["r5f5"], select=True).data).set_index("key")
    cells = answer.cells.set_index("cell").loc[rows.index]
    assert rows["n"].tolist() == cells["customers"].tolist()
    assert answer.cells.loc[~answer.cells["cell"].isin(rows.index), "customers"].sum() == 0
    assert set(rows.index[rows["on"] == 1]) <= {"r5f5"}


def test_only_bars_of_the_later_day_can_be_chosen():
    rows = [row for row in charts.flow(moves(True), select=True).data if "side" in row]
    chosen = {row["key"] for row in rows if "key" in row}
    assert chosen == {name for name in moves(True).table["after"] if not name.startswith("(")}
    assert not [row for row in rows if row["side"] == 0 and "key" in row]
