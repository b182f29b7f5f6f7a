"""How every value is shown, in English and Chinese: table `labels`."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.people import catalog, constants
from workbench.demo.shop import product_ids
from workbench.demo.voices import topics, vocabulary
from workbench.demo.world import World

_PLAIN = (
    ("objective", "orders", "Orders", "下单"),
    ("objective", "leads", "Leads", "线索"),
    ("language", "zh", "Chinese", "中文"),
    ("language", "en", "English", "英文"),
    ("kind", "order", "Order", "订单"),
    ("kind", "refund", "Refund", "退款"),
    ("kind", "lead", "Lead", "线索"),
    ("kind", "new_customer", "New customer", "新客"),
    ("direction", "outbound", "Outbound", "主动联络"),
    ("direction", "inbound", "Inbound", "客户来访"),
    ("method", "chat", "Chat", "在线咨询"),
    ("interaction_kind", "marketing", "Marketing", "营销"),
    ("source", "baidu", "Baidu", "百度"),
    ("source", "xiaohongshu", "Xiaohongshu", "小红书"),
    ("source", "oceanengine", "Ocean Engine", "巨量引擎"),
    ("source", "tencent_ads", "Tencent Ads", "腾讯广告"),
    ("source", "generic", "Other source", "其他来源"),
)


def labels(world: World) -> pa.Table:
    """Return one row a dimension, value and language."""
    rows = list(dict.fromkeys([*_plan(world), *_crm(), *_shop(), *_trials(), *_events(world), *_PLAIN]))
    columns = {"dimension": 0, "value": 1}
    both = {name: [row[at] for row in rows for _ in range(2)] for name, at in columns.items()}
    return arrow.table(
        "labels",
        both | {"lang": ["en", "zh"] * len(rows), "label": [text for row in rows for text in row[2:]]},
    )


def _plan(world: World) -> Iterator[tuple[str, str, str, str]]:
    for dimension in ("channels", "regions", "devices", "audiences", "advertisers"):
        for item in getattr(world, dimension):
            yield dimension[:-1], item.id, item.en, item.zh
    advertisers = {item.id: item for item in world.advertisers}
    channels = {item.id: item for item in world.channels}
    audiences = {item.id: item for item in world.audiences}
    for campaign in world.campaigns:
        yield "campaign", campaign.en, campaign.en, campaign.zh
        yield "campaign_id", campaign.id, campaign.en, campaign.zh
        who, where = advertisers[campaign.advertiser], channels[campaign.channel]
        yield "account", campaign.account, f"{who.en} · {where.en}", f"{who.zh}·{where.zh}"
    for creative in world.creatives:
        audience, campaign = audiences[creative.audience], world.campaigns[creative.campaign]
        yield "creative", creative.en, creative.en, creative.zh
        yield "ad_group", creative.ad_group, creative.ad_group, f"{campaign.zh}·{audience.zh}"
    for effect in world.effects:
        yield "effect", effect.id, effect.en, effect.zh
    for event in world.calendar:
        yield "event", event["id"], event["en"], event["zh"]


def _crm() -> Iterator[tuple[str, str, str, str]]:
    known = constants()
    for dimension, entries in (("value_class", known["classes"]), ("method", known["methods"])):
        for value, entry in entries.items():
            yield dimension, value, entry["en"], entry["zh"]
    lists = {"message": "messages", "interaction_kind": "cases", "result": "results", "reaction": "reactions"}
    for dimension, name in lists.items():
        for value, en, zh, *_ in known["contacts"][name]:
            yield dimension, value, en, zh
    for dimension, rows in known["attributes"].items():
        for value, en, zh in rows:
            yield dimension, value, en, zh
    for at, (zh, en) in enumerate(known["names"]["marketers"]):
        yield "marketer", f"m{at + 1:02d}", en, zh
    for value, entry in topics().items():
        yield "message", value, entry["en"], entry["zh"]
    for name in ("kinds", "channels", "moods"):
        for value, entry in vocabulary(name).items():
            yield f"feedback_{name[:-1]}", value, entry["en"], entry["zh"]


def _shop() -> Iterator[tuple[str, str, str, str]]:
    ids = iter(product_ids())
    for category in catalog():
        yield "category", category["id"], category["en"], category["zh"]
        yield "interest", category["id"], category["en"], category["zh"]
        for en, zh, _ in category["items"]:
            yield "product_id", next(ids), en, zh
            yield "product", en, en, zh


def _trials() -> Iterator[tuple[str, str, str, str]]:
    known = constants()
    for entry in (known["programme"], *known["experiments"]):
        yield "experiment", entry["id"], entry["en"], entry["zh"]
        for value, (en, zh) in entry["variants"].items():
            yield f"variant:{entry['id']}", value, en, zh


def _events(world: World) -> Iterator[tuple[str, str, str, str]]:
    for event in world.calendar:
        yield "event", event["en"], event["en"], event["zh"]
