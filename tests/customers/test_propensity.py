"""`propensity`: nothing looks ahead, planted truth comes back, probabilities hold, leaks are named."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.customers import bgnbd, contact_history, estimators, features, propensity
from workbench.customers.occasions import occasions
from workbench.customers.orders import read
from workbench.errors import InputError, QuestionError

DAY = dt.date(2026, 5, 31)
TABLES = ("transactions", "interactions", "events", "feedback", "consent")


@pytest.fixture(scope="module")
def buy(demo_store):
    return propensity(demo_store, "buy", model="boosting")


@pytest.fixture(scope="module")
def respond(demo_store):
    chosen = (*features.ATTRIBUTES, "value_class")
    return propensity(demo_store, "respond", model="boosting", attributes=chosen)


def test_features_are_the_same_where_nothing_later_was_ever_stored(demo_store, tmp_path):
    from workbench import data

    store, changes = wb.open(tmp_path / "past"), []
    for name in TABLES:
        rows = demo_store.table(name)
        when = rows.local_date <= DAY if "local_date" in rows.columns else rows.time.date() <= DAY
        changes.append(data.Change(name, demo_store.query(rows.filter(when)), "all"))
    changes.append(data.Change("customers", demo_store.query(demo_store.table("customers")), "all"))
    store.commit(changes)
    now, then = (features.of_customers(each, DAY, "CNY", features.ATTRIBUTES) for each in (demo_store, store))
    pd.testing.assert_frame_equal(now.sort_index(), then.sort_index(), check_dtype=False)
    assert len(now) > 10_000
    assert now[["recency_days", "contact_gap_days", "visit_gap_days"]].min().min() >= 0


def test_features_of_one_customer_by_hand(demo_store):
    found = features.of_customers(demo_store, DAY, "CNY", ("region",))
    who = found.sort_values("order_days").index[-1]
    rows = demo_store.query(demo_store.table("transactions")).to_pandas()
    mine = rows[(rows.customer_id == who) & (rows.local_date <= DAY)]
    orders = mine[mine.kind == "order"]
    row = found.loc[who]
    assert row["order_days"] == orders.local_date.nunique()
    assert row["amount"] == pytest.approx(mine.amount_micros.sum() / 1e6)
    assert row["recency_days"] == (DAY - orders.local_date.max()).days
    assert row["orders_90"] == (orders.local_date > DAY - dt.timedelta(90)).sum()
    assert row["refunds"] == (mine.kind == "refund").sum()


def made(seed, size=300):
    """Contacts of twenty customers at random times."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": [f"u{at:02}" for at in rng.integers(0, 20, size)],
            "method": rng.choice(["call", "email", "sms"], size),
            "time": pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(rng.random(size) * 300, unit="D"),
            "positive": (rng.random(size) < 0.3).astype(float),
        }
    )
    order = ["customer_id", "time", "method"]
    return frame.sort_values(order, ignore_index=True).assign(local_date=lambda table: table.time.dt.date)


def naive(rows, row):
    """What one contact could look back on, in plain Python."""
    mine = rows[(rows.customer_id == row.customer_id) & (rows.time < row.time)]
    same = mine[mine.method == row.method]
    day = pd.Timedelta(days=1)
    return [
        (row.time - mine.time.max()) / day if len(mine) else np.nan,
        ((row.time - mine.time) <= pd.Timedelta(days=30)).sum(),
        (row.time - same.time.max()) / day if len(same) else np.nan,
        mine.positive.mean() if len(mine) else np.nan,
        same.positive.mean() if len(same) else np.nan,
    ]


def test_a_contact_looks_back_as_a_naive_reader_does():
    rows = made(3)
    found = contact_history.looked_back(rows)
    expected = np.array([naive(rows, row) for row in rows.itertuples()])
    np.testing.assert_allclose(found[list(contact_history.NAMES[1:])].to_numpy(float), expected, atol=1e-5)


def test_the_next_contact_is_seen_as_it_will_be():
    """Contacts added tomorrow at midnight look back on what was foreseen for them."""
    rows, day = made(5), dt.date(2026, 10, 31)
    customers = pd.Index(sorted(rows.customer_id.unique()))
    foreseen = contact_history.next_contact(rows, customers, day)
    moment = pd.Timestamp("2026-11-01", tz="UTC")
    for method in ("call", "sms"):
        new = pd.DataFrame(
            {"customer_id": customers, "method": method, "time": moment, "positive": 0.0, "local_date": day}
        )
        whole = pd.concat([rows, new]).sort_values(["customer_id", "time"], ignore_index=True)
        seen = contact_history.looked_back(whole).query("time == @moment")
        names = list(contact_history.NAMES[1:])
        ours = foreseen[foreseen.method == method]
        np.testing.assert_allclose(ours[names].to_numpy(float), seen[names].to_numpy(float), atol=1e-5)


