"""One customer's card: figures against plain SQL, worth against the whole model, timeline, privacy."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from card_rows import DAY, case, contact, days_ago, fill, order, permit, person

import workbench as wb
from workbench.customers import bgnbd
from workbench.customers.cards import worth as worths
from workbench.customers.cards.history import KINDS
from workbench.errors import PrivacyError, QuestionError


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch, request):
    """Keys and audit heads of a test's own, but for the demo world."""
    if "demo_store" not in request.fixturenames:
        monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("WORKBENCH_USER", "tester")


@pytest.fixture
def store(tmp_path):
    return wb.data.open(tmp_path / "w")


def ann(store, **tables):
    return wb.customers.card(fill(store, customers=[person()], **tables), "ann", as_of=DAY)


def test_figures_are_those_of_plain_sql(demo_store):
    for customer in ("u00014", "u03019", "u09254"):
        card = wb.customers.card(demo_store, customer)
        (truth,) = demo_store.query(
            "SELECT count(*) FILTER (kind = 'order') orders, count(*) FILTER (kind = 'refund') refunds, "
            "sum(amount_micros) / 1e6 amount, sum(margin_micros) / 1e6 margin, "
            "max(local_date) FILTER (kind = 'order') last_day "
            f"FROM transactions WHERE customer_id = '{customer}'"
        ).to_pylist()
        (said,) = demo_store.query(
            "SELECT max(local_date) last_contact, count(*) FILTER (kind = 'complaint') complaints, "
            "count(*) FILTER (kind = 'complaint' AND resolved_time IS NULL) still, "
            "count(*) FILTER (direction = 'outbound' AND local_date > DATE '2026-10-01') pressure "
            f"FROM interactions WHERE customer_id = '{customer}'"
        ).to_pylist()
        found = card.figures
        assert (found.orders, found.refunds, found.last_day) == (
            truth["orders"], truth["refunds"], truth["last_day"],
        )  # fmt: skip
        assert found.revenue == {"CNY": pytest.approx(truth["amount"], abs=1e-6)}
        assert found.margin == {"CNY": pytest.approx(truth["margin"], abs=1e-6)}
        assert found.average_order["CNY"] == pytest.approx(truth["amount"] / truth["orders"])
        assert found.days_since_order == (dt.date(2026, 10, 31) - truth["last_day"]).days
        assert (found.complaints, found.open_complaints) == (said["complaints"], said["still"])
        assert (found.last_contact, found.contacts_30) == (said["last_contact"], said["pressure"])


def test_money_of_several_currencies_is_never_added_up(store):
    rows = [order(1, 9, 10), order(2, 8, 20), order(3, 7, 5, currency="USD")]
    rows += [order(4, 6, -4, kind="refund"), order(5, 5, 99, status="cancelled")]
    found = ann(store, transactions=rows).figures
    assert (found.orders, found.refunds) == (3, 1)
    assert found.revenue == {"CNY": 26.0, "USD": 5.0}
    assert found.average_order == {"CNY": 13.0, "USD": 5.0}
    assert found.currency == "CNY"
    assert found.margin == {}


def test_share_of_wallet_is_known_where_a_tag_says_the_whole(store):
    tag = {"customer_id": "ann", "tag": "annual_spend", "value": "1000", **days_ago(3)}
    rows = [order(1, 400, 70), order(2, 200, 150), order(3, 1, 100)]
    assert ann(store, transactions=rows, tags=[tag]).figures.share_of_wallet == pytest.approx(0.25)


def test_a_card_of_a_past_day_knows_nothing_later(demo_store):
    now = wb.customers.card(demo_store, "u00014")
    past = wb.customers.card(demo_store, "u00014", as_of="2026-03-31")
    assert past.timeline["day"].max() <= dt.date(2026, 3, 31)
    kept = now.timeline[now.timeline["day"] <= dt.date(2026, 3, 31)]
    assert len(past.timeline) == len(kept) > 5
    assert past.figures.orders < now.figures.orders


