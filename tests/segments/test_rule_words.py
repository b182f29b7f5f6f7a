"""Each kind of test in words, in both languages."""

from __future__ import annotations

import pytest

from workbench import i18n
from workbench import segments as sg
from workbench.segments.rules.operands import DAYLESS, FIELDS, FIGURES, MEASURES, OPERATORS, RFM, SOURCES

SAID = [
    (
        sg.field("region") == "Sichuan",
        "region is Sichuan",
        "地区为 Sichuan",
    ),
    (
        sg.field("region") != "Sichuan",
        "region is not Sichuan",
        "地区不为 Sichuan",
    ),
    (
        sg.field("region").is_in(["Sichuan", "Hubei"]),
        "region is one of Sichuan, Hubei",
        "地区为 Sichuan、Hubei 之一",
    ),
    (
        sg.field("region").not_in(["Sichuan", "Hubei"]),
        "region is none of Sichuan, Hubei",
        "地区不在 Sichuan、Hubei 之中",
    ),
    (
        sg.field("company").contains("tea"),
        "company contains “tea”",
        "公司包含“tea”",
    ),
    (
        sg.field("city").starts_with("成"),
        "city starts with “成”",
        "城市以“成”开头",
    ),
    (
        sg.field("gender").known(),
        "gender is known",
        "性别有记录",
    ),
    (
        sg.field("gender").unknown(),
        "gender is not known",
        "性别无记录",
    ),
    (
        sg.field("created_date") >= "2026-01-01",
        "joining date is on or after 1 Jan 2026",
        "建档日期不早于 2026年1月1日",
    ),
    (
        sg.field("created_date").between("2026-01-01", "2026-03-31"),
        "joining date is from 1 Jan 2026 to 31 Mar 2026",
        "建档日期在 2026年1月1日到 2026年3月31日之间",
    ),
    (
        sg.field("created_date").days_ago <= 30,
        "joining date was at most 30 days ago",
        "距建档日期不超过 30 天",
    ),
    (
        sg.field("created_date").days_ago.between(30, 60),
        "joining date was 30 days to 60 days ago",
        "距建档日期在 30 天到 60 天之间",
    ),
    (
        sg.ordered(2, 90),
        "the number of orders in the last 90 days is at least 2",
        "近 90 天内订单数不低于 2",
    ),
    (
        sg.ordered(),
        "there is at least one order",
        "有订单",
    ),
    (
        sg.ordered(1, 30, channel=["search", "social"]),
        "there is at least one order in the last 30 days (where channel is one of search, social)",
        "近 30 天内有订单（渠道为 search、social 之一）",
    ),
    (
        sg.never("orders", 90),
        "there is no order in the last 90 days",
        "近 90 天内没有订单",
    ),
    (
        sg.spent(500, 365, "CNY"),
        "the total amount of orders in the last 365 days is at least ¥500",
        "近 365 天内订单金额合计不低于 ¥500",
    ),
    (
        sg.behaviour("orders", "mean", "amount", currency="CNY") < 100.5,
        "the mean amount of orders is below ¥100.5",
        "订单平均金额低于 ¥100.5",
    ),
    (
        sg.days_since("interactions") > 30,
        "the last contact was more than 30 days ago",
        "距最近一次互动超过 30 天",
    ),
    (
        sg.days_since("orders", "first") <= 7,
        "the first order was at most 7 days ago",
        "距首次订单不超过 7 天",
    ),
    (
        sg.behaviour("events", "days", within_days=7) >= 3,
        "the number of days with events in the last 7 days is at least 3",
        "近 7 天内有行为事件的天数不低于 3",
    ),
    (
        sg.behaviour("interactions", "sum", "minutes") > 60,
        "the total minutes of contacts is above 60",
        "互动时长（分钟）合计高于 60",
    ),
    (
        sg.answered(1, within_days=180, score=("<=", 6)),
        "there is at least one answer in the last 180 days (where score is at most 6)",
        "近 180 天内有反馈（评分不超过 6）",
    ),
    (
        sg.behaviour("feedback", "max", "score") == 10,
        "the highest score of answers is 10",
        "反馈最高评分为 10",
    ),
    (
        sg.behaviour("lines", "min", "quantity").between(2, 3),
        "the lowest quantity of products bought is from 2 to 3",
        "购买的商品最低数量在 2 到 3 之间",
    ),
    (
        sg.bought(2, category="tea"),
        "the number of products bought (where category is tea) is at least 2",
        "购买的商品数（品类为 tea）不低于 2",
    ),
    (
        sg.behaviour("leads", stage="won") != 1,
        "the number of leads (where stage is won) is not 1",
        "线索数（阶段为 won）不为 1",
    ),
    (
        sg.days_since("feedback").unknown(),
        "there is no answer",
        "没有反馈",
    ),
    (
        sg.days_since("events", kind="click") == 1,
        "the last event (where kind is click) was exactly 1 day ago",
        "距最近一次行为事件（类型为 click）恰为 1 天",
    ),
    (
        sg.days_since("events") != 1,
        "the last event was not exactly 1 day ago",
        "距最近一次行为事件不为 1 天",
    ),
    (
        sg.days_since("events") < 10,
        "the last event was less than 10 days ago",
        "距最近一次行为事件不足 10 天",
    ),
    (
        sg.days_since("events") >= 10,
        "the last event was at least 10 days ago",
        "距最近一次行为事件至少 10 天",
    ),
    (
        sg.rfm_value() == "loyal",
        "the RFM segment is Loyal",
        "RFM 细分为忠实客户",
    ),
    (
        sg.rfm_value().is_in(["loyal", "champions"]),
        "the RFM segment is one of Loyal, Champions",
        "RFM 细分为忠实客户、重要价值客户之一",
    ),
    (
        sg.rfm_value("r") >= 4,
        "the recency score is at least 4",
        "最近消费得分不低于 4",
    ),
    (
        sg.rfm_value("recency_days") > 90,
        "the last order was more than 90 days ago",
        "距最近一次下单超过 90 天",
    ),
    (
        sg.rfm_value("monetary", currency="CNY") >= 1000,
        "the amount spent is at least ¥1,000",
        "累计消费额不低于 ¥1,000",
    ),
    (
        sg.rfm_value("frequency") > 5,
        "the number of orders is above 5",
        "订单总数高于 5",
    ),
    (
        sg.score("propensity_buy_60", "p") >= 0.34,
        "the probability to buy in the next 60 days is at least 34%",
        "未来 60 天内的购买概率不低于 34%",
    ),
    (
        sg.score("propensity_respond_60", "p").between(0.05, 0.125),
        "the probability to respond to a contact is from 5% to 12.5%",
        "对联络作出积极反应的概率在 5% 到 12.5% 之间",
    ),
    (
        sg.score("lookalikes_6b38ca042f", "rank") <= 1725,
        "the place among look-alikes (lookalikes_6b38ca042f) is at most 1,725",
        "相似客户排名（lookalikes_6b38ca042f）中的名次不超过 1,725",
    ),
    (
        sg.score("clv", "p_alive") < 0.3,
        "p_alive in table clv is below 0.3",
        "表 clv 的 p_alive 低于 0.3",
    ),
    (
        sg.tagged("vip"),
        "the customer is tagged “vip”",
        "带有标签“vip”",
    ),
    (
        sg.tagged("vip", "gold"),
        "the customer is tagged “vip” with the value gold",
        "带有标签“vip”，取值为 gold",
    ),
    (
        sg.in_segment("loyal"),
        "the customer is in segment “loyal”",
        "属于细分“loyal”",
    ),
    (
        sg.tagged("a") & (sg.tagged("b") | ~sg.tagged("c")) | ~sg.ordered(),
        "(the customer is tagged “a” and (the customer is tagged “b” or not (the customer is tagged “c”)))"
        " or not (there is at least one order)",
        "（带有标签“a”，且（带有标签“b”，或不满足（带有标签“c”））），或不满足（有订单）",
    ),
]


