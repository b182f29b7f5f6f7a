"""The next best offer against brute force, statsmodels, naive loops and what the demo world planted."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from portable import problems

import workbench as wb
from workbench import schema
from workbench.data import Change
from workbench.errors import QuestionError
from workbench.offers import pool
from workbench.offers.baskets import lines, numbered, of_store
from workbench.offers.check import METHODS, check, preferred, top
from workbench.offers.pool import open_to, pooled, weights, window
from workbench.offers.rules import lifts, rules_of
from workbench.offers.ways import FLOOR, SHRINK, WAYS, learn, similar

START = dt.date(2026, 1, 1)


def world(seed, customers=150, products=9, days=300):
    """Orders of random baskets, in which product 1 often follows product 0."""
    rng = np.random.default_rng(seed)
    rows = []
    for order in range(900):
        who, day = rng.integers(customers), int(rng.integers(days))
        basket = set(rng.choice(products, rng.integers(1, 4), p=np.arange(products, 0, -1) / 45))
        basket |= {1} if 0 in basket and rng.random() < 0.6 else set()
        rows += [(f"c{who:03}", f"t{order:04}", f"p{item}", START + dt.timedelta(day)) for item in basket]
    table = pd.DataFrame(rows, columns=["customer_id", "transaction_id", "product_id", "local_date"])
    about = pd.DataFrame({"product_id": [f"p{number}" for number in range(products)]})
    about["category"] = [f"k{number % 3}" for number in range(products)]
    about["price_micros"] = [(number + 1) * 10_000_000 for number in range(products)]
    return numbered(table.sort_values(["local_date", "transaction_id", "product_id"]), about)


@pytest.fixture(scope="module")
def baskets():
    return world(4)


@pytest.fixture(scope="module")
def model(demo_store):
    return wb.offers.fit(demo_store)


def last(baskets):
    return int(baskets.day.max())


def test_rules_are_those_of_brute_force(baskets):
    from statsmodels.stats.proportion import proportion_confint

    orders: dict = {}
    for order, product in zip(baskets.order, baskets.product, strict=True):
        orders.setdefault(order, set()).add(product)
    held = list(orders.values())
    table = rules_of(baskets, least=3)
    ids = list(baskets.products)
    assert len(table) > 30
    for row in table.itertuples():
        left, right = ids.index(row.product_id), ids.index(row.offer)
        both = sum({left, right} <= basket for basket in held)
        one, other = (sum(item in basket for basket in held) for item in (left, right))
        assert row.orders == both >= 3
        assert row.support == pytest.approx(both / len(held))
        assert row.confidence == pytest.approx(both / one)
        assert row.lift == pytest.approx(both * len(held) / one / other)
        ends = proportion_confint(both, one, method="wilson")
        assert (row.confidence_low, row.confidence_high) == pytest.approx(ends)
    assert table.iloc[0].product_id == "p0"
    assert table.iloc[0].offer == "p1"


def test_the_interval_of_a_lift_covers():
    rng = np.random.default_rng(1)
    cells = np.array([0.06, 0.14, 0.09, 0.71])
    truth = 0.06 / (0.20 * 0.15)
    inside = 0
    for both, left, right, _ in rng.multinomial(800, cells, 2000):
        _, low, high = lifts(np.array([both]), np.array([both + left]), np.array([both + right]), 800)
        inside += low[0] <= truth <= high[0]
    assert inside / 2000 == pytest.approx(0.95, abs=0.015)


def test_similarity_is_that_of_brute_force(baskets):
    owned = baskets.owned()
    dense = owned.toarray()
    found = similar(owned).toarray()
    for left in range(dense.shape[1]):
        for right in range(dense.shape[1]):
            both = (dense[:, left] * dense[:, right]).sum()
            truth = both / np.sqrt(dense[:, left].sum() * dense[:, right].sum()) * both / (both + SHRINK)
            assert found[left, right] == pytest.approx(0 if left == right else truth)


def test_content_clusters_are_categories_and_price_tiers(baskets):
    found = baskets.clusters
    for category in np.unique(baskets.category):
        same = np.flatnonzero(baskets.category == category)
        assert len(set(found[same])) == 3
    assert len(set(found)) == 9
    alike = replace(baskets, price=np.full(9, 5.0))
    assert len(set(alike.clusters)) == 3
    unknown = replace(baskets, price=np.full(9, np.nan))
    assert len(set(unknown.clusters)) == 3


def test_every_way_is_a_distribution_over_what_is_not_owned(baskets):
    ways, owned = learn(baskets, last(baskets)), baskets.owned()
    may = open_to(owned)
    found = ways.scores(owned, may)
    assert found.shape == (len(WAYS), *may.shape)
    assert (found[:, ~may] == 0).all()
    some = may.any(axis=1)
    assert found[:, some].sum(axis=2) == pytest.approx(1)
    base = np.where(may, ways.popular, 0)
    base = base[some] / base[some].sum(axis=1, keepdims=True)
    assert found[0, some] == pytest.approx(base)
    liked = np.where(may, owned.toarray() @ ways.alike.toarray(), 0)[some]
    rows = liked.sum(axis=1) > 0
    truth = (1 - FLOOR) * liked[rows] / liked[rows].sum(axis=1, keepdims=True) + FLOOR * base[rows]
    assert found[2, some][rows] == pytest.approx(truth)


def test_the_gradient_of_the_weights_is_that_of_differences(baskets):
    learners = window(baskets, last(baskets) - 80, last(baskets))
    parts = [pool._features(learners.ways, learners.owned, learners.new)]
    at = np.array([0.3, 0.5, 0.9, 0.2])
    _, slope = pool._loss(at, parts)
    for number, step in enumerate(np.eye(4) * 1e-6):
        up, down = (pool._loss(at + sign * step, parts)[0] for sign in (1, -1))
        assert slope[number] == pytest.approx((up - down) / 2e-6, abs=1e-6)


def test_no_weights_of_a_grid_are_better(baskets):
    learners = window(baskets, last(baskets) - 80, last(baskets))
    parts = [pool._features(learners.ways, learners.owned, learners.new)]
    best = pool._loss(weights(learners), parts)[0]
    grid = np.array(np.meshgrid(*[[0.0, 0.4, 0.8, 1.2]] * 4)).reshape(4, -1).T
    assert min(pool._loss(weight, parts)[0] for weight in grid) >= best - 1e-9


def test_popularity_alone_is_one_of_the_pools(baskets):
    ways, owned = learn(baskets, last(baskets)), baskets.owned()
    alone = pooled(ways, np.array([1.0, 0, 0, 0]), owned)
    assert alone == pytest.approx(ways.scores(owned, open_to(owned))[0])


def test_hit_rate_and_coverage_are_those_of_a_naive_loop(baskets):
    end, k = last(baskets), 2
    held = window(baskets, end - 80, end)
    weight = np.array([0.2, 0.1, 1.0, 0.3])
    found = check(held, weight, k).set_index("method")
    seen = baskets.until(end - 80)
    before, after = seen.owned().toarray() > 0, baskets.between(end - 79, end).owned().toarray() > 0
    ways = learn(seen, end - 80)
    hits, offered, size = dict.fromkeys(METHODS, 0), {name: set() for name in METHODS}, 0
    for who in range(len(baskets.customers)):
        new = set(np.flatnonzero(after[who] & ~before[who]))
        if not new or not before[who].any():
            continue
        size += 1
        mine = seen.owned()[[who]]
        scores = [pooled(ways, weight, mine)[0], *ways.scores(mine, open_to(mine))[:, 0]]
        for method, score in zip(METHODS, scores, strict=True):
            may = [item for item in range(len(baskets.products)) if not before[who, item]]
            best = sorted(may, key=lambda item: (-score[item], item))[:k]
            offered[method] |= set(best)
            hits[method] += bool(new & set(best))
    assert size > 60
    for method in METHODS:
        assert found.loc[method, "customers"] == size
        assert found.loc[method, "hits"] == hits[method]
        assert found.loc[method, "coverage"] == pytest.approx(len(offered[method]) / 9)
    assert found.loc["together", "over_popular"] == pytest.approx((hits["together"] - hits["popular"]) / size)


def chained():
    """Whoever has product n buys n + 1: teachers did so early, the others will in the window."""
    rows = []
    for who in range(240):
        first = who % 9
        rows.append((f"c{who:03}", f"a{who}", f"p{first}", START + dt.timedelta(who % 20)))
        later = 30 if who % 2 else 150
        rows.append((f"c{who:03}", f"b{who}", f"p{(first + 1) % 9}", START + dt.timedelta(later)))
    table = pd.DataFrame(rows, columns=["customer_id", "transaction_id", "product_id", "local_date"])
    about = pd.DataFrame({"product_id": [f"p{number}" for number in range(9)]})
    about["category"], about["price_micros"] = "k", 10_000_000
    return numbered(table.sort_values(["local_date", "transaction_id", "product_id"]), about)


def test_one_way_alone_is_preferred_where_it_surely_hits_more():
    baskets = chained()
    end = last(baskets)
    held = window(baskets, end - 80, end)
    poor = np.array([1.0, 0.0, 0.0, 0.0])  # a pool of what is popular
    rows = check(held, poor, 1).set_index("method")
    other = preferred(held, poor, 1)
    best = rows.loc[list(WAYS), "hits"].idxmax()
    assert rows.loc[best, "hits"] > 2 * rows.loc["together", "hits"]
    assert other.tolist() == np.eye(4)[WAYS.index(best)].tolist()
    assert check(held, other, 1).set_index("method").loc["together", "hits"] == rows.loc[best, "hits"]


def test_the_pool_stays_where_no_way_is_surely_better(baskets):
    end = last(baskets)
    held = window(baskets, end - 80, end)
    learnt = weights(held)
    assert preferred(held, learnt, 2) is learnt
    assert preferred(window(baskets, end, end), learnt, 2) is learnt


def test_chunks_give_what_the_whole_gives(baskets, monkeypatch):
    held = window(baskets, last(baskets) - 80, last(baskets))
    weight = weights(held)
    whole = check(held, weight, 2)
    monkeypatch.setattr(pool, "CELLS", 50)
    assert weights(held) == pytest.approx(weight, abs=1e-4)
    pd.testing.assert_frame_equal(check(held, weight, 2), whole)


def test_what_comes_later_teaches_nothing(baskets):
    """Neither the ways nor the weights see the days after their cut."""
    cut = last(baskets) - 80
    plain = window(baskets, cut - 80, cut)
    less = window(baskets.until(cut), cut - 80, cut)
    assert weights(plain) == pytest.approx(weights(less), abs=1e-12)
    assert (learn(baskets.until(cut), cut).alike != plain.ways.alike).nnz > 0
    held, early = window(baskets, cut, last(baskets)).ways, learn(baskets.until(cut), cut)
    assert (held.alike != early.alike).nnz == 0


def test_offers_beat_popularity_in_the_demo_world(model):
    rows = model.check.set_index("method")
    assert rows.loc["together", "over_low"] > 0.05
    assert rows.loc["together", "hit_rate"] >= rows.loc[["rules", "content"], "hit_rate"].max()
    assert rows.loc["together", "coverage"] > rows.loc["popular", "coverage"]
    assert "more than chance" in model.sentence("en")
    assert "超出偶然波动" in model.sentence("zh")
    assert model.weights["alike"] == max(model.weights.values())


def test_planted_affinities_are_found(model):
    """What a product draws along stands among the three most alike, far above chance."""
    ids = list(model.baskets.products)
    owned = model.baskets.owned()
    single = np.asarray(owned.sum(axis=0)).ravel()
    for row in wb.demo.truth().affinities.itertuples():
        bought, drawn = ids.index(row.product_id), ids.index(row.draws)
        alike = model.ways.alike[bought].toarray().ravel()
        assert drawn in top(alike[None], 3)[0]
        both = (owned[:, [bought]].multiply(owned[:, [drawn]])).sum()
        assert both * owned.shape[0] / single[bought] / single[drawn] > 3


def test_nothing_owned_is_offered_and_opt_outs_are_left_out(demo_store, model):
    some = [f"u{number:05}" for number in range(1, 400)]
    table = model.offers(some, k=3, channel="sms")
    may = wb.privacy.allowed(
        demo_store, some, "marketing", "sms", dt.datetime(2026, 10, 31, 23, tzinfo=dt.UTC)
    ).set_index("customer_id")["allowed"]
    assert set(table["customer_id"]) == set(may[may].index)
    assert table.attrs == {"asked": len(some), "opted_out": int((~may).sum())}
    bought = demo_store.query(
        "SELECT DISTINCT customer_id, product_id FROM order_lines JOIN transactions USING (transaction_id)"
    ).to_pandas()
    assert table.merge(bought, on=["customer_id", "product_id"]).empty
    assert (table.groupby("customer_id")["rank"].max() == 3).all()
    assert table.groupby("customer_id")["chance"].apply(lambda part: part.is_monotonic_decreasing).all()
    with_reason = table.merge(
        bought.rename(columns={"product_id": "because"}), on=["customer_id", "because"], how="inner"
    )
    assert len(with_reason) == table["because"].notna().sum()


def test_an_up_sell_is_dearer_than_all_owned_of_its_category(demo_store, model):
    table = model.offers([f"u{number:05}" for number in range(1, 200)], k=3)
    price = dict(zip(model.baskets.products, model.baskets.price, strict=True))
    kind = dict(zip(model.baskets.products, model.baskets.category, strict=True))
    owned = model.baskets.owned()
    place = {name: at for at, name in enumerate(model.baskets.customers)}
    for row in table.itertuples():
        have = model.baskets.products[owned[place[row.customer_id]].indices]
        same = [price[item] for item in have if kind[item] == kind[row.product_id]]
        assert (row.kind == "up_sell") == bool(same and max(same) < price[row.product_id])
    assert set(table["kind"]) == {"up_sell", "cross_sell"}


@pytest.fixture
def small(tmp_path):
    """A shop of six products, whose customers agree to mail but for one; one has bought nothing."""
    rng = np.random.default_rng(9)
    orders, bought = [], []
    for number in range(900):
        day = START + dt.timedelta(days=int(rng.integers(365)))
        named = {"transaction_id": f"t{number}", "customer_id": f"c{rng.integers(200):03}", "kind": "order"}
        orders.append({**named, "local_date": day, "amount_micros": 10_000_000, "currency": "CNY"})
        bought += [
            {"transaction_id": f"t{number}", "product_id": f"p{item}"} for item in rng.choice(6, 2, False)
        ]
    products = [
        {"product_id": f"p{number}", "category": "a", "price_micros": 10**7 * number} for number in range(6)
    ]
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    about = {"purpose": "marketing", "channel": "email", "time": moment}
    names = (*(f"c{number:03}" for number in range(200)), "new")
    agreed = [{"customer_id": name, "granted": name != "c001", **about} for name in names]
    store = wb.data.open(tmp_path / "w")
    rows = {"transactions": orders, "order_lines": bought, "products": products, "consent": agreed}
    store.commit(
        [
            Change(name, pa.Table.from_pylist(part, schema=schema.TABLES[name].arrow()))
            for name, part in rows.items()
        ]
    )
    return store


def test_a_newcomer_gets_what_is_popular_and_is_told_so(small):
    model = wb.offers.fit(small, "2026-12-31")
    table = model.offers(["new", "c001", "c002"], k=2)
    assert set(table["customer_id"]) <= {"new", "c002"}
    mine = table[table["customer_id"] == "new"]
    assert list(mine["how"]) == ["popular", "popular"]
    assert list(mine["because"].isna()) == [True, True]
    popular = model.baskets.products[top(model.ways.popular[None], 2)[0]]
    assert list(mine["product_id"]) == list(popular)
    assert table.attrs["opted_out"] == 1


def test_cancelled_orders_teach_nothing(small):

    before = of_store(small, dt.date(2026, 12, 31))
    (gone,) = small.query("SELECT * FROM transactions WHERE transaction_id = 't5'").to_pylist()
    rows = small.query("SELECT * FROM transactions WHERE transaction_id <> 't5'").to_pylist()
    rows.append({**gone, "status": "cancelled"})
    table = pa.Table.from_pylist(rows, schema=schema.TABLES["transactions"].arrow())
    small.commit([Change("transactions", table, "all")])
    after = of_store(small, dt.date(2026, 12, 31))
    assert len(before.order) - len(after.order) == 2
    assert problems(lines(small, dt.date(2026, 12, 31))) == []


def test_what_cannot_be_asked_is_said(small, tmp_path):
    with pytest.raises(QuestionError, match="has no order lines"):
        wb.offers.fit(wb.data.open(tmp_path / "empty"))
    with pytest.raises(QuestionError, match="Not enough history"):
        wb.offers.fit(small, "2026-01-20")
    with pytest.raises(QuestionError, match="make no sense"):
        wb.offers.fit(small, horizon_days=0)
    with pytest.raises(QuestionError, match="k is 0"):
        wb.offers.fit(small, "2026-12-31").offers(k=0)
