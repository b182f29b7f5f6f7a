"""The Time slots notebook as a report: maps, windows and a test, from its parameters."""

from __future__ import annotations

from workbench import plans
from workbench.reports import run


def test_the_report_has_the_plan_of_its_parameters(demo_store, tmp_path):
    asked = {"forbid": {"*": [1, 2, 3]}, "windows": 3, "lang": "zh", "budget": 140_000}
    found = run("timeslots", asked, tmp_path, demo_store.path)
    assert (found.status, found.error) == ("ok", "")
    html = found.html.read_text(encoding="utf-8")
    own = plans.propose_slots(demo_store, windows=3, forbid={"*": [1, 2, 3]}, budget=140_000)
    assert f"{own.response:,.0f}" in html
    assert "用实验验证该方案" in html
    assert "每天最多 3 个窗口" in html
    assert "wb-broken" not in html.split("<style")[0] + html.rpartition("</style>")[2]