@pytest.mark.parametrize(("expr", "en", "zh"), SAID, ids=[str(place) for place in range(len(SAID))])
def test_a_rule_is_said(expr, en, zh):
    rule = sg.rule(expr)
    assert rule.sentence("en") == f"Customers where {en}."
    assert rule.sentence("zh") == f"满足以下条件的客户：{zh}。"


def test_every_attribute_measure_and_operator_has_words():
    names = {f"column_{name}" for name in FIELDS} | {f"rfm_{name}" for name in RFM}
    names |= {f"measure_{name}" for name in MEASURES}
    for source, known in SOURCES.items():
        names |= {f"one_{source}", f"many_{source}", *(f"column_{name}" for name in known.texts)}
        names |= {f"figure_{name}" for name in known.numbers}
    assert {f"rules.{name}" for name in names} <= set(i18n.texts())
    for source, measure in ((source, measure) for source in SOURCES for measure in MEASURES):
        figures = list(SOURCES[source].numbers)
        if (measure in FIGURES and not figures) or (measure == "days" and source in DAYLESS):
            continue
        value = sg.behaviour(source, measure, figures[0] if measure in FIGURES else "", 30)
        for op in OPERATORS[MEASURES[measure]]:
            tests = {"between": value.between(1, 2), "known": value.known(), "unknown": value.unknown()}
            expr = tests[op] if op in tests else value._test(op, 2)
            said = {sg.rule(expr).sentence(lang) for lang in i18n.LANGUAGES}
            assert len(said) == 2
            assert not any("{" in text for text in said)


def test_all_digits_of_a_bound_are_said():
    assert "is at least 0.125." in sg.rule(sg.score("x") >= 0.125).sentence("en")
    assert "is at least 1,234,567.89." in sg.rule(sg.score("x") >= 1234567.89).sentence("en")