def test_worth_is_that_of_the_whole_model(demo_store):
    model = wb.customers.fit_clv(demo_store, "2026-10-31")
    table = model.predict(worths.HORIZON_DAYS, 100, demo_store.settings.margin).set_index("customer_id")
    card = wb.customers.card(demo_store, "u00014")
    whole = table.loc["u00014"]
    assert card.worth.clv == pytest.approx(whole["clv"], rel=1e-9)
    assert card.worth.churn == pytest.approx(1 - whole["p_alive"], rel=1e-9)
    assert card.worth.expected_orders == pytest.approx(whole["expected_orders"], rel=1e-9)
    assert card.worth.top == pytest.approx((table["clv"] >= whole["clv"] * (1 - 1e-9)).mean())
    assert card.worth.clv_low <= card.worth.clv <= card.worth.clv_high


def test_the_model_is_fitted_once_a_data_version(demo_store, monkeypatch):
    store = wb.open(demo_store.path)
    asked = []
    fit = worths.fit_clv
    monkeypatch.setattr(worths, "fit_clv", lambda *args, **more: asked.append(args) or fit(*args, **more))
    for customer in ("u00014", "u03019"):
        wb.customers.card(store, customer)
    assert len(asked) == 1


@pytest.mark.parametrize(("x", "last", "age"), [(0, 0, 200), (3, 150, 180), (5, 90, 400)])
def test_lapse_risk_is_the_integral_over_rate_and_departure(x, last, age):
    """Against a grid over λ and p of the joint density that BG/NBD states."""
    params, days = (0.8, 90.0, 0.9, 2.4), 90.0
    rate = (np.arange(4000) + 0.5) * 2.5e-5
    leave = (np.arange(1000) + 0.5) / 1000
    r, alpha, a, b = params
    prior = (rate ** (r - 1) * np.exp(-alpha * rate))[:, None]
    prior = prior * (leave ** (a - 1) * (1 - leave) ** (b - 1))[None, :]
    stay = (1 - leave[None, :]) ** x * (rate**x * np.exp(-rate * age))[:, None]
    gone = leave[None, :] * (1 - leave[None, :]) ** (x - 1) * (rate**x * np.exp(-rate * last))[:, None]
    gone = gone if x else 0.0
    silent = (prior * (stay * np.exp(-rate * days)[:, None] + gone)).sum() / (prior * (stay + gone)).sum()

    class Past:
        pass

    model, model.history, model.days = Past(), Past(), 1
    for name, value in {"x": x, "last": last, "age": age}.items():
        setattr(model.history, name, np.array([value]))
    found = worths._silent(tuple(np.array([value]) for value in params), model, days)
    assert found[0] == pytest.approx(silent, rel=2e-3)


def test_the_interval_of_the_lapse_risk_is_that_of_the_parameters(demo_store):
    card = wb.customers.card(demo_store, "u00014")
    found = card.worth
    assert found.lapse_low < found.lapse_risk < found.lapse_high
    alive = 1 - found.churn
    model = wb.customers.fit_clv(demo_store, "2026-10-31")
    at = list(model.history.customer_id).index("u00014")
    r, alpha = (model.params[name] for name in bgnbd.NAMES[:2])
    again = ((alpha + model.history.age[at]) / (alpha + model.history.age[at] + 90)) ** (
        r + model.history.x[at]
    )
    assert found.lapse_risk == pytest.approx(1 - alive * (1 - again), rel=1e-9)


def test_too_little_history_and_no_order_are_said(store):
    card = ann(store, transactions=[order(1, 9, 10)])
    assert card.worth.why_not == "history"
    assert card.value_sentence("en").startswith("Not enough history")
    assert "历史数据不足" in card.value_sentence("zh")
    assert card.risk_sentence("en") == ""