def test_windows_do_not_touch(buy, demo_store):
    last = demo_store.as_of
    assert buy.windows[0] == last - dt.timedelta(60)
    assert all(
        late - early == dt.timedelta(60) for early, late in zip(buy.windows[1:], buy.windows, strict=False)
    )
    assert buy.holdout.figures["n"] == len(buy.test[1])


def test_the_planted_purchase_law_comes_back(buy, demo_store):
    """Against P(an order in the window) by each customer's true class and history."""
    day = buy.windows[0]
    past = occasions(read(demo_store, day))
    classes = demo_store.query(demo_store.table("customers")).to_pandas().set_index("customer_id").value_class
    truth = wb.demo.truth().segments.set_index("value_class")
    who = truth.loc[classes.loc[past.customer_id]]
    params = tuple(who[name].to_numpy() for name in bgnbd.NAMES)
    alive = bgnbd.p_alive(params, past.x, past.last, past.age)
    known = pd.Series(alive * bgnbd.p_order(params, past.x, past.age, 60), past.customer_id)
    table, happened = buy.test
    model, moved = buy.tried
    told = pd.Series(moved.apply(model.score(table)), table.index)
    known = known.reindex(told.index)
    assert np.corrcoef(told, known)[0, 1] > 0.75
    assert told.mean() == pytest.approx(happened.mean(), abs=0.015)
    # the class is hidden from the model, so each class as a whole is only roughly told apart
    by_class = pd.DataFrame({"told": told, "known": known}).groupby(classes.reindex(told.index)).mean()
    assert (by_class["told"].rank() == by_class["known"].rank()).all()


def test_the_planted_reactions_come_back(respond, demo_store):
    """Each hold-out contact against base · gap · fatigue of the planted law, by method."""
    table, _ = respond.test
    law = wb.demo.truth().method_effects.set_index(["value_class", "method"])
    mine = law.loc[pd.MultiIndex.from_arrays([table["value_class"], table["method"]])]
    best, width = mine["best_interval_days"].to_numpy(), mine["width"].to_numpy()
    gap = table["contact_gap_days"].to_numpy()
    gap = np.where(np.isnan(gap), best, gap)
    away = np.log(np.maximum(gap, 0.05) / best) / width
    known = mine["reaction_probability"].to_numpy() * np.exp(-0.5 * away**2)
    known = known * (1 - mine["fatigue"].to_numpy()) ** table["contacts_30"].to_numpy()
    model, moved = respond.tried
    told = moved.apply(model.score(table))
    assert np.corrcoef(told, known)[0, 1] > 0.85
    groups = pd.DataFrame({"told": told, "known": known}).groupby(table["method"].to_numpy())
    means, sizes = groups.mean(), groups.size()
    large = sizes[sizes > 500].index
    assert len(large) == 4
    assert (means["told"] - means["known"])[large].abs().max() < 0.012
    assert {remark.code for remark in respond.remarks} == {"today_only"}


def test_probabilities_mean_what_they_say(buy, respond):
    for model, least in ((buy, 0.68), (respond, 0.64)):
        figures = model.holdout.figures
        assert figures["ece"] < 1.5 * figures["ece_limit"]
        assert figures["auc_low"] > least - 0.03
        assert figures["auc"] > least
        assert figures["brier"] < figures["brier_base"]
        assert model.holdout.useful
        lift = model.holdout.lift
        assert lift["lift_low"].iloc[0] > 1.8
        assert lift["captured"].iloc[-1] == pytest.approx(1)
        assert lift["n"].sum() == figures["n"]


def test_the_figures_are_those_of_scikit_learn(buy):
    from sklearn.metrics import brier_score_loss, roc_auc_score

    table, happened = buy.test
    p = buy.tried[1].apply(buy.tried[0].score(table))
    assert buy.holdout.figures["auc"] == pytest.approx(roc_auc_score(happened, p))
    assert buy.holdout.figures["brier"] == pytest.approx(brier_score_loss(happened, p))


def test_everybody_gets_a_probability_with_an_interval(buy, respond):
    table = buy.predict()
    assert table["customer_id"].is_unique
    assert len(table) == len(buy.today)
    assert ((table.p_low < table.p) & (table.p < table.p_high) & (table.p_low > 0)).all()
    contacts = respond.predict()
    assert list(contacts.columns) == ["customer_id", "method", "p", "p_low", "p_high"]
    assert contacts.groupby("customer_id").size().eq(5).all()


