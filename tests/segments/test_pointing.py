"""Select on a chart → segment: who is behind a place is who the chart counts there, and is kept so."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import numpy as np
import pyarrow as pa
import pytest

import workbench as wb
from workbench.data import Change
from workbench.errors import QuestionError
from workbench.segments import bring_up_to_date, cluster, clusters_of, keep, pointed
from workbench.segments.drifting import NEW

DAY = dt.date(2026, 6, 30)


@pytest.fixture(scope="module")
def flow(demo_store):
    return wb.segments.rfm_drift(demo_store, 90)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Two kinds of customers far apart: 240 who order once and little, 120 who order often and much."""
    store = wb.data.open(tmp_path_factory.mktemp("pointing") / "shop")
    store.commit([Change("transactions", orders(range(360)), "all")])
    return store


def orders(who, day=dt.date(2026, 1, 1)):
    """Orders of customers; every third one is a heavy buyer."""
    rng = np.random.default_rng(5)
    rows = []
    for at in who:
        heavy = at % 3 == 0
        for turn in range(10 if heavy else 1):
            when = day + dt.timedelta(int(rng.integers(20 * turn, 20 * turn + 15)))
            amount = int(1e6 * (400 if heavy else 20) * rng.lognormal(0, 0.2))
            rows.append((f"o{at}-{turn}", f"k{at:04}", "order", when, "CNY", amount))
    names = ("transaction_id", "customer_id", "kind", "local_date", "currency", "amount_micros")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def test_a_cell_of_cohorts_means_whom_sql_counts_and_a_drag_means_all_between(demo_store):
    answer = wb.segments.cohorts(demo_store)
    cells = answer.table[answer.table["retention"].notna()].set_index(["cohort", "period"])["active"]
    one = (dt.date(2025, 8, 1), 3)
    asked = (
        "WITH bought AS (SELECT customer_id, date_trunc('month', local_date) AS now FROM transactions "
        "WHERE kind = 'order' AND customer_id IS NOT NULL "
        "AND coalesce(status, '') NOT IN ('open', 'cancelled', 'refunded')), "
        "born AS (SELECT customer_id, min(now) AS born FROM bought GROUP BY 1) "
        "SELECT DISTINCT customer_id FROM bought JOIN born USING (customer_id) "
        "WHERE born = DATE '2025-08-01' AND now = DATE '2025-11-01'"
    )
    wanted = sorted(row["customer_id"] for row in demo_store.query(asked).to_pylist())
    found = pointed(demo_store, answer, "2025-08-01:3")
    assert found.table["customer_id"].tolist() == wanted
    assert found.customers == cells[one] > 50
    assert found.sentence("en") == f"{len(wanted)} customers: First order Aug 2025, again in month 3"
    drag = pointed(demo_store, answer, "2025-09-01:4..2025-08-01:3")
    parts = [pointed(demo_store, answer, f"2025-0{month}-01:{at}") for month in (8, 9) for at in (3, 4)]
    union = set().union(*(part.table["customer_id"] for part in parts))
    assert set(drag.table["customer_id"]) == union
    young = pointed(demo_store, answer, "2026-09-01:0")
    assert young.customers == cells[(dt.date(2026, 9, 1), 0)]


def test_every_ribbon_of_the_flow_means_as_many_as_it_is_thick(demo_store, flow):
    rows = [row for row in flow.table.to_dict("records") if row["after"] != "(gone)"]
    found = {(row["before"], row["after"]): row["customers"] for row in rows}
    told = {pair: pointed(demo_store, flow, f"{pair[0]}>{pair[1]}").customers for pair in [*found][::5]}
    assert told == {pair: found[pair] for pair in told}
    new = pointed(demo_store, flow, f"{NEW}>new")
    first = "SELECT count(*) n FROM (SELECT customer_id, min(local_date) d FROM transactions GROUP BY 1) "
    since = demo_store.query(first + f"WHERE d > DATE '{flow.before}'").to_pylist()[0]["n"]
    assert new.customers <= since


def test_money_places_mean_the_customers_that_the_charts_count(demo_store):
    worth = wb.segments.worth(demo_store, horizon_days=90)
    known = worth.chances[worth.chances["customers"].fillna(0) > 0].to_dict("records")
    for cell in known:
        place = f"{int(cell['fifth'])}:{int(cell['band'])}"
        assert pointed(demo_store, worth, place).customers == cell["customers"]
    top = pointed(demo_store, worth, "best:0.1")
    value = worth.people.set_index("customer_id")["clv"]
    assert top.customers == round(0.1 * len(value))
    chosen = value[top.table["customer_id"]]
    assert chosen.min() >= value.drop(chosen.index).max()
    assert chosen.sum() / value.sum() == pytest.approx(worth.share_of_best(0.1), abs=0.002)
    every = pointed(demo_store, worth, "0:0..4:4")
    assert every.customers == worth.customers