def test_planted_value_classes_are_ranked(demo_store):
    """High-value customers of the demo world stand before those of low value."""
    card = wb.customers.card(demo_store, "u00014")
    fitted = worths._fitted(demo_store, card.as_of, "CNY")
    own = worths._means(fitted.model)
    rows = demo_store.query("SELECT customer_id, value_class FROM customers ORDER BY 1").to_pandas()
    mean = {
        name: own[[fitted.place[customer] for customer in part["customer_id"]]].mean()
        for name, part in rows.groupby("value_class")
    }
    assert mean["high"] > 1.5 * mean["mid"] > 2 * mean["low"]


def test_the_timeline_holds_every_row_once_newest_first(demo_store):
    card = wb.customers.card(demo_store, "u03019")
    tables = ("transactions", "interactions", "events", "feedback", "consent")
    count = sum(
        demo_store.query(f"SELECT count(*) n FROM {name} WHERE customer_id = 'u03019'")["n"][0].as_py()
        for name in tables
    )
    assert len(card.timeline) == count == sum(card.counts.values())
    assert card.timeline["day"].is_monotonic_decreasing
    assert set(card.timeline["kind"]) <= set(KINDS)
    seen = []
    number = 1
    while number:
        page = card.page(("order", "touch"), number, size=7)
        seen += list(page.rows["ref"])
        assert len(page.rows) <= 7
        number = page.older
    assert len(seen) == len(set(seen)) == card.counts["order"] + card.counts["touch"]
    assert card.page((), 99).number == card.page().pages
    with pytest.raises(QuestionError, match="Unknown kind 'orders'"):
        card.page(("orders",))


def test_a_robot_with_endless_touches_is_cut_and_said(store, monkeypatch):
    from workbench.customers.cards import rows

    monkeypatch.setattr(rows, "MOST", 3)
    events = [
        {"event_id": f"e{number}", "customer_id": "ann", "kind": "click", **days_ago(number)}
        for number in range(5)
    ]
    card = ann(store, events=events)
    assert card.is_cut
    assert list(card.timeline["ref"]) == ["e0", "e1", "e2"]


def test_permits_are_those_of_privacy_allowed(demo_store):
    card = wb.customers.card(demo_store, "u03044")
    for item in card.permits.items:
        end = dt.datetime(2026, 10, 31, 23, 59, 59, tzinfo=dt.timezone(dt.timedelta(hours=8)))
        row = wb.privacy.allowed(demo_store, None, item.purpose, item.channel, end).set_index("customer_id")
        assert item.allowed == row.loc["u03044", "allowed"]
        assert item.reason == row.loc["u03044", "reason"]
    assert {item.channel for item in card.permits.items} == {"call", "email", "sms", "wechat"}


def test_personal_values_stay_masked_until_opened_for_a_reason(store):
    filled = fill(store, customers=[person()], transactions=[order(1, 9, 10)])
    card = wb.customers.card(filled, "ann", as_of=DAY)
    said = f"{card!r}{card.to_dict()}{card._repr_html_()}"
    assert not [word for word in ("Ann Example", "ann@example.com", "Example Ltd", "1990") if word in said]
    assert card.profile.masked == ("name", "email", "birth_date", "company")
    assert not (store.path / "audit" / "log.jsonl").exists()
    opened = wb.customers.card(filled, "ann", as_of=DAY, reason="complaint 12", who="mia")
    assert opened.profile.opened["email"] == "ann@example.com"
    assert opened.profile.opened["company"] == "Example Ltd"
    log = (store.path / "audit" / "log.jsonl").read_text("utf-8")
    assert '"personal_opened"' in log
    assert '"complaint 12"' in log
    assert '"mia"' in log
    assert "ann@example.com" not in log
    with pytest.raises(PrivacyError, match="only for a reason"):
        wb.customers.card(filled, "ann", as_of=DAY, reason=" ")


