"""The stored demo world: how much there is, whether it hangs together, whether it looks real."""

from __future__ import annotations

import datetime as dt

import pytest

from workbench import schema

FIRST, LAST = dt.date(2025, 5, 1), dt.date(2026, 10, 31)


def one(store, sql):
    """The single value of a query."""
    (row,) = store.query(sql).to_pylist()
    (value,) = row.values()
    return value


def rows(store, sql):
    return store.query(sql).to_pylist()


def test_the_world_has_what_was_promised(demo_store):
    def count(sql):
        return one(demo_store, f"SELECT count(*) FROM ({sql})")

    assert count("SELECT DISTINCT channel FROM performance") == 6
    assert count("SELECT DISTINCT region FROM performance") == 8
    assert count("SELECT DISTINCT campaign FROM performance") == 40
    assert 140 <= count("SELECT DISTINCT creative FROM performance") <= 160
    assert count("SELECT DISTINCT advertiser FROM performance") == 3
    assert count("SELECT DISTINCT source, account FROM performance") == 18
    assert count("SELECT * FROM customers") == 20_000
    assert count("SELECT DISTINCT experiment FROM assignments") == 3
    assert 500_000 <= count("SELECT * FROM performance_hourly") <= 1_500_000
    for name in schema.TABLES:
        if name not in (
            "imports",
            "tags",
            "leads",
            "external",
            "identities",
            "exchange_rates",
            "vault",
            "traits",
        ):
            assert count(f"SELECT * FROM {name}") > 0, name


def test_it_spans_eighteen_months_of_one_clock(demo_store):
    (span,) = rows(
        demo_store,
        "SELECT min(local_date) a, max(local_date) b, count(DISTINCT local_date) n, "
        "count(DISTINCT timezone) z, min(timezone) zone, count(DISTINCT currency) c, min(currency) money "
        "FROM performance",
    )
    assert span == {
        "a": FIRST, "b": LAST, "n": 549, "z": 1, "zone": "Asia/Shanghai", "c": 1, "money": "CNY",
    }  # fmt: skip
    assert demo_store.as_of == LAST
    assert (
        one(
            demo_store,
            "SELECT count(*) FROM performance WHERE local_hour IS NOT NULL AND ("
            "hour_of_week <> (isodow(local_date) - 1) * 24 + local_hour OR "
            "epoch(hour_utc) <> epoch(local_date::TIMESTAMP) + 3600 * local_hour - 8 * 3600)",
        )
        == 0
    )


def test_outdoor_knows_days_only_and_no_clicks(demo_store):
    found = rows(
        demo_store,
        "SELECT channel, count(local_hour) AS hours, count(clicks) AS clicks, count(*) AS n "
        "FROM performance GROUP BY 1",
    )
    for row in found:
        outdoor = row["channel"] == "outdoor"
        assert row["hours"] == (0 if outdoor else row["n"])
        assert row["clicks"] == (0 if outdoor else row["n"])


def test_facts_are_possible(demo_store):
    impossible = {
        "clicks above impressions": "clicks > impressions",
        "viewable above measurable": "viewable_impressions > measurable_impressions",
        "measurable above impressions": "measurable_impressions > impressions",
        "opens above delivered": "opens > delivered",
        "a fact below zero": "least(impressions, clicks, cost_micros, likes, comments, shares) < 0",
        "a coin smaller than a fen": "cost_micros % 10000 <> 0",
    }
    for what, condition in impossible.items():
        assert one(demo_store, f"SELECT count(*) FROM performance WHERE {condition}") == 0, what
    assert one(demo_store, "SELECT count(*) FROM performance_hourly WHERE new_customers > orders") == 0


def test_channels_know_their_own_facts(demo_store):
    known = rows(
        demo_store,
        "SELECT channel, count(viewable_impressions) > 0 v, count(opens) > 0 o, count(likes) > 0 l "
        "FROM performance GROUP BY 1 ORDER BY 1",
    )
    facts = {row["channel"]: (row["v"], row["o"], row["l"]) for row in known}
    assert facts == {
        "display": (True, False, False),
        "email": (False, True, False),
        "outdoor": (False, False, False),
        "search": (False, False, False),
        "short_video": (True, False, True),
        "social": (False, False, True),
    }


