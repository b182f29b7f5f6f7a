"""The Budget notebook as a report: a proposal of its own for each advertiser, with past advice judged."""

from __future__ import annotations

import pytest

from workbench import plans
from workbench.reports import run


@pytest.mark.parametrize("at", [0, 1])
def test_each_advertiser_gets_a_proposal_of_its_own(demo_store, tmp_path, at):
    name = demo_store.members("advertiser")[at]
    asked = {"advertiser": name, "lang": ["en", "zh"][at], "committed": {"search · 2026-11-16": 9000}}
    found = run("budget", asked, tmp_path, demo_store.path)
    assert (found.status, found.error) == ("ok", "")
    assert found.manifest["parameters"]["advertiser"] == name
    html = found.html.read_text(encoding="utf-8")
    own = plans.propose(demo_store, where={"advertiser": name})
    assert f"{own.plan.total_response:,.0f}" in html
    assert ["platform-claimed", "平台口径"][at] in html
    assert ["would have beaten the split before", "优于此前的分配"][at] in html
    assert ["Over 13 weeks", "13 周共投放"][at] in html
    assert "wb-broken" not in html.split("<style")[0] + html.rpartition("</style>")[2]
