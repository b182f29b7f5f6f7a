"""The stored customers, orders and contacts: whether they hang together."""

from __future__ import annotations

import datetime as dt

import pytest

from workbench.demo import truth


def one(store, sql):
    """The single value of a query."""
    (row,) = store.query(sql).to_pylist()
    (value,) = row.values()
    return value


def rows(store, sql):
    return store.query(sql).to_pylist()


def test_order_lines_add_up_to_their_order(demo_store):
    off = one(
        demo_store,
        "SELECT count(*) FROM (SELECT transaction_id, sum(amount_micros) s FROM order_lines GROUP BY 1) "
        "RIGHT JOIN transactions USING (transaction_id) "
        "WHERE kind = 'order' AND s IS DISTINCT FROM amount_micros",
    )
    assert off == 0
    share = one(demo_store, "SELECT sum(margin_micros) / sum(amount_micros) FROM transactions")
    assert share == pytest.approx(demo_store.settings.margin, abs=0.08)
    assert (
        one(demo_store, "SELECT count(*) FROM transactions WHERE (kind = 'refund') <> (amount_micros < 0)")
        == 0
    )


def test_customers_begin_with_their_first_order(demo_store):
    off = one(
        demo_store,
        "SELECT count(*) FROM customers c LEFT JOIN (SELECT customer_id, min(local_date) first, "
        "arg_min(channel, time) FROM transactions GROUP BY 1) t USING (customer_id) "
        "WHERE created_date IS DISTINCT FROM first",
    )
    assert off == 0


def test_consent_shares_and_withdrawals(demo_store):
    from workbench.demo.people import constants

    first = rows(
        demo_store,
        "SELECT channel, avg(granted::INT) share FROM (SELECT channel, arg_min(granted, time) granted "
        "FROM consent GROUP BY channel, customer_id) GROUP BY channel",
    )
    for row in first:
        planted = constants()["methods"][row["channel"]]["consent"]
        assert row["share"] == pytest.approx(planted, abs=0.015), row["channel"]
    assert one(demo_store, "SELECT count(*) FROM consent WHERE NOT granted") > 20_000


def test_nobody_is_contacted_without_consent_at_that_moment(demo_store):
    """A visit needs the consent to calls; the newest statement before the contact counts."""
    bad = one(
        demo_store,
        "SELECT count(*) FROM (SELECT *, CASE method WHEN 'visit' THEN 'call' ELSE method END AS channel "
        "FROM interactions WHERE direction = 'outbound') i "
        "ASOF LEFT JOIN consent c ON i.customer_id = c.customer_id AND i.channel = c.channel "
        "AND i.time >= c.time "
        "WHERE c.granted IS NOT TRUE",
    )
    assert bad == 0
    assert one(demo_store, "SELECT count(*) FROM interactions WHERE direction = 'outbound'") > 30_000


def test_cases_run_forward_in_time(demo_store):
    assert (
        one(
            demo_store,
            "SELECT count(*) FROM interactions WHERE first_response_time < time "
            "OR resolved_time < first_response_time",
        )
        == 0
    )
    median = one(
        demo_store,
        "SELECT median(epoch(first_response_time) - epoch(time)) / 3600 FROM interactions "
        "WHERE direction = 'inbound'",
    )
    assert 0.5 < median < 3


def test_feedback_speaks_both_languages_and_scores_fit_the_mood(demo_store):
    languages = rows(
        demo_store, "SELECT language, count(text) said, any_value(text) t FROM feedback GROUP BY 1 ORDER BY 1"
    )
    assert [row["language"] for row in languages] == ["en", "zh"]
    assert all(row["said"] > 300 and "{" not in row["t"] for row in languages)
    mixed = "text IS NOT NULL AND (text ~ '[一-龥]') <> (language = 'zh')"
    assert one(demo_store, f"SELECT count(*) FROM feedback WHERE {mixed}") == 0
    moods = {
        row["mood"]: row["score"]
        for row in rows(
            demo_store, "SELECT mood, avg(score) score FROM feedback WHERE kind = 'csat' GROUP BY 1"
        )
    }
    assert moods["negative"] < 2.2 < 2.9 < moods["neutral"] < 3.1 < 4 < moods["positive"]


def test_experiment_outcomes_are_the_stored_orders(demo_store):
    """`assignments` repeats what the transactions say, before and after the start."""
    windows = [*truth().experiments[["experiment", "start", "end"]].itertuples(index=False, name=None)]
    planted = truth().programme
    windows.append((planted["id"], planted["start"], planted["end"]))
    for name, start, end in windows:
        before = start - dt.timedelta(days=180)
        now = f"t.local_date BETWEEN '{start}' AND '{end}'"
        was = f"t.local_date >= '{before}' AND t.local_date < '{start}'"
        off = one(
            demo_store,
            "SELECT count(*) FROM (SELECT any_value(a) AS a, "
            f"coalesce(sum(amount_micros) FILTER ({now}), 0) / 1e6 AS revenue, count(*) FILTER ({now}) AS n, "
            f"coalesce(sum(amount_micros) FILTER ({was}), 0) / 1e6 AS before, count(*) FILTER ({was}) AS m "
            "FROM assignments a LEFT JOIN (SELECT * FROM transactions WHERE kind = 'order') t "
            f"USING (customer_id) WHERE a.experiment = '{name}' GROUP BY customer_id) "
            "WHERE abs(a.revenue - revenue) > 0.005 OR abs(a.revenue_before - before) > 0.005 "
            "OR a.orders <> n OR a.orders_before <> m OR a.converted <> (n > 0)::INT",
        )
        assert off == 0, name


def test_personal_columns_hold_nobody_real(demo_store):
    assert one(demo_store, "SELECT count(*) FROM customers WHERE email NOT LIKE '%@example.com'") == 0
    (shares,) = rows(
        demo_store,
        "SELECT avg((language = 'en')::INT) en, avg((company IS NOT NULL)::INT) firm, "
        "count(*) FILTER ((company IS NULL) <> (birth_date IS NOT NULL)) odd, "
        "count(*) FILTER (name IS NULL OR city IS NULL) empty FROM customers",
    )
    assert shares["en"] == pytest.approx(0.15, abs=0.01)
    assert shares["firm"] == pytest.approx(0.12, abs=0.01)
    assert (shares["odd"], shares["empty"]) == (0, 0)


def test_lines_cost_about_what_their_products_do(demo_store):
    """Half of the lines lie within a quarter of the list price; orders hold a basket, not one thing."""
    ratio = (
        "SELECT quantile_cont(abs(ln(l.amount_micros / (l.quantity * p.price_micros))), 0.5) AS off "
        "FROM order_lines l JOIN products p USING (product_id)"
    )
    assert one(demo_store, ratio) < 0.25
    assert one(demo_store, "SELECT count(*) / count(DISTINCT transaction_id) FROM order_lines") > 1.3


def test_favourite_categories_are_bought_more(demo_store):
    share = (
        "SELECT avg((p.category = c.interest)::INT) FROM order_lines l JOIN products p USING (product_id) "
        "JOIN transactions t USING (transaction_id) JOIN customers c USING (customer_id)"
    )
    assert one(demo_store, share) > 0.5
