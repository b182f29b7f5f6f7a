"""Plans know what their numbers are of: days, currency, scope, what stands behind them."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pandas as pd
import pytest
from openpyxl import load_workbook

import workbench as wb
from workbench import plans
from workbench.errors import QuestionError

START, END = dt.date(2026, 1, 5), dt.date(2026, 2, 1)
ABOUT = {
    "period_days": 1,
    "currency": "EUR",
    "where": {"region": ["Beijing"]},
    "source": "platform-claimed",
    "data_version": 3,
}


@pytest.fixture
def curves():
    frame = pd.DataFrame(
        {
            "cell": ["search", "social"],
            "form": "michaelis_menten",
            "scale": [900.0, 500],
            "half_saturation": [20_000.0, 10_000],
            "current": [15_000.0, 10_000],
        }
    )
    frame.attrs = ABOUT
    return frame


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_saved_plan_takes_over_what_its_curves_say(tmp_path, curves):
    store = wb.data.open(tmp_path / "w")
    plan = wb.optimize.allocate(curves, budget=20_000)
    kept = plans.create(
        store, "Daily", plan, START, END, cells=curves.assign(channel=curves["cell"]), who="mia"
    )
    back = plans.read(store, "Daily", "mia")
    assert (back.days, back.currency, back.where) == (1, "EUR", {"region": ("Beijing",)})
    assert (back.source, back.label("en"), back.label("zh")) == (
        "platform-claimed", "platform-claimed", "平台口径",
    )  # fmt: skip
    again = plans.update(store, kept, wb.optimize.allocate(curves, budget=30_000), who="mia")
    assert again.basis.where == back.basis.where
    assert again.version(1).source == "platform-claimed"


def test_a_plan_of_unknown_curves_says_nothing(tmp_path, curves):
    store = wb.data.open(tmp_path / "w")
    curves.attrs = {}
    plan = wb.optimize.allocate(curves, budget=20_000)
    kept = plans.create(store, "Plain", plan, START, END, who="mia")
    assert (kept.days, kept.source, kept.label(), kept.where) == (28, "", "", {})


def test_the_label_goes_out_with_every_file(demo_store, tmp_path):
    found = plans.propose(demo_store, where={"region": "Beijing"})
    assert found.basis.days == 7
    assert found.basis.where == {"region": ("Beijing",)}
    out = rows(found.to_csv())[0]
    assert (out["source"], out["currency"], out["period_days"]) == ("platform-claimed", "CNY", "7")
    assert out["scope"] == "region: Beijing"
    book = load_workbook(io.BytesIO(found.to_xlsx()))
    about = {row[0].value: row[1].value for row in book["about"].iter_rows(min_row=2)}
    assert about["source"] == "platform-claimed"
    assert about["spend"] == pytest.approx(found.plan.total_spend)
    assert found.to_dict()["source"] == "platform-claimed"
    assert "platform-claimed" in found._repr_html_()
    store = wb.data.open(tmp_path / "w")
    kept = plans.save(store, "Beijing", found, shared=True)
    assert rows(plans.csv(kept))[0]["source"] == "platform-claimed"
    table = plans.compare({"now": found, "kept": kept}).table
    assert table["source"].tolist() == ["platform-claimed"] * 2
    assert table["days"].tolist() == [7, 7]


def test_plans_for_other_parts_are_not_compared(demo_store, tmp_path):
    store = wb.data.open(tmp_path / "w")
    everything = plans.save(store, "All", plans.propose(demo_store), shared=True)
    part = plans.propose(demo_store, where={"region": "Beijing"})
    kept = plans.save(store, "Beijing", part, shared=True)
    with pytest.raises(QuestionError, match="different scopes"):
        plans.compare([everything, kept])
    assert [one.name for one in plans.alike(store, part)] == ["Beijing"]
    beside = plans.scenarios(part, plans.alike(store, part)).table
    assert beside["source"].tolist() == ["platform-claimed"] * 3
    assert beside["days"].tolist() == [7] * 3


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"budget": 150_000, "held": {"search": 40_000}, "floors": {"outdoor": 9000}, "caps": {"email": 5000}},
        {"mode": "min_cost", "target": 2000.0},
        {"risk": 0.5, "where": {"region": ["Beijing"]}},
        {"by": ["channel", "region"], "outcome": "revenue", "held": {"search": 40_000.5}},
    ],
    ids=["plain", "rules", "least-cost", "careful", "regions"],
)
def test_a_saved_plan_is_made_again_by_what_was_asked(demo_store, tmp_path, asked):
    store = wb.data.open(tmp_path / "w")
    found = plans.propose(demo_store, **asked)
    kept = plans.read(store, plans.save(store, "One", found, shared=True).item.id)
    again = plans.propose(demo_store, **plans.asked_again(kept))
    assert again.plan.table["spend"].to_numpy() == pytest.approx(
        kept.table["spend"].to_numpy(), rel=1e-4, abs=0.1
    )
    assert again.plan.total_spend == pytest.approx(kept.totals["spend"], rel=1e-6)


def test_a_plan_from_elsewhere_is_held_at_what_it_spends(demo_store, tmp_path):
    store = wb.data.open(tmp_path / "w")
    now = plans.propose(demo_store)
    plan = wb.optimize.allocate(now.curves, budget=120_000)
    kept = plans.create(store, "Own", plan, START, END, days=7, who="mia")
    again = plans.propose(demo_store, **plans.asked_again(kept))
    assert again.table["spend"].to_numpy() == pytest.approx(
        plan.table["spend"].to_numpy(), rel=1e-6, abs=0.01
    )
    assert again.plan.total_spend == pytest.approx(120_000, rel=1e-9)


def test_saving_over_keeps_the_plan_before(demo_store, tmp_path):
    store = wb.data.open(tmp_path / "w")
    first = plans.save(store, "One", plans.propose(demo_store, budget=100_000), shared=True)
    second = plans.resave(store, first, plans.propose(demo_store, budget=130_000, held={"search": 30_000}))
    assert second.asked["held"] == {"search": 30_000}
    assert second.versions == (1, 2)
    assert second.version(1).asked["budget"] == 100_000
    assert "held" not in second.version(1).asked


def test_a_plan_is_judged_within_its_scope(demo_store):
    last = demo_store.as_of
    start, end = last - dt.timedelta(days=20), last - dt.timedelta(days=7)
    plan = plans.propose(demo_store, where={"region": "Beijing"})
    parts = {
        "cells": plan.curves,
        "where": plan.where,
        "days": 7,
        "source": "platform-claimed",
        "shared": True,
    }
    kept = plans.create(demo_store, "Beijing then", plan.plan, start, end, **parts)
    try:
        found = plans.judge(demo_store, "Beijing then")
    finally:
        from workbench import saved

        saved.trash(demo_store.path, kept.item)
    period = f"{start}..{end}"
    spent = wb.metrics.kpis(demo_store, [], ["cost"], period, where={"region": "Beijing"}).table["cost"][0]
    assert found.spend == pytest.approx(spent)
    assert found.planned_spend == pytest.approx(2 * plan.plan.total_spend)
    assert rows(found.to_csv())[0]["source"] == "platform-claimed"
    names = {name: name.upper() for name in found.table["cell"]}
    assert any(f"Furthest from the plan is {name}" in found.sentence("en", names) for name in names.values())
