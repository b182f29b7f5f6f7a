"""Purchases, reactions and paths, found again in the stored tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.demo import truth


@pytest.fixture(scope="module")
def planted():
    return truth()


def frame(store, sql):
    return store.query(sql).to_pandas()


def untouched_orders(store, value_class):
    """Orders of customers in no treated arm: their process is the planted one throughout."""
    return frame(
        store,
        "SELECT t.customer_id, t.local_date, t.amount_micros / 1e6 AS amount FROM transactions t "
        "JOIN customers c USING (customer_id) WHERE t.kind = 'order' "
        f"AND c.value_class = '{value_class}' AND c.customer_id NOT IN "
        "(SELECT customer_id FROM assignments WHERE variant IN ('B', 'member'))",
    )


def bgnbd_loglik(parameters, x, t_x, total):
    """Fader, Hardie & Lee (2005), equation 6."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = parameters
    shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + total)
    gone = np.full(len(x), -np.inf)
    again = x > 0
    gone[again] = betaln(a + 1, b + x[again] - 1) - betaln(a, b) - (r + x[again]) * np.log(alpha + t_x[again])
    return float((shared + np.logaddexp(alive, gone)).sum())


@pytest.mark.parametrize("value_class", ["high", "mid", "low"])
def test_purchases_follow_the_planted_bgnbd(demo_store, planted, value_class):
    """The fit's likelihood is no better than the truth's beyond chance (χ² with 4 degrees, 0.1%)."""
    from scipy.optimize import minimize
    from scipy.stats import chi2

    table = untouched_orders(demo_store, value_class)
    day = (pd.to_datetime(table["local_date"]) - pd.Timestamp(planted.first_date)).dt.days
    per = day.groupby(table["customer_id"]).agg(["min", "max", "nunique"])
    length = (planted.last_date - planted.first_date).days + 1
    x = per["nunique"].to_numpy() - 1.0
    t_x = (per["max"] - per["min"]).to_numpy().astype(float)
    total = length - per["min"].to_numpy() - 0.5
    true = planted.segments.set_index("value_class").loc[value_class, ["r", "alpha", "a", "b"]]
    start = np.log(true.to_numpy(dtype=float))
    fit = minimize(lambda log: -bgnbd_loglik(np.exp(log), x, t_x, total), start, method="L-BFGS-B")
    gain = 2 * (-fit.fun - bgnbd_loglik(np.exp(start), x, t_x, total))
    assert gain < chi2.ppf(0.999, 4), np.exp(fit.x)


@pytest.mark.parametrize("value_class", ["high", "mid", "low"])
def test_amounts_follow_the_planted_gamma_gamma(demo_store, planted, value_class):
    """Fader & Hardie (2013), equation 1a, by the same likelihood-ratio test."""
    from scipy.optimize import minimize
    from scipy.special import gammaln
    from scipy.stats import chi2

    table = untouched_orders(demo_store, value_class)
    per = table.groupby("customer_id")["amount"].agg(["mean", "count"])
    z, x = per["mean"].to_numpy(), per["count"].to_numpy()

    def loglik(parameters):
        p, q, v = parameters
        return float(
            (
                gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
                + (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(v + x * z)
            ).sum()
        )  # fmt: skip

    true = planted.segments.set_index("value_class").loc[value_class, ["p", "q", "v"]].to_numpy(float)
    fit = minimize(lambda log: -loglik(np.exp(log)), np.log(true), method="L-BFGS-B")
    assert 2 * (-fit.fun - loglik(true)) < chi2.ppf(0.999, 3), np.exp(fit.x)


@pytest.fixture(scope="module")
def reactions(demo_store, planted):
    """Outbound contacts with the gap before, the contacts of 30 days, and the planted probability."""
    table = frame(
        demo_store,
        "SELECT i.customer_id, i.method, c.value_class, i.reaction = 'positive' AS positive, "
        "(epoch(i.time) - lag(epoch(i.time)) OVER w) / 86400 AS gap, "
        "count(*) OVER (PARTITION BY i.customer_id ORDER BY i.time "
        "RANGE BETWEEN INTERVAL 30 DAY PRECEDING AND CURRENT ROW) - 1 AS recent "
        "FROM interactions i JOIN customers c USING (customer_id) WHERE direction = 'outbound' "
        "WINDOW w AS (PARTITION BY i.customer_id ORDER BY i.time)",
    ).merge(planted.method_effects, on=["value_class", "method"])
    gap = table["gap"].fillna(table["best_interval_days"])
    away = np.log(gap / table["best_interval_days"]) / table["width"]
    table["chance"] = (
        table["reaction_probability"] * np.exp(-0.5 * away**2) * (1 - table["fatigue"]) ** table["recent"]
    )
    return table


@pytest.mark.parametrize("by", [["value_class", "method"], ["gap_bin"], ["recent"], ["method", "gap_bin"]])
def test_reactions_follow_method_class_interval_and_fatigue(reactions, by):
    table = reactions.assign(
        gap_bin=pd.cut(reactions["gap"], [0, 3, 7, 14, 21, 35, 60, 120, 600]).astype(str)
    )
    for cell, part in table.groupby(by):
        spread = np.sqrt((part["chance"] * (1 - part["chance"])).sum())
        away = part["positive"].sum() - part["chance"].sum()
        assert abs(away) < 4 * spread + 1, (cell, away / spread)


def test_methods_work_differently_for_different_classes(reactions):
    rate = reactions[reactions["recent"] == 0].pivot_table(
        index="method", columns="value_class", values="positive"
    )
    assert rate.loc["call", "high"] > 2 * rate.loc["call", "low"]
    assert rate.loc["sms", "low"] > rate.loc["sms", "high"]


@pytest.mark.parametrize("channel", ["search", "social", "short_video", "display", "email"])
def test_orders_follow_their_last_touch_by_the_planted_delay(demo_store, planted, channel):
    delays = frame(
        demo_store,
        "SELECT (epoch(t.time) - epoch(e.time)) / 86400 AS days FROM (SELECT * FROM transactions "
        f"WHERE kind = 'order' AND channel = '{channel}' AND local_date >= '2025-06-01') t "
        "ASOF JOIN (SELECT * FROM events WHERE kind = 'click') e "
        "ON t.customer_id = e.customer_id AND t.channel = e.channel AND t.campaign_id = e.campaign_id "
        "AND t.time >= e.time",
    )["days"].to_numpy()
    law = planted.conversion_delay.set_index("channel").loc[channel]
    for age in (1 / 24, 1.0, 3.0):
        share = law["at_once"] + (1 - law["at_once"]) * (1 - np.exp(-age / law["later_mean_days"]))
        assert (delays <= age).mean() == pytest.approx(share, abs=0.03)


def test_touches_of_paths_start_high_and_end_low_in_the_funnel(demo_store):
    """Search closes far more often than it opens; short video the other way round."""
    ends = frame(
        demo_store,
        "SELECT channel, count(*) AS n FROM transactions WHERE kind = 'order' AND channel IS NOT NULL "
        "GROUP BY 1",
    ).set_index("channel")["n"]
    seen = frame(demo_store, "SELECT channel, count(*) AS n FROM events GROUP BY 1").set_index("channel")["n"]
    ratio = (ends / ends.sum()) / (seen / seen.sum())
    assert ratio["search"] > 1.2
    assert ratio["short_video"] < 0.9
