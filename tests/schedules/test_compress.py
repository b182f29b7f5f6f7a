"""A slot plan as windows: budgets kept, rules kept, little lost, and nothing better by brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from slot_plans import slot_plan

from workbench import schedules
from workbench.errors import QuestionError


@pytest.fixture(scope="module")
def plan() -> pd.DataFrame:
    return slot_plan()


@pytest.mark.parametrize("platform", ["google", "oceanengine", "any"])
@pytest.mark.parametrize("windows", [1, 3, None])
def test_budget_windows_and_grid_are_kept(plan: pd.DataFrame, platform: str, windows: int | None):
    found = schedules.compress(plan, platform, windows=windows)
    frame = found.to_frame()
    spent = frame.groupby("channel")["spend"].sum()
    assert spent.to_numpy() == pytest.approx(plan.groupby("channel")["spend"].sum().to_numpy(), rel=1e-9)
    most = windows or {"google": 6, "oceanengine": 24, "any": 24}[platform]
    assert frame.groupby(["channel", "weekday"]).size().max() <= most
    assert (frame["start_hour"] < frame["end_hour"]).all()
    assert frame["end_hour"].max() <= 24
    if platform == "google":
        percents = frame["multiplier"] * 100
        assert (percents - percents.round()).abs().max() < 1e-6
        assert frame["multiplier"].between(0.1, 10).all()
    if platform == "oceanengine":
        assert (frame["multiplier"] == 1).all()
    assert found.response <= found.planned * (1 + 1e-9)
    assert found.lost == pytest.approx(found.planned - found.response)


def test_more_windows_never_lose_more_than_the_price_search_leaves(plan: pd.DataFrame):
    lost = [schedules.compress(plan, "any", windows=count).lost_share for count in (1, 2, 4, 8, 24)]
    assert all(later <= earlier + 2e-4 for earlier, later in itertools.pairwise(lost))
    assert lost[-1] < 1e-3 < lost[0]


def test_the_response_is_that_of_the_curves(plan: pd.DataFrame):
    found = schedules.compress(plan, "google")
    spend = np.zeros(len(plan))
    for row in found.to_frame().itertuples():
        inside = (plan["channel"] == row.channel) & plan["hour_of_week"].between(
            24 * row.weekday + row.start_hour, 24 * row.weekday + row.end_hour - 1
        )
        spend[inside.to_numpy()] = row.spend / inside.sum()
    response = plan["scale"] * (1 - np.exp(-spend / plan["half_saturation"]))
    assert found.response == pytest.approx(response.sum(), rel=1e-9)


def test_against_every_pair_of_windows_of_one_day():
    rates = np.array([0.2, 0.3, 1.5, 1.4, 0.3, 0.2, 0.9, 1.0, 0.3, 0.2, *[0.01] * 14]) * 20
    day = pd.DataFrame(
        {"hour_of_week": range(24), "form": "exponential", "scale": rates, "half_saturation": 10.0}
    )
    day["spend"] = np.maximum(0, 10 * np.log(rates / 3.0))
    budget = day["spend"].sum()
    found = schedules.compress(day, "oceanengine", windows=2, by=[])

    def brings(hours: list[int]) -> float:
        return float((rates[hours] * (1 - np.exp(-budget / len(hours) / 10))).sum())

    edges = list(itertools.combinations(range(25), 2))
    singles = [brings(list(range(a, b))) for a, b in edges]
    pairs = [
        brings([*range(a, b), *range(c, d)]) for (a, b), (c, d) in itertools.combinations(edges, 2) if b < c
    ]
    assert found.response == pytest.approx(max(singles + pairs), rel=1e-6)


def test_floors_and_caps_of_hours_are_kept(plan: pd.DataFrame):
    bound = plan.assign(max=np.inf, min=0.0)
    night = plan["hour_of_week"] % 24 < 5
    bound.loc[night, ["max", "spend"]] = 0.0
    noon = plan["hour_of_week"] % 24 == 12
    bound.loc[noon, "min"] = 1.0
    found = schedules.compress(bound, "google", windows=3)
    hours = found.hours.reshape(2, 7, 24)
    assert (hours[:, :, :5] == 0).all()
    assert (hours[:, :, 12] > 0).all()


def test_natural_spend_makes_multipliers_relative_to_it(plan: pd.DataFrame):
    usual = plan.assign(usual=plan["spend"].clip(lower=0.5))
    found = schedules.compress(usual, "google", natural="usual")
    busy = found.to_frame().query("spend > 1")
    assert busy["multiplier"].between(0.5, 2).all(), "the plan is nearly what happens at equal bids"


BAD = {
    "column": (lambda f: f.drop(columns="spend"), {}, "spend"),
    "rows": (lambda f: f.head(0), {}, "no rows"),
    "hour": (lambda f: f.assign(hour_of_week=f["hour_of_week"] + 1), {}, "no hour of a week"),
    "twice": (lambda f: pd.concat([f, f.head(1)]), {}, "comes twice"),
    "negative": (lambda f: f.assign(spend=-1.0), {}, "spend holds -1.0"),
    "empty": (lambda f: f.assign(spend=np.nan), {}, "spend holds nan"),
    "platform": (lambda f: f, {"platform": "gogle"}, "Unknown platform"),
    "bidding": (lambda f: f, {"bidding": "auto"}, "Unknown bidding"),
    "windows": (lambda f: f, {"platform": "google", "windows": 7}, "7 windows"),
    "none": (lambda f: f, {"windows": 0}, "0 windows"),
    "curve": (lambda f: f.assign(scale=np.nan), {}, "'scale' is nan"),
    "natural": (lambda f: f.assign(usual=0.0), {"natural": "usual"}, "usual is 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_sentence(plan: pd.DataFrame, case: str):
    change, arguments, sentence = BAD[case]
    with pytest.raises(QuestionError, match=f"(?i){sentence}"):
        schedules.compress(change(plan), **arguments)


def test_answers_show_themselves(plan: pd.DataFrame):
    found = schedules.compress(plan, "google")
    assert f"{len(found.windows)} windows" in found.sentence("en")
    assert str(len(found.windows)) in found.sentence("zh")
    assert "<table" in found._repr_html_()
    assert found.to_dict()["rules"]["windows"] == 6
    assert schedules.daily_budgets(found)["budget"].sum() == pytest.approx(found.budget)