def test_a_cell_of_the_market_is_a_rule_where_rules_know_its_traits_else_a_list(demo_store):
    seed = wb.segments.rule(wb.segments.ordered(4)).to_json()
    market = wb.segments.target_market(demo_store, seed, by=["region", "interest"])
    row = market.table[~market.table["suppressed"]].to_dict("records")[3]
    cell = pointed(demo_store, market, json.dumps([row["region"], row["interest"]]))
    assert cell.kind == "rule"
    assert cell.customers == row["base"]
    buyers = wb.segments.rule(cell.tree & wb.segments.ordered())
    assert buyers.count(demo_store) == row["base"]
    habits = wb.segments.target_market(demo_store, seed, by=["region", "buys_on"])
    row = habits.table[~habits.table["suppressed"]].to_dict("records")[0]
    listed = pointed(demo_store, habits, json.dumps([row["region"], row["buys_on"]]))
    assert (listed.kind, listed.customers) == ("list", row["base"])


def test_reactions_mean_who_reacted_within_the_segment(demo_store):
    report = wb.customers.interactions(demo_store, period="last_90_days")
    women = wb.segments.rule(wb.segments.field("gender") == "female")
    every, some = (pointed(demo_store, report, "email", segment) for segment in (None, women))
    assert 0 < some.customers < every.customers
    assert set(some.table["customer_id"]) < set(every.table["customer_id"])


def test_a_list_stays_as_it_was_saved_and_says_so(demo_store, flow, tmp_path):
    shutil.copytree(demo_store.path, tmp_path / "ws", ignore=shutil.ignore_patterns("segments", "trash"))
    store = wb.data.open(tmp_path / "ws")
    chosen = pointed(store, flow, "new>attention")
    item = keep(store, chosen, "Cooling down", who="mia", shared=True)
    meant = wb.segments.load(store, "Cooling down")
    assert meant.members(store).table["customer_id"].tolist() == chosen.table["customer_id"].tolist()
    assert "chosen on a chart" in meant.sentence("en")
    assert "名单" in meant.sentence("zh")
    assert item.owner == "mia"
    with pytest.raises(wb.errors.WorkbenchError):
        keep(store, chosen, "Cooling down", who="mia")
    again = keep(store, pointed(store, flow, "loyal>win_back"), "Cooling down", who="ben")
    assert wb.segments.load(store, again.id, who="ben").count(store) != chosen.customers
    assert meant.count(store) == chosen.customers


@pytest.mark.parametrize(
    "place", ["2031-01-01:2", "2025-08-01", "x:y", ""], ids=["no cohort", "no period", "words", "nothing"]
)
def test_a_place_that_a_chart_does_not_have_is_told(shop, place):
    answer = wb.segments.cohorts(shop, DAY)
    with pytest.raises(QuestionError, match="has no place"):
        pointed(shop, answer, place)


def test_answers_without_customers_are_told(shop):
    with pytest.raises(QuestionError, match="no customers behind its chart"):
        pointed(shop, wb.segments.rfm(shop, DAY), "champions")


def test_a_cluster_follows_next_months_customers(shop):
    answer = cluster(shop, ["frequency", "monetary"], k=2, draws=2, as_of=DAY)
    light, heavy = (pointed(shop, answer, place) for place in ("c1", "c2"))
    assert (light.customers, heavy.customers) == (240, 120)
    assert all(int(one[1:]) % 3 == 0 for one in heavy.table["customer_id"])
    answer.model.save(shop, "Kinds", who="mia", shared=True)
    keep(shop, heavy, "Heavy", who="mia", shared=True)
    assert wb.segments.load(shop, "Heavy").count(shop) == 120
    more = orders(range(360, 420), dt.date(2026, 1, 3))
    shop.commit([Change("transactions", pa.concat_tables([orders(range(360)), more]), "all")])
    assert wb.segments.load(shop, "Heavy").count(shop) == 120
    later = clusters_of(shop, "Kinds", as_of=DAY, who="mia")
    assert later.model.mark == answer.model.mark
    assert bring_up_to_date(shop, later, who="mia") == 420
    members = wb.segments.load(shop, "Heavy").members(shop).table["customer_id"]
    assert len(members) == 140
    assert all(int(one[1:]) % 3 == 0 for one in members)