def test_the_planted_drivers_lead(respond, buy):
    found = respond.drivers("en")
    assert set(found["feature"][:2]) == {"contact_gap_days", "method"}
    assert found["sentence"][0].startswith("Days since the last contact: ")
    assert (found["p_low"] <= found["p_high"]).all()
    best = found.set_index("feature").loc["contacts_30"]
    assert best["high_value"] < best["low_value"]  # fatigue: fewer contacts, better reactions
    assert buy.drivers("zh")["label"].str.contains("[\u4e00-\u9fff]").all()


def test_churn_is_asked_of_customers_who_ordered_lately(demo_store):
    model = propensity(demo_store, "churn", model="logistic", attributes=())
    assert model.today["recency_days"].max() < 120
    assert model.kind == "logistic"
    assert model.holdout.figures["auc_low"] > 0.6
    assert model.holdout.figures["share"] > 0.5
    assert model.holdout.figures["ece"] < 0.04


@pytest.fixture(scope="module")
def diary(demo_store):
    """A feature that is the outcome of the 60 days before it was written down, dated as told."""
    rows = demo_store.query(demo_store.table("transactions")).to_pandas()
    orders = rows[rows.kind == "order"]
    last = pd.Timestamp(demo_store.as_of)
    parts = []
    for back in range(1, 6):
        origin = last - pd.Timedelta(days=60 * back)
        days = pd.to_datetime(orders.local_date)
        came = set(orders[(days > origin) & (days <= origin + pd.Timedelta(days=60))].customer_id)
        parts.append(
            pd.DataFrame(
                {
                    "customer_id": orders.customer_id.unique(),
                    "known_on": origin,
                    "booked": [float(who in came) for who in orders.customer_id.unique()],
                }
            )
        )
    return pd.concat(parts)


def test_a_feature_that_is_the_outcome_is_named(demo_store, diary):
    """Dated before it could be known it leaks, and that is said; dated rightly it does not."""
    leaky = propensity(demo_store, "buy", model="logistic", attributes=(), extra=diary)
    assert leaky.holdout.figures["auc"] > 0.99
    said = [remark.sentence("en") for remark in leaky.remarks if remark.code == "leak"]
    assert len(said) == 1
    assert "booked alone nearly tells the outcome" in said[0]
    honest = diary.assign(known_on=diary.known_on + pd.Timedelta(days=60))
    right = propensity(demo_store, "buy", model="logistic", attributes=(), extra=honest)
    assert right.holdout.figures["auc"] < 0.8
    assert not [remark for remark in right.remarks if remark.code == "leak"]


def test_an_own_feature_needs_the_day_it_was_known(demo_store):
    with pytest.raises(InputError, match=r"no column 'known_on'.*looks into the future"):
        propensity(demo_store, "buy", extra=pd.DataFrame({"customer_id": ["u00001"], "x": [1.0]}))
    frame = pd.DataFrame({"customer_id": ["a", "a"], "known_on": ["2026-01-01", "2026-03-01"], "x": [1, 2]})
    known = features.checked_extra(frame)
    assert features.extra_at(known, dt.date(2026, 2, 1)).to_dict() == {"x": {"a": 1}}
    assert features.extra_at(known, dt.date(2026, 3, 1)).to_dict() == {"x": {"a": 2}}


def test_gaps_and_new_names_are_no_problem():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": rng.normal(size=400), "name": rng.choice(["a", "b", None], 400), "one": 1.0})
    table.loc[::7, "x"] = np.nan
    y = (rng.random(400) < np.where(table["name"] == "a", 0.7, 0.2)).astype(float)
    for kind in estimators.KINDS:
        model = estimators.fit(kind, table, y, 0)
        assert model.encoder.columns == ("x", "name")
        found = model.score(pd.DataFrame({"x": [np.nan, 0.0], "name": ["new", "a"], "one": 1.0}))
        assert np.isfinite(found).all()
        assert found[1] > found[0]


def test_too_little_is_said(demo_store):
    with pytest.raises(QuestionError, match="Not enough history: 2 windows of 150 days"):
        propensity(demo_store, "buy", horizon_days=150, as_of="2026-10-31")
    with pytest.raises(QuestionError, match=r"Too few outcomes for 'respond'.*rarer kind"):
        propensity(demo_store, "respond", as_of="2025-06-10", horizon_days=8)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"outcome": "bay"}, "Did you mean 'buy'"),
        ({"model": "forest"}, "Unknown model"),
        ({"horizon_days": 1}, "7 to 730"),
        ({"attributes": ("regoin",)}, "Did you mean 'region'"),
    ],
    ids=["outcome", "model", "horizon", "attribute"],
)
def test_what_does_not_exist_is_refused(demo_store, asked, said):
    with pytest.raises(QuestionError, match=said):
        propensity(demo_store, **asked)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_is_said_and_shown(buy, lang):
    assert "AUC 0." in buy.sentence(lang)
    assert "<table" in buy._repr_html_()
    assert len(buy.to_dict()["rows"]) == 10
