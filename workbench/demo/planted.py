"""What was planted: the constants that made the data, as small tables to check answers against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.demo import curves, market, shop
from workbench.demo.people import constants
from workbench.demo.world import SEED, World, world

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Truth:
    """The planted truth of one seed; rates are shares, money is CNY, lifts are relative.

    Attributes:
        seed: Seed of the world.
        first_date, last_date: Its days, both included.
        slot_curves: `channel, region, hour_of_week` (Monday 0 h = 0), `delivery_index` (planned spend over
            the mean hour), `ctr_index`, `cvr_index` (rate over the channel's spend-weighted weekly mean).
        response_curves: A CurveTable, CNY and conversions a week in an average season: `cell, form,
            scale, half_saturation, shape, min, max, group, value_per_response, current`, and
            `channel, region, adstock` (carry-over a day; the steady response does not depend on it).
        adstock: `channel, adstock` a day.
        season: `local_date, demand, budget`: the calendar's factors, mean 1.
        calendar: The events behind it: `id, en, zh, start, peak, end, demand, budget`.
        segments: `value_class, share`, BG/NBD `r, alpha, a, b` (days), Gamma-Gamma `p, q, v` (CNY),
            `mean_order_value`.
        method_effects: `value_class, method, reaction_probability` (at the best interval, no other
            contact in 30 days), `best_interval_days`, `fatigue` (share lost with each contact in the
            30 days before), `width` (log days).
        programme: The loyalty programme: id, start, end, value_class, hold_out, control, treated,
            repurchase_lift (share with an order in the window), sales_lift (CNY a customer).
        experiments: `experiment, start, end, control, treated, converted_lift, revenue_lift`.
        geo_test: The regional test: id, start, end (both included), regions, measure, lift.
        anomalies, changes: `id, kind, measure, factor, start, end, where, en, zh`.
        broken_creative: The same for one creative, with `creative`, `campaign` and `channel`.
        conversion_delay: `channel, at_once, later_mean_days`: time from click to conversion.
        affinities: `product_id, draws, share`: of the lines that customers buy after a product (or with it),
            the share that became what it draws along.
        creatives: `creative, campaign, channel, ctr_factor, cvr_factor` (spend-weighted mean 1 a channel).
        devices: `device, cvr` relative to mobile. audiences: `audience, cvr, new_share`.
        overdispersion: Coefficients of variation of the gamma shocks of a campaign's day.
    """

    seed: int
    first_date: date
    last_date: date
    slot_curves: DataFrame
    response_curves: DataFrame
    adstock: DataFrame
    season: DataFrame
    calendar: DataFrame
    segments: DataFrame
    method_effects: DataFrame
    programme: dict[str, Any]
    experiments: DataFrame
    geo_test: dict[str, Any]
    anomalies: DataFrame
    changes: DataFrame
    broken_creative: dict[str, Any]
    conversion_delay: DataFrame
    affinities: DataFrame
    creatives: DataFrame
    devices: DataFrame
    audiences: DataFrame
    overdispersion: dict[str, float]


def truth(seed: int = SEED) -> Truth:
    """Return the planted truth of the demo world, derived from the constants that generate it.

    Args:
        seed: Seed of the world.

    Returns:
        Fresh tables: changing them changes nothing else.
    """
    known = world(seed)
    effects = [asdict(effect) for effect in known.effects]
    return Truth(
        seed=seed,
        first_date=known.first,
        last_date=known.last,
        slot_curves=_slots(known),
        response_curves=_response(known),
        adstock=_frame({"channel": c.id, "adstock": c.adstock} for c in known.channels),
        season=_season(known),
        calendar=_frame(known.calendar),
        segments=_segments(),
        method_effects=_methods(),
        programme=_programme(),
        experiments=_experiments(known),
        geo_test=_geo_test(known),
        anomalies=_frame(entry for entry in effects if entry["kind"] == "anomaly"),
        changes=_frame(entry for entry in effects if entry["kind"] == "change"),
        broken_creative=_broken(known),
        conversion_delay=_frame(
            {"channel": c.id, "at_once": c.delay_now, "later_mean_days": c.delay_days} for c in known.channels
        ),
        affinities=_affinities(),
        creatives=_creatives(known),
        devices=_frame({"device": d.id, "cvr": d.numbers["cvr"]} for d in known.devices),
        audiences=_frame(
            {"audience": a.id, "cvr": a.numbers["cvr"], "new_share": a.numbers["new"]}
            for a in known.audiences
        ),
        overdispersion={
            name: known.numbers[f"{name}_shock_cv"] for name in ("conversions", "spend", "price", "ctr")
        },
    )


def _frame(rows: Iterable[dict[str, Any]]) -> DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows))


def _slots(known: World) -> DataFrame:
    import pandas as pd

    week = curves.slots(known)
    shape = (len(known.channels), len(known.regions), curves.HOURS_PER_WEEK)
    channel, region, hour = np.indices(shape).reshape(3, -1)
    return pd.DataFrame(
        {
            "channel": np.array([c.id for c in known.channels])[channel],
            "region": np.array([r.id for r in known.regions])[region],
            "hour_of_week": hour,
            "delivery_index": np.broadcast_to(week.delivery, shape).ravel() * curves.HOURS_PER_WEEK,
            "ctr_index": week.ctr.ravel(),
            "cvr_index": week.cvr.ravel(),
        }
    )


def _response(known: World) -> DataFrame:
    planted = curves.response(known)
    return _frame(
        {
            "cell": f"{channel.id} · {region.id}",
            "channel": channel.id,
            "region": region.id,
            "form": "hill",
            "scale": planted.scale[c, r],
            "half_saturation": planted.half_saturation[c, r],
            "shape": channel.shape,
            "min": 0.0,
            "max": 4 * max(planted.current[c, r], planted.half_saturation[c, r]),
            "group": channel.id,
            "value_per_response": channel.aov,
            "current": planted.current[c, r],
            "adstock": channel.adstock,
        }
        for c, channel in enumerate(known.channels)
        for r, region in enumerate(known.regions)
    )


def _season(known: World) -> DataFrame:
    return _frame(
        {"local_date": known.first + timedelta(days=day), "demand": demand, "budget": budget}
        for day, (demand, budget) in enumerate(
            zip(known.season("demand"), known.season("budget"), strict=True)
        )
    )


def _segments() -> DataFrame:
    return _frame(
        {"value_class": name, "share": entry["share"], **entry["bgnbd"], **gg, "time_unit": "day"}
        | {"mean_order_value": gg["p"] * gg["v"] / (gg["q"] - 1)}
        for name, entry in constants()["classes"].items()
        for gg in (entry["gamma_gamma"],)
    )


def _methods() -> DataFrame:
    return _frame(
        {
            "value_class": name,
            "method": method,
            "reaction_probability": entry["reaction"][name],
            "best_interval_days": entry["best_interval_days"][name],
            "fatigue": entry["fatigue"],
            "width": constants()["contacts"]["width"],
        }
        for name in constants()["classes"]
        for method, entry in constants()["methods"].items()
    )


def _programme() -> dict[str, Any]:
    entry = constants()["programme"]
    control, treated = entry["variants"]
    names = ("id", "en", "zh", "start", "end", "value_class", "hold_out", "repurchase_lift", "sales_lift")
    return {name: entry[name] for name in names} | {"control": control, "treated": treated}


def _experiments(known: World) -> DataFrame:
    return _frame(
        {
            "experiment": entry["id"],
            "en": entry["en"],
            "zh": entry["zh"],
            "start": entry["start"],
            "end": known.last,
            "control": next(iter(entry["variants"])),
            "treated": list(entry["variants"])[1],
            "converted_lift": entry["repurchase_lift"],
            "revenue_lift": entry["sales_lift"],
        }
        for entry in constants()["experiments"]
    )


def _geo_test(known: World) -> dict[str, Any]:
    effect = next(effect for effect in known.effects if effect.kind == "geo_test")
    names = ("id", "en", "zh", "start", "end", "measure")
    regions = tuple(effect.where["region"])
    return {name: getattr(effect, name) for name in names} | {"regions": regions, "lift": effect.factor - 1}


def _broken(known: World) -> dict[str, Any]:
    effect = next(effect for effect in known.effects if effect.kind == "broken_creative")
    creative = known.creatives[known.index("creatives")[str(effect.where["creative"])]]
    campaign = known.campaigns[creative.campaign]
    return asdict(effect) | {"creative": creative.en, "campaign": campaign.en, "channel": campaign.channel}


def _affinities() -> DataFrame:
    names = shop.product_ids()
    return _frame(
        {"product_id": names[product], "draws": names[drawn], "share": share}
        for product, drawn, share in shop.affinities()
    )


def _creatives(known: World) -> DataFrame:
    good = market.quality(known)
    return _frame(
        {
            "creative": creative.en,
            "campaign": known.campaigns[creative.campaign].en,
            "channel": known.campaigns[creative.campaign].channel,
            "ctr_factor": good.ctr[at],
            "cvr_factor": good.cvr[at],
        }
        for at, creative in enumerate(known.creatives)
    )