def test_the_roll_up_adds_up_to_the_facts(demo_store):
    facts = ("impressions", "clicks", "cost_micros", "viewable_impressions", "opens", "likes")
    sums = ", ".join(f"sum({name}) AS {name}" for name in facts)
    assert rows(demo_store, f"SELECT {sums} FROM performance") == rows(
        demo_store, f"SELECT {sums} FROM performance_hourly WHERE preferred"
    )
    outcome = rows(
        demo_store,
        "SELECT sum(conversions) FILTER (is_goal) conversions, sum(revenue_micros) FILTER (is_goal) revenue, "
        "sum(conversions) FILTER (kind = 'lead') leads, "
        "sum(conversions) FILTER (kind = 'new_customer') news FROM conversions",
    )
    assert outcome == rows(
        demo_store,
        "SELECT sum(conversions) conversions, sum(revenue_micros) revenue, sum(leads) leads, "
        "sum(new_customers) news FROM performance_hourly WHERE preferred",
    )
    assert one(demo_store, "SELECT count(*) FROM performance_hourly WHERE NOT preferred") == 0


def test_every_conversion_row_belongs_to_a_delivery_row(demo_store):
    keys = "account, campaign_id, ad_id, region, device, audience, local_date, local_hour"
    same = " AND ".join(f"c.{key} IS NOT DISTINCT FROM p.{key}" for key in keys.split(", "))
    lost = one(
        demo_store,
        f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM conversions) c "
        f"ANTI JOIN (SELECT DISTINCT {keys} FROM performance) p ON {same}",
    )
    assert lost == 0
    bases = rows(demo_store, "SELECT DISTINCT kind, is_goal FROM conversions ORDER BY kind")
    assert bases == [
        {"kind": "lead", "is_goal": False},
        {"kind": "new_customer", "is_goal": False},
        {"kind": "order", "is_goal": True},
    ]


def test_ads_run_only_while_their_campaign_and_creative_do(demo_store):
    early = one(
        demo_store,
        "SELECT count(*) FROM performance p JOIN campaigns c USING (campaign_id) "
        "WHERE p.local_date < c.start_date OR p.local_date > c.end_date OR p.channel <> c.channel "
        "OR p.account <> c.account OR p.campaign <> c.campaign",
    )
    assert early == 0
    assert (
        one(
            demo_store,
            "SELECT count(*) FROM performance p JOIN creatives c ON p.ad_id = c.creative_id "
            "WHERE p.local_date < c.first_date OR p.campaign_id <> c.campaign_id OR p.creative <> c.creative",
        )
        == 0
    )


@pytest.mark.parametrize(
    ("table", "column", "home", "key"),
    [
        ("performance", "campaign_id", "campaigns", "campaign_id"),
        ("performance", "ad_id", "creatives", "creative_id"),
        ("conversions", "campaign_id", "campaigns", "campaign_id"),
        ("creatives", "campaign_id", "campaigns", "campaign_id"),
        ("reach", "campaign_id", "campaigns", "campaign_id"),
        ("customers", "acquisition_campaign_id", "campaigns", "campaign_id"),
        ("transactions", "customer_id", "customers", "customer_id"),
        ("transactions", "campaign_id", "campaigns", "campaign_id"),
        ("order_lines", "transaction_id", "transactions", "transaction_id"),
        ("order_lines", "product_id", "products", "product_id"),
        ("events", "customer_id", "customers", "customer_id"),
        ("events", "campaign_id", "campaigns", "campaign_id"),
        ("events", "creative", "creatives", "creative"),
        ("interactions", "customer_id", "customers", "customer_id"),
        ("feedback", "customer_id", "customers", "customer_id"),
        ("consent", "customer_id", "customers", "customer_id"),
        ("assignments", "customer_id", "customers", "customer_id"),
        ("targets", "channel", "campaigns", "channel"),
    ],
)
def test_references_hold(demo_store, table, column, home, key):
    sql = (
        f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL "
        f"AND {column} NOT IN (SELECT {key} FROM {home})"
    )
    assert one(demo_store, sql) == 0


@pytest.mark.parametrize(
    ("table", "keys"),
    [
        ("campaigns", "campaign_id"),
        ("creatives", "creative_id"),
        ("creatives", "creative"),
        ("customers", "customer_id"),
        ("customers", "phone"),
        ("transactions", "transaction_id"),
        ("products", "product_id"),
        ("order_lines", "transaction_id, product_id"),
        ("events", "event_id"),
        ("interactions", "interaction_id"),
        ("feedback", "feedback_id"),
        ("assignments", "experiment, customer_id"),
        ("consent", "customer_id, purpose, channel, time"),
        ("reach", "grain, account, coalesce(campaign_id, ''), start_date, end_date"),
        ("targets", "channel, start_date"),
        ("external", "series, region, local_date"),
        ("labels", "dimension, value, lang"),
    ],
)
def test_keys_are_unique(demo_store, table, keys):
    assert one(demo_store, f"SELECT count(*) - count(DISTINCT ({keys})) FROM {table}") == 0


