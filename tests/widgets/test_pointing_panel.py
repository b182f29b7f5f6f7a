"""Select on a chart → segment in the panels; clusters and target market; saved segments as a filter."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import shutil

import numpy as np
import pyarrow as pa
import pytest

import workbench as wb
from workbench.segments import field, ordered, rule
from workbench.widgets.answers import Answers
from workbench.widgets.customer_value.regions import controls
from workbench.widgets.scene import Scene
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError

PEOPLE = 360
SOUTH = field("region").is_in(["Sichuan", "Guangdong"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A shop whose customers are of two kinds, in two regions of which one has more of the better kind."""
    rng = np.random.default_rng(3)
    at = np.arange(PEOPLE)
    heavy = at % 3 == 0
    many = np.where(heavy, 8, 1)
    who = np.repeat(at, many)
    turn = np.concatenate([np.arange(n) for n in many])
    days = [dt.date(2026, 1, 1) + dt.timedelta(int(day)) for day in 22 * turn + rng.integers(0, 15, len(who))]
    amounts = np.where(heavy[who], 300, 20) * rng.lognormal(0, 0.2, len(who))
    orders = pa.table(
        {
            "transaction_id": [f"o{n}" for n in range(len(who))],
            "customer_id": [f"k{n:03}" for n in who],
            "kind": ["order"] * len(who),
            "local_date": days,
            "currency": ["CNY"] * len(who),
            "amount_micros": (1e6 * amounts).astype(int),
        }
    )
    customers = pa.table(
        {
            "customer_id": [f"k{n:03}" for n in at],
            "region": np.where(rng.random(PEOPLE) < np.where(heavy, 0.7, 0.3), "Hubei", "Sichuan").tolist(),
            "interest": np.where(at % 2, "tea", "coffee").tolist(),
        }
    )
    store = wb.data.open(tmp_path_factory.mktemp("pointing_panel") / "ws")
    changes = [wb.data.Change("transactions", orders, "all"), wb.data.Change("customers", customers, "all")]
    store.commit(changes)
    return store.path


