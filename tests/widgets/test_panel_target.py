"""Compared with targets: what is planned by channel is compared, the rest is shown without."""

from __future__ import annotations

import workbench as wb


def test_the_panel_stands_whole_when_it_is_compared_with_targets(demo_store):
    panel = wb.widgets.Campaigns(demo_store, compare="target")
    assert not any(isinstance(answer, Exception) for answer in panel.answers.values())
    assert panel.answers["kpis"].table["cost_before"].notna().all()
    assert panel.answers["breakdown"].table["cost_before"].notna().all()
    assert panel.answers["trend"].compare is None
    assert "wb-error" not in panel.to_html()


def test_its_code_gives_the_same_numbers(demo_store):
    panel = wb.widgets.Campaigns(demo_store, compare="target")
    found = {"store": demo_store, "wb": wb}
    exec(panel.to_code().replace("store = ", "_other = "), found)
    assert found["kpis"].table.equals(panel.answers["kpis"].table)


def test_another_breakdown_says_why_nothing_is_compared(demo_store):
    panel = wb.widgets.Campaigns(demo_store, compare="target", by=("region",))
    assert panel.answers["breakdown"].compare is None
    assert "Targets are planned by channel only" in panel.to_html()


def test_a_change_over_too_few_days_is_not_called_noise_or_better(demo_store):
    shown = wb.widgets.Campaigns(demo_store, period="today").to_html()
    assert "not tested" in shown
    assert not any(word in shown for word in ("wb-good", "wb-bad", "changed beyond noise"))
