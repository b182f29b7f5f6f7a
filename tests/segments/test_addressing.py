"""From a model to a segment: the rule means exactly the chosen customers, and everything else works on it."""

from __future__ import annotations

import shutil

import pytest

import workbench as wb
from workbench.customers.propensity import propensity
from workbench.errors import QuestionError
from workbench.privacy import audit
from workbench.saved import Refused


@pytest.fixture(scope="module")
def store(demo_store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("addressing") / "demo"
    shutil.copytree(demo_store.path, folder)
    return wb.open(folder)


@pytest.fixture(scope="module")
def model(demo_store):
    return propensity(demo_store, "buy", horizon_days=90, model="logistic")


def test_the_likeliest_buyers_become_a_segment_with_money_consent_and_overlap(store, model):
    item = wb.segments.address(store, model, 0.1, "Likely buyers", who="mia")
    rule = wb.segments.load(store, "Likely buyers", who="mia")
    wanted = model.best(0.1)
    assert set(rule.members(store).table["customer_id"]) == set(wanted.table["customer_id"])
    assert rule.size(store).customers == wanted.customers
    assert item.owner == "mia"
    scores = store.query(store.table("propensity_buy_90")).to_pandas()
    assert len(scores) == wanted.of
    assert {"customer_id", "p", "p_low", "p_high"} <= set(scores)
    last = audit.frame(store.path).iloc[0]
    assert last["what"] == "scored"
    best = wb.segments.rule(wb.segments.rfm_value() == "champions")
    both = wb.segments.overlap(store, {"likely": rule, "champions": best})
    assert both.combos["customers"].sum() > 0


def test_customers_like_a_seed_become_a_segment(store):
    seed = wb.segments.rule(wb.segments.rfm_value() == "champions")
    answer = wb.segments.lookalikes(store, seed)
    wb.segments.address(store, answer, 0.05, "Like champions", who="mia")
    rule = wb.segments.load(store, "Like champions", who="mia")
    number = -(-len(answer.table) // 20)
    assert set(rule.members(store).table["customer_id"]) == set(answer.top(number)["customer_id"])


def test_a_name_that_is_taken_and_an_answer_without_scores_are_refused(store, model):
    wb.segments.address(store, model, 0.1, "Twice", who="mia")
    version = store.version
    with pytest.raises(Refused):
        wb.segments.address(store, model, 0.2, "Twice", who="mia")
    with pytest.raises(QuestionError, match=r"of the wrong kind\. Give a model of propensity or look-alikes"):
        wb.segments.address(store, 7, 0.1, "Seven", who="mia")
    for share in (0, 1.5):
        with pytest.raises(QuestionError, match=r"share is .*, such as 0\.2"):
            wb.segments.address(store, model, share, "Wrong", who="mia")
    assert store.version == version


def test_a_segment_whose_scores_cannot_be_written_is_not_left_behind(store, model, monkeypatch):
    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr(store, "commit", fails)
    with pytest.raises(OSError, match="disk full"):
        wb.segments.address(store, model, 0.1, "Lost", who="mia")
    assert "Lost" not in [rule.name for rule in wb.segments.listed(store, "mia")]
