"""The RFM map counts what `rfm` scores, and what is picked on it is exactly those customers."""

from __future__ import annotations

import itertools
import random

import pytest

import workbench as wb
from workbench.errors import QuestionError
from workbench.segments.rules.picking import CELLS, PICKS, between, picked, toggled


@pytest.fixture(scope="module")
def scored(demo_store):
    return wb.segments.rfm(demo_store, demo_store.as_of).table


@pytest.fixture(scope="module")
def answer(demo_store):
    return wb.segments.rfm_map(demo_store)


def test_the_cells_are_the_customers_of_rfm(answer, scored):
    assert len(answer.cells) == len(CELLS) == 25
    for cell in answer.cells.to_dict("records"):
        inside = scored[(scored.r == cell["r"]) & (scored.f == cell["f"])]
        assert cell["customers"] == len(inside)
        assert cell["money"] == pytest.approx(inside.monetary.sum())
        assert cell["share"] == pytest.approx(len(inside) / len(scored))
        if len(inside):
            counts = inside.segment.astype(str).value_counts()
            assert counts[cell["segment"]] == counts.max()
    assert answer.customers == len(scored)


def test_the_named_segments_are_the_profile(answer, demo_store):
    profile = wb.segments.rfm(demo_store, demo_store.as_of).profile()
    assert answer.segments.segment.tolist() == profile.segment.tolist()
    assert answer.segments.customers.tolist() == profile["size"].tolist()
    assert answer.segments.money_share.to_numpy() == pytest.approx(profile.money_share.to_numpy())
    top = answer.segments.sort_values("money").iloc[-1]
    assert f"{100 * top.money_share:.1f}%" in answer.sentence("en")


@pytest.mark.parametrize("measure", ["recency_days", "frequency"])
def test_bounds_say_which_values_score_so(answer, scored, measure):
    score = {"recency_days": "r", "frequency": "f"}[measure]
    for value in (1, 2, 3, 4, 5):
        inside = scored.loc[scored[score] == value, measure]
        words = answer.bound(measure, value).replace(",", "")
        if not len(inside):
            assert words == ""
            continue
        low, _, high = words.rstrip("+").partition("–")
        assert int(low) <= inside.min()
        assert words.endswith("+") or int(high or low) >= inside.max()


@pytest.mark.parametrize("seed", range(4))
def test_picks_mean_exactly_their_customers(demo_store, scored, seed):
    chosen = random.Random(seed).sample(PICKS, 6)
    meant = set(wb.segments.rule(picked(chosen)).members(demo_store).table.customer_id)
    cells = "r" + scored.r.astype(str) + "f" + scored.f.astype(str)
    inside = scored.segment.isin(chosen) | cells.isin(chosen)
    assert meant == set(scored.customer_id[inside])


def test_a_rectangle_is_all_between_its_corners_whichever_way_it_is_drawn():
    corners = (("r2f3", "r4f5"), ("r4f5", "r2f3"), ("r2f5", "r4f3"), ("r4f3", "r2f5"))
    wanted = {f"r{r}f{f}" for r, f in itertools.product((2, 3, 4), (3, 4, 5))}
    assert all(set(between(*pair)) == wanted for pair in corners)
    assert toggled(toggled((), "r1f1"), "r1f1") == ()


@pytest.mark.parametrize("wrong", [(), ("r9f9",), ("champion",)])
def test_what_is_no_pick_is_refused(wrong):
    with pytest.raises(QuestionError):
        picked(wrong)


def test_the_drift_is_on_the_scale_of_the_earlier_day(demo_store):
    import datetime as dt

    last = demo_store.as_of
    before = wb.segments.rfm(demo_store, last - dt.timedelta(60))
    after = wb.segments.rfm(demo_store, last, thresholds=before.thresholds)
    found, wanted = wb.segments.rfm_drift(demo_store, 60), wb.segments.drift(before, after)
    assert found.table.equals(wanted.table)
    with pytest.raises(QuestionError, match="no number of days"):
        wb.segments.rfm_drift(demo_store, 0)