@pytest.fixture
def panel(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_USER", "tester")
    shutil.copytree(folder, tmp_path / "ws")
    return wb.widgets.Segments(wb.data.open(tmp_path / "ws"), features=["frequency", "monetary"], k="2")


def sender(panel):
    session = Session(panel)
    session.page()

    def send(act, key="", value=""):
        session.receive({"act": act, "key": key, "value": value, "seq": 1})
        return {name: html.unescape(str(region.html)) for name, region in panel.draw(live=True).items()}

    return send


def test_clusters_are_found_told_chosen_and_kept_without_being_found_again(panel):
    send = sender(panel)
    assert "data-await" in send("set", "clusters", "new")["clusters"]
    drawn = send("await")
    answer = panel.answers["clusters"]
    for lang in ("en", "zh"):
        panel.state.update(lang=lang)
        shown = html.unescape(str(panel.draw(live=True)["clusters"].html))
        assert answer.sentence(lang) in shown
        assert all(line in shown for at in ("c1", "c2") for line in answer.persona(at, lang))
    panel.state.update(lang="en")
    assert f"{answer.quality.silhouette:.2f} ± {answer.quality.silhouette_sd:.2f}" in drawn["clusters"]
    drawn = send("point", "clusters", "c2")
    assert wb.segments.pointed(panel.store, answer, "c2").sentence("en") in drawn["chosen"]
    assert "chosen=clusters" in panel.query
    cell: dict = {}
    exec("\n".join(panel.to_code().splitlines()[:-1]), cell)
    assert cell["chosen"].customers == PEOPLE // 3
    version = panel.store.version
    drawn = send("keep", "own", "Heavy")
    assert panel.store.version == version + 1
    assert "data-await" not in drawn["clusters"]
    assert panel.answers["clusters"] is answer
    assert "Saved as segment “Heavy”" in drawn["chosen"]
    assert wb.segments.load(panel.store, "Heavy").count(panel.store) == PEOPLE // 3
    assert "Heavy" in drawn["saved"]


def test_a_name_that_is_taken_is_told_in_the_bar_which_stays(panel):
    wb.segments.save(panel.store, rule(ordered(2)), "Taken")
    send = sender(panel)
    send("point", "flow", "lost>lost")
    panel.state.update(chosen=f"flow/{biggest(panel)}")
    drawn = send("keep", "own", "Taken")
    assert "wb-fault" in drawn["chosen"]
    assert panel.state.chosen
    drawn = send("unpoint")
    assert "wb-none" in drawn["chosen"]


def biggest(panel):
    """A ribbon of the flow."""
    row = panel.answers["flow"].table.sort_values("customers").to_dict("records")[-1]
    return f"{row['before']}>{row['after']}"


def test_saved_clusters_are_opened_and_bring_their_segments_up_to_date(panel):
    send = sender(panel)
    send("set", "clusters", "new")
    send("await")
    answer = panel.answers["clusters"]
    drawn = send("clusters_save", "private", "Two kinds")
    assert "Saved as “Two kinds”" in drawn["notice"]
    assert panel.state.clusters == "new"
    (item,) = wb.saved.items(panel.store.path, "clusters")
    send("clusters_view", item.id)
    assert panel.state.clusters == item.id
    drawn = send("await")
    assert "When they were made" in drawn["clusters"]
    assert panel.answers["clusters"].model.mark == answer.model.mark
    assert "does not know" in send("clusters_resave", item.id)["notice"]
    assert wb.saved.read(panel.store.path, "clusters", item.id) == item
    drawn = send("renew")
    assert f"{PEOPLE} customers have the number of their cluster again" in drawn["notice"]
    assert "data-await" not in drawn["clusters"]
    assert f"clusters_{answer.model.mark}" in panel.store.tables
    same = wb.widgets.Segments(panel.store, clusters="Two kinds")
    assert same.state.clusters == item.id
    with pytest.raises(StateError, match="Two kinds"):
        wb.widgets.Segments(panel.store, clusters="Two kind")
    assert send("clusters_trash", item.id)
    assert panel.state.clusters == "none"


def test_clusters_that_do_not_come_back_are_warned_of_and_features_are_chosen(panel):
    send = sender(panel)
    send("set", "k", "7")
    panel.state.update(features=["tenure_days"])
    send("set", "clusters", "new")
    drawn = send("await")["clusters"]
    quality = panel.answers["clusters"].quality
    assert not quality.stable
    assert "wb-warn" in drawn
    assert "not stable" in drawn
    send("feature", "", "aov")
    assert panel.state.features == ("tenure_days", "aov")
    send("feature", "", "tenure_days")
    assert panel.questions()["clusters"].given()["features"] == ["aov"]


def test_a_cell_of_the_target_market_is_saved_as_a_rule(panel):
    panel.state.update(rule=rule(ordered(2)).to_json())
    send = sender(panel)
    send("set", "market", "yes")
    drawn = send("await")
    assert 'data-chart="market"' in drawn["market"]
    answer = panel.answers["market"]
    assert answer.segment == PEOPLE // 3
    chart = panel.draw(live=True)["market"].charts["market"]
    keys = [row["key"] for row in chart.data if "key" in row]
    assert keys
    drawn = send("point", "market", keys[0])
    assert "Kept as a rule" in drawn["chosen"]
    send("keep", "shared", "A cell")
    kept = wb.segments.load(panel.store, "A cell")
    cell = dict(zip(answer.by, json.loads(keys[0]), strict=True))
    asked = " AND ".join(f"{name} = '{value}'" for name, value in cell.items())
    (found,) = panel.store.query(f"SELECT count(*) n FROM customers WHERE {asked}").to_pylist()
    assert kept.count(panel.store) == found["n"] > 0
    still = panel.draw(live=False)["market"]
    assert "<button" not in str(still.html)


@pytest.mark.parametrize(
    "chosen", ["flow/nobody>lost", "nothing/x", "map/r5f5"], ids=["place", "answer", "kind"]
)
def test_what_a_link_says_wrongly_is_told_in_the_bar(panel, chosen):
    panel.state.update(chosen=chosen)
    shown = str(panel.draw(live=True)["chosen"].html)
    assert "wb-fault" in shown
    assert "wb-none" in str(panel.draw(live=False)["chosen"].html)


@pytest.fixture(scope="module")
def regulars(demo_store, tmp_path_factory):
    """The demo world with a saved segment."""
    path = tmp_path_factory.mktemp("filtered") / "ws"
    shutil.copytree(demo_store.path, path, ignore=shutil.ignore_patterns("segments", "trash"))
    store = wb.data.open(path)
    item = wb.segments.save(
        store, rule(field("region").is_in(["Sichuan", "Guangdong"])), "South", shared=True
    )
    return store, item


def test_customer_value_takes_a_saved_segment_for_the_whole_page(regulars):
    store, item = regulars
    panel = wb.widgets.CustomerValue(store, segment="South", horizon="90")
    assert panel.state.segment == item.id
    assert panel.query == f"horizon=90&segment={item.id}"
    asked = panel.questions()
    assert {name for name, ask in asked.items() if "segment" in ask.given()} == {
        "worth", "tested", "propensity", "cohorts",
    }  # fmt: skip
    panel._answers = Answers(store)
    worth, cohorts = (panel.answer(name) for name in ("worth", "cohorts"))
    buyers = rule(SOUTH & ordered()).count(store)
    assert worth.customers == buyers
    assert worth.sentence("en").startswith("South")
    everyone = cohorts.repeat[cohorts.repeat["cohort"].isna()]
    assert everyone["customers"].item() == buyers
    scenes = [Scene(panel.id, store, panel.state, {}, live) for live in (True, False)]
    page, still = (str(controls(scene).html) for scene in scenes)
    assert re.search(rf'<optgroup label="Saved segments"><option value="{item.id}" selected>South', page)
    assert "South" in still
    assert "segment=wb.segments.load(store, 'South')" in panel.to_code()


def test_a_place_of_customer_value_is_kept_and_the_page_stays(regulars):
    store, _ = regulars
    panel = wb.widgets.CustomerValue(store, segment="South", horizon="90")
    send = sender(panel)
    drawn = send("point", "worth", "best:0.2")
    chosen = wb.segments.pointed(store, panel.answer("worth"), "best:0.2")
    assert chosen.sentence("en") in drawn["chosen"]
    assert 'value="The best 20% by value in 90 days"' in drawn["chosen"]
    version = store.version
    drawn = send("keep", "shared", "Best of the South")
    assert store.version == version
    assert "Best of the South" in drawn["chosen"]
    newer = wb.data.open(store.path)
    assert wb.segments.count(newer, "Best of the South") == chosen.customers
    (south,) = (item for item in wb.segments.listed(newer) if item.name == "South")
    inside = (wb.segments.load(newer, "Best of the South") & south).count(newer)
    assert inside == chosen.customers