def test_prices_and_rates_are_those_of_the_market(demo_store):
    """Ranges that a Chinese media planner would not raise an eyebrow at (CNY)."""
    ranges = {
        "search": {"ctr": (0.03, 0.08), "cpc": (1.5, 6), "cvr": (0.03, 0.09), "roas": (3, 7)},
        "social": {"ctr": (0.01, 0.03), "cpc": (1, 4), "cvr": (0.015, 0.05), "roas": (2, 5)},
        "short_video": {"ctr": (0.008, 0.02), "cpc": (1, 4), "cvr": (0.015, 0.05), "roas": (2, 5)},
        "display": {"ctr": (0.002, 0.008), "cpc": (1, 4), "cvr": (0.01, 0.04), "roas": (1, 3.5)},
        "email": {"ctr": (0.02, 0.05), "cpc": (0.8, 3), "cvr": (0.04, 0.10), "roas": (5, 14)},
        "outdoor": {"cpm": (10, 40), "roas": (1, 3)},
    }
    found = rows(
        demo_store,
        "SELECT channel, sum(clicks) / sum(impressions) ctr, "
        "sum(cost_micros) / 1e6 / nullif(sum(clicks), 0) cpc, "
        "sum(cost_micros) / 1e3 / sum(impressions) cpm, sum(conversions) / nullif(sum(clicks), 0) cvr, "
        "sum(revenue_micros) / sum(cost_micros) roas FROM performance_hourly GROUP BY channel",
    )
    for row in found:
        for name, (low, high) in ranges[row["channel"]].items():
            assert low <= row[name] <= high, (row["channel"], name, row[name])


def test_targets_cover_every_month_of_every_channel_and_are_near_what_happened(demo_store):
    assert one(demo_store, "SELECT count(*) FROM targets") == 18 * 6
    (total,) = rows(
        demo_store,
        "SELECT (SELECT sum(cost_micros) FROM targets) / sum(cost_micros) cost, "
        "(SELECT sum(conversions) FROM targets) / sum(conversions) conversions FROM performance_hourly",
    )
    assert total["cost"] == pytest.approx(1, abs=0.1)
    assert total["conversions"] == pytest.approx(1, abs=0.2)


def test_reach_is_at_most_impressions_and_grows_with_the_window(demo_store):
    assert one(demo_store, "SELECT count(*) FROM reach WHERE reach > impressions OR reach < 1") == 0
    (sums,) = rows(
        demo_store,
        "SELECT count(*) AS n, count(*) FILTER (month.reach < 0.9 * weeks.most) AS below FROM "
        "(SELECT campaign_id, reach FROM reach WHERE start_date = '2026-06-01' "
        "AND end_date = '2026-06-30') month "
        "JOIN (SELECT campaign_id, max(reach) most FROM reach WHERE start_date BETWEEN '2026-06-01' "
        "AND '2026-06-24' AND end_date - start_date = 6 GROUP BY 1) weeks USING (campaign_id)",
    )
    assert sums["n"] > 20
    assert sums["below"] == 0
    whole = one(
        demo_store,
        "SELECT count(*) FROM reach r JOIN (SELECT campaign_id, sum(impressions) shown FROM performance "
        "WHERE local_date BETWEEN '2026-10-04' AND '2026-10-31' GROUP BY 1) p USING (campaign_id) "
        "WHERE r.grain = 'campaign' AND r.start_date = '2026-10-04' AND r.end_date = '2026-10-31' "
        "AND r.impressions = p.shown",
    )
    assert whole > 20


def test_an_account_reaches_more_than_any_of_its_campaigns_and_less_than_all(demo_store):
    (found,) = rows(
        demo_store,
        "SELECT count(*) AS n, count(*) FILTER (a.reach < c.most) AS below, "
        "count(*) FILTER (a.reach > c.sum) AS above, "
        "count(*) FILTER (a.impressions <> c.shown) AS off "
        "FROM (SELECT * FROM reach WHERE grain = 'account') a JOIN (SELECT account, start_date, end_date, "
        "max(reach) most, sum(reach) sum, sum(impressions) shown FROM reach "
        "WHERE grain = 'campaign' GROUP BY 1, 2, 3) c USING (account, start_date, end_date)",
    )
    assert found["n"] > 1000
    assert (found["below"], found["above"], found["off"]) == (0, 0, 0)
