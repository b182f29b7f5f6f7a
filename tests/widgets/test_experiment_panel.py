"""The Experiment panel: its state, that it shows what the questions answer, and that it moves."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import workbench as wb
from workbench.widgets.experiment.state import ExperimentState
from workbench.widgets.session import Session
from workbench.widgets.traits import StateError


@pytest.fixture
def experiment(demo_store):
    return wb.widgets.Experiment(demo_store, experiment="bundle_landing_page")


def html(panel, name: str, live: bool = True) -> str:
    return str(panel.draw(live)[name].html)


def test_every_region_is_drawn_live_and_in_a_report_in_both_languages(experiment):
    for lang in ("en", "zh"):
        experiment.state.update(lang=lang)
        for live in (True, False):
            drawn = experiment.draw(live)
            assert "wb-broken" not in "".join(region.html for region in drawn.values())
            assert set(drawn) >= {"verdict", "health", "effects", "table", "segments", "looks", "plan"}
    assert "套装落地页测试" in html(experiment, "controls")
    assert "确实优于" in html(experiment, "verdict")


def test_help_leads_to_what_the_words_mean(experiment):
    assert 'data-act="help"' in html(experiment, "title")
    assert '<details id="wb-help" data-keep="help"><summary>' in html(experiment, "notes")


def test_the_answer_comes_first_and_names_the_arms_as_people_do(experiment):
    said = html(experiment, "verdict")
    assert "Bundle page is really better than Current page in share of buyers" in said
    assert "Over 9,000 units, taking Bundle page is worth" in said


def test_the_panel_shows_the_numbers_of_its_questions(experiment):
    answer = wb.compare.experiment(
        experiment.store,
        ["revenue"],
        name="bundle_landing_page",
        covariates={"revenue": ["revenue_before"]},
    )
    row = answer.table.iloc[0]
    (drawn,) = [
        item for item in experiment.draw(True)["effects"].charts["effects"].data if item["key"] == "revenue"
    ]
    assert (drawn["m"], drawn["lo"], drawn["hi"]) == pytest.approx(
        (row["lift"], row["lift_low"], row["lift_high"]), rel=1e-5
    )
    namespace: dict = {}
    exec(experiment.to_code(), namespace)
    # Sums of several threads differ in their last digit.
    pd.testing.assert_frame_equal(namespace["effects"].table, experiment.answers["effects"].table, rtol=1e-9)


def test_moving_the_look_date_asks_again_and_says_that_it_is_early(experiment):
    assert "This look ends on" not in html(experiment, "health")
    session = Session(experiment)
    session.page()
    reply, _ = session.receive({"act": "set", "key": "look", "value": "30", "live": True})
    assert experiment.state.until == dt.date(2026, 9, 13)
    assert {"verdict", "health", "table"} <= set(reply["regions"])
    assert set(reply["charts"]) == {"effects", "segments"}, "slow regions wait until the slider rests"
    assert "This look ends on 13 Sep 2026" in html(experiment, "health")
    assert experiment.query == "experiment=bundle_landing_page&look=30"


def test_a_row_of_the_looks_moves_the_panel_there(experiment):
    session = Session(experiment)
    session.page()
    keys = [row["key"] for row in experiment.draw(True)["looks"].charts["looks"].data]
    session.receive({"act": "down", "key": "look", "value": keys[3]})
    assert experiment.state.until == dt.date.fromisoformat(keys[3])
    session.receive({"act": "down", "key": "look", "value": "2031-01-01"})
    assert "is no look" in html(experiment, "notice")


def test_weekly_looks_widen_the_interval_of_an_early_look(experiment):
    experiment.state.update(look=28)
    once = experiment.answers["effects"].table["high"] - experiment.answers["effects"].table["low"]
    experiment.state.update(looks="group_sequential")
    answer = experiment.answers["effects"]
    assert answer.method == "group_sequential"
    assert ((answer.table["high"] - answer.table["low"]) > 1.3 * once).all()


def test_planned_shares_decide_whether_the_sizes_fit(demo_store):
    panel = wb.widgets.Experiment(demo_store, experiment="loyalty_programme")
    assert panel.state.against == "control"
    assert "Do not decide on this" in html(panel, "verdict")
    panel.state.update(shares="30/70")
    assert "The group sizes fit the plan" in html(panel, "health")
    assert "Member" in html(panel, "verdict")


def test_another_experiment_begins_anew(experiment):
    experiment.state.update(look=20, shares="30/70", metric="orders")
    experiment.state.update(experiment="emoji_subject_line")
    assert (experiment.state.look, experiment.state.shares, experiment.state.metric) == (0, "", "orders")


def test_segments_and_plan_follow_metric_attribute_and_lift(experiment):
    experiment.state.update(by="value_class", metric="converted", lift=5, power="0.9")
    assert experiment.answers["segments"].table["value_class"].nunique() == 3
    plan = experiment.answers["plan"]
    assert (plan.lift, plan.power) == pytest.approx((0.05, 0.9))
    assert f"{plan.n:,}" in html(experiment, "plan")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"experiment": "nothing"}, "Unknown experiment 'nothing'"),
        ({"control": "Z"}, "Unknown arm 'Z'"),
        ({"look": "soon"}, "'soon' is no day"),
        ({"shares": "half"}, "no planned shares"),
        ({"lift": 0}, "Allowed: 1 to 50"),
        ({"by": "email"}, "Unknown attribute 'email'"),
        ({"looks": "daily"}, "Unknown plan of looks"),
    ],
)
def test_a_wrong_setting_says_what_is_allowed(demo_store, settings, words):
    with pytest.raises(StateError, match=words):
        wb.widgets.Experiment(demo_store, **settings)


def test_a_link_and_a_view_bring_the_same_state_back(experiment):
    experiment.state.update(look=12, looks="always_valid", by="interest", cuped="off", lang="zh")
    for again in (
        wb.widgets.Experiment.from_query(experiment.store, experiment.query),
        wb.widgets.Experiment.from_toml(experiment.store, experiment.to_toml("x")),
    ):
        assert again.state.snapshot() == experiment.state.snapshot()


def test_a_workspace_without_experiments_says_how_to_bring_one_in(tmp_path):
    panel = wb.widgets.Experiment(wb.data.open(tmp_path))
    assert "holds no experiment yet" in panel.to_html()
    assert isinstance(panel.state, ExperimentState)
    assert panel.answers == {}


def test_every_table_can_be_downloaded(experiment):
    reply, (content,) = Session(experiment).receive({"act": "download", "key": "segments"})
    assert reply["name"].startswith("experiment-segments")
    assert content.decode("utf-8-sig").startswith("region,metric,arm,control")
