"""The Contacts notebook as a report: the plan in words and charts, and no customer."""

from __future__ import annotations

from workbench.plans import contacts
from workbench.reports import run


def test_the_report_has_the_plan_and_no_customer(demo_store, tmp_path):
    asked = {"hours": 1.5, "staff": {"m03": 0}, "hour_cost": 150, "lang": "zh"}
    done = run("contacts", asked, tmp_path, demo_store.path)
    assert (done.status, done.error) == ("ok", "")
    html = done.html.read_text(encoding="utf-8")
    found = contacts.propose(demo_store, hours=1.5, staff={"m03": 0}, hour_cost=150)
    assert found.sentence("zh") in html
    assert contacts.load(demo_store, hours=1.5, staff={"m03": 0}, hour_cost=150).sentence("zh") in html
    assert not {name for name in found.table["customer_id"] if name in html}
    assert "wb-broken" not in html.split("<style")[0] + html.rpartition("</style>")[2]