def test_a_sealed_customer_is_found_by_its_own_number_and_opened(store):
    import pyarrow as pa

    from workbench import privacy, schema
    from workbench.store.changes import Keys

    rows = pa.Table.from_pylist([person(f"CRM-{number}") for number in range(5)],
                                schema=schema.TABLES["customers"].arrow())  # fmt: skip
    with store.writing():
        made = privacy.protect(store, "customers", rows)
        store.commit([wb.data.Change("customers", made.rows, Keys(("customer_id",))), *made.changes])
    pseudonym = made.rows["customer_id"][3].as_py()
    assert wb.customers.identify(store, "CRM-3") == pseudonym
    assert wb.customers.find(store, " CRM-3 ")[0].how == "own_id"
    card = wb.customers.card(store, "CRM-3", as_of=DAY)
    assert card.customer_id == pseudonym
    assert card.profile.masked[:4] == ("name", "email", "phone", "birth_date")
    opened = wb.customers.card(store, "CRM-3", as_of=DAY, reason="letter 7")
    assert opened.profile.opened["name"] == "Ann Example"
    assert opened.profile.birth_date == dt.date(1990, 7, 4)


def test_customers_are_found_by_order_and_by_a_beginning(demo_store):
    order_of = demo_store.query("SELECT transaction_id, customer_id FROM transactions LIMIT 1").to_pylist()[0]
    (found,) = wb.customers.find(demo_store, order_of["transaction_id"])
    assert (found.customer_id, found.how) == (order_of["customer_id"], "order")
    some = wb.customers.find(demo_store, "u0001", limit=4)
    assert [item.customer_id for item in some] == ["u00010", "u00011", "u00012", "u00013"]
    assert {item.how for item in some} == {"beginning"}
    assert wb.customers.find(demo_store, "nobody at all") == ()
    assert wb.customers.find(demo_store, "  ") == ()
    with pytest.raises(QuestionError, match="No customer of this workspace"):
        wb.customers.card(demo_store, "u0001")


def test_who_waits_is_asked_of_a_day_and_of_so_many(demo_store):
    day = wb.customers.pressing(demo_store, "2026-06-30", limit=3)
    assert day == wb.customers.pressing(demo_store, dt.date(2026, 6, 30), limit=3)
    with pytest.raises(QuestionError, match=r"limit is -1\. Give a whole number from 0"):
        wb.customers.pressing(demo_store, limit=-1)
    with pytest.raises(QuestionError, match="which is no day"):
        wb.customers.pressing(demo_store, "soon")


def test_pressing_are_the_open_complaints(demo_store):
    found = wb.customers.pressing(demo_store, limit=25)
    rows = demo_store.query(
        "SELECT customer_id, max(local_date) AS at_day FROM interactions WHERE kind = 'complaint' "
        "AND resolved_time IS NULL AND local_date > DATE '2026-10-31' - 180 AND (result IS NULL OR "
        "result <> 'resolved') GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 25"
    ).to_pylist()
    assert [(item.customer_id, item.day) for item in found] == [
        (row["customer_id"], row["at_day"]) for row in rows
    ]


def test_a_customer_without_a_row_of_their_own_has_a_card(store):
    rows = [contact(1, 5), case(2, 3, resolved_time=None)]
    card = wb.customers.card(fill(store, interactions=rows), "ann", as_of=DAY)
    assert card.profile.fields == {}
    assert card.figures.days_since_contact == 3
    assert card.worth.why_not == "history"
    assert card.figures.revenue == {}


def test_the_last_day_is_that_of_the_data(store):
    filled = fill(store, customers=[person()], interactions=[contact(1, 5)], transactions=[order(1, 9, 10)])
    card = wb.customers.card(filled, "ann")
    assert card.as_of == DAY - dt.timedelta(days=5)
    assert card.figures.days_since_order == 4


def test_consent_of_another_day_is_not_read(store):
    rows = [permit("email", True, 30), permit("email", False, 2)]
    filled = fill(store, customers=[person()], consent=rows)
    now = wb.customers.card(filled, "ann", as_of=DAY)
    past = wb.customers.card(filled, "ann", as_of=DAY - dt.timedelta(days=10))
    assert now.permits.channels == ()
    assert past.permits.channels == ("email",)
    assert now.permits.items[0].reason == "withdrawn"
