"""A world of contacts whose law is known, and complaints that contacts cause or do not cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

METHODS = ("call", "email", "sms")
SEGMENTS = ("high", "low")
BASE = np.array([[0.30, 0.14, 0.06], [0.10, 0.08, 0.09]])
BEST = np.array([[20.0, 10.0, 30.0], [45.0, 18.0, 30.0]])
FATIGUE = np.array([0.35, 0.15, 0.30])
WIDTH = 0.9
DAYS = 540.0


@dataclass
class World:
    """Contacts as `effects` takes them; `made` has the planted gap and recent contacts, too."""

    frame: pd.DataFrame
    made: pd.DataFrame


def world(seed, customers=2_000):
    """Contacts at irregular intervals; reactions by the law, which is that of the demo world."""
    rng = np.random.default_rng(seed)
    who, time = [], []
    for at in range(customers):
        pace = 30 * rng.lognormal(0, 0.5)
        moments = np.cumsum(np.maximum(pace * rng.lognormal(0, 0.75, 60), 1.0)) + rng.uniform(0, 60)
        moments = moments[moments < DAYS]
        who.append(np.full(len(moments), at))
        time.append(moments)
    who, time = np.concatenate(who), np.concatenate(time)
    gap = np.where(np.diff(who, prepend=-1) == 0, np.diff(time, prepend=0), np.nan)
    recent = np.zeros(len(who))
    for back in range(1, 31):
        near = (who[back:] == who[:-back]) & (time[back:] - time[:-back] <= 30)
        recent[back:] += near
    method, segment = rng.integers(0, 3, len(who)), (who % 2)
    best = BEST[segment, method]
    away = np.log(np.where(np.isnan(gap), best, np.maximum(gap, 0.05)) / best) / WIDTH
    chance = BASE[segment, method] * np.exp(-0.5 * away**2) * (1 - FATIGUE[method]) ** recent
    luck = rng.random(len(who))
    bad = luck > 1 - np.minimum(0.01 + 0.02 * recent, 0.2)
    reaction = np.where(luck < chance, "positive", np.where(bad, "negative", "none"))
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{at:05d}" for at in who],
            "method": np.array(METHODS)[method],
            "segment": np.array(SEGMENTS)[segment],
            "time": pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.round(time * 86400), unit="s"),
            "reaction": reaction,
        }
    )
    return World(frame, frame.assign(gap=gap, recent=recent, day=time, who=who))


def caused(seed, made, share, customers=2_000, usual=0.01):
    """Complaints: usual ones at a rate a day that differs by customer, and some caused by contacts.

    Args:
        share: Probability that a contact with one or more in the 30 days before causes one within 10 days.
    """
    rng = np.random.default_rng(seed)
    rate = usual * rng.gamma(0.5, 2.0, customers)
    many = rng.poisson(rate * DAYS)
    who = np.repeat(np.arange(customers), many)
    day = rng.uniform(0, DAYS, len(who))
    hit = (made["recent"] >= 1) & (rng.random(len(made)) < share)
    who = np.concatenate([who, made.loc[hit, "who"]])
    day = np.concatenate([day, made.loc[hit, "day"] + rng.uniform(0.01, 10, hit.sum())])
    when = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.round(day * 86400), unit="s")
    return pd.DataFrame({"customer_id": [f"c{at:05d}" for at in who], "time": when})
