"""The same number everywhere: panel, code, notebook cell; a question is asked once."""

from __future__ import annotations

import math

import pytest

import workbench as wb
from workbench.widgets.answers import Answers, Ask

STATES = [
    {},
    {"period": "2026-09", "compare": "previous_year", "metric": "roas", "metrics": ["cost", "roas"]},
    {"filters": {"channel": ["search", "social"]}, "path": ["search"], "compare": "none", "metric": "cost"},
    {"by": "region", "metric": "ctr", "period": "last_90_days", "share": "bar", "lang": "zh"},
]


def same(left, right) -> bool:
    """Whether two answers hold the same words and numbers (to the last digits, where adding order shows)."""
    if hasattr(left, "to_dict"):
        return same(left.to_dict(), right.to_dict())
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12)
    return left == right


@pytest.mark.parametrize("state", STATES)
def test_the_code_gives_the_numbers_of_the_panel(demo_store, state):
    panel = wb.widgets.Campaigns(demo_store, **state)
    cell: dict = {}
    *lines, last = panel.to_code().splitlines()
    exec("\n".join([*lines, f"panel = {last}"]), cell)
    assert set(panel.answers) == {"kpis", "trend", "breakdown", "slots", "findings"}
    for name, answer in panel.answers.items():
        assert same(answer, cell[name]), name
    assert cell["panel"].state.snapshot() == panel.state.snapshot()


def test_cards_are_the_answer_of_kpis(panel):
    asked = wb.metrics.kpis(
        panel.store, by=[], metrics=panel.state.metrics, period="last_28_days", compare="previous_period"
    )
    assert same(panel.answers["kpis"], asked)
    cpa = asked.table["cpa"].iloc[0]
    assert f"¥{cpa:.1f}" in panel.to_html()


def test_only_what_changed_is_asked_again(panel):
    before = panel.answers
    panel.state.update(share="bar", sort="name", lang="zh", theme="dark", rows="all")
    assert all(panel.answers[name] is answer for name, answer in before.items())
    panel.state.update(path=["search"])
    moved = {name for name, answer in panel.answers.items() if answer is not before[name]}
    assert moved == set(before)
    panel.state.update(path=[])
    assert all(panel.answers[name] is answer for name, answer in before.items())


def test_another_metric_asks_only_for_its_hours(panel):
    before = panel.answers
    panel.state.update(metric="roas")
    assert {name for name, answer in panel.answers.items() if answer is not before[name]} == {"slots"}


def test_new_data_are_asked_for(tmp_path, hostile_store):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(hostile_store.path, copy)
    store = wb.data.open(copy)
    panel = wb.widgets.Campaigns(store, metrics=["clicks"])
    before = panel.answers["kpis"]
    store.commit([wb.data.Change("performance", store.query(store.table("performance").limit(5)))])
    after = panel.answers["kpis"]
    assert (before.data_version, after.data_version) == (1, 2)
    assert f"data version {store.version}" in panel.to_code()


def test_a_failing_question_takes_only_its_own_place(demo_store):
    found = Answers(demo_store).ask(
        {
            "good": Ask("metrics.kpis", {"metrics": ("cost",)}),
            "bad": Ask("metrics.kpis", {"metrics": ("nothing",)}),
        }
    )
    assert found["good"].table["cost"].iloc[0] > 0
    assert isinstance(found["bad"], wb.WorkbenchError)


def test_questions_are_forgotten_in_time(demo_store):
    from workbench.widgets import answers

    asked = Answers(demo_store)
    for day in range(1, answers.KEPT + 10):
        asked.ask({"kpis": Ask("metrics.kpis", {"metrics": ("cost",), "period": f"last_{day}_days"})})
    assert len(asked._kept) == answers.KEPT
