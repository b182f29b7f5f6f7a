"""One small sheet of each CRM table, under English and under Chinese headers, and what it says.

English headers are the names that `load` knows a column by; the same cells stand under both.
"""

# ruff: noqa: E501  one row a line
from __future__ import annotations

import csv
import io

TIME, LATER = "2026-03-01T10:00:00Z", "2026-03-05T08:30:00Z"
SHEETS: dict[str, tuple[dict[str, str], list[tuple[str, ...]]]] = {
    "customers": (
        {"customer_id": "客户编号", "name": "姓名", "email": "邮箱", "phone": "手机号", "gender": "性别", "region": "地域"},
        [("C1", "Ann", "ann@example.com", "13800138001", "f", "上海"), ("C2", "Bo", "bo@example.com", "13800138002", "男", "北京")],
    ),
    "transactions": (
        {"transaction_id": "订单编号", "customer_id": "客户编号", "kind": "类型", "time": "下单时间", "amount": "实付金额", "currency": "币种"},
        [("T1", "C1", "订单", TIME, "10.50", "CNY"), ("T2", "C2", "合同", TIME, "2000", "人民币"), ("T3", "C1", "refund", LATER, "4", "CNY")],
    ),
    "order_lines": (
        {"transaction_id": "订单编号", "product_id": "商品编号", "quantity": "数量", "amount": "小计"},
        [("T1", "P1", "2", "8.50"), ("T1", "P2", "1", "2")],
    ),
    "products": (
        {"product_id": "商品编号", "product": "商品名称", "category": "类目", "price": "单价"},
        [("P1", "Tea", "drinks", "4.25"), ("P2", "Cup", "ware", "2")],
    ),
    "events": (
        {"event_id": "事件编号", "customer_id": "客户编号", "kind": "事件类型", "channel": "渠道", "time": "发生时间"},
        [("E1", "C1", "点击", "search", TIME), ("E2", "C2", "ad view", "social", LATER)],
    ),
    "interactions": (
        {"interaction_id": "互动编号", "customer_id": "客户编号", "method": "联系方式", "direction": "方向", "time": "联系时间", "minutes": "时长"},
        [("I1", "C1", "电话", "呼入", TIME, "4.5"), ("I2", "C2", "wechat", "outgoing", LATER, "")],
    ),
    "feedback": (
        {"feedback_id": "反馈编号", "customer_id": "客户编号", "score": "评分", "mood": "情绪", "text": "评价内容", "time": "评价时间"},
        [("F1", "C1", "5", "好评", "very good", TIME), ("F2", "C2", "1", "negative", "too slow", LATER)],
    ),
    "consent": (
        {"customer_id": "客户编号", "purpose": "授权目的", "channel": "触达渠道", "granted": "是否同意", "time": "授权时间"},
        [("C1", "营销", "邮件", "是", TIME), ("C2", "marketing", "sms", "no", LATER)],
    ),
    "assignments": (
        {"experiment": "实验名称", "customer_id": "客户编号", "variant": "组别", "time": "分组时间", "revenue": "实验收入", "converted": "是否转化"},
        [("mail", "C1", "A", TIME, "10.5", "1"), ("mail", "C2", "B", TIME, "0", "0")],
    ),
    "tags": (
        {"customer_id": "客户编号", "tag": "标签名称", "value": "标签值", "origin": "打标方式", "author": "打标人"},
        [("C1", "vip", "gold", "人工", "Ann"), ("C2", "new", "", "auto", "rules")],
    ),
    "campaigns": (
        {"campaign_id": "活动编号", "campaign": "活动名称", "objective": "推广目标", "budget": "总预算", "start_date": "开始日期", "end_date": "结束日期"},
        [("K1", "Spring", "sales", "1200.50", "2026-03-01", "2026-03-31"), ("K2", "Always on", "leads", "90", "2026-01-01", "")],
    ),
    "creatives": (
        {"creative_id": "创意编号", "creative": "创意名称", "campaign_id": "计划id", "format": "素材类型", "headline": "文案"},
        [("A1", "Blossom", "K1", "video", "=春天来了"), ("A2", "Plain", "K2", "image", "Buy")],
    ),
    "leads": (
        {"lead_id": "线索编号", "customer_id": "客户编号", "stage": "销售阶段", "owner": "负责人", "time": "创建时间", "value": "预计金额", "currency": "币种"},
        [("L1", "C1", "赢单", "Ann", TIME, "500", "CNY"), ("L2", "C2", "working", "Bo", LATER, "70.25", "CNY")],
    ),
    "external": (
        {"series": "指标名称", "region": "地区", "local_date": "日期", "value": "数值", "unit": "单位"},
        [("temperature", "上海", "2026-03-01", "14.5", "°C"), ("holiday", "", "2026-03-08", "1", "flag")],
    ),
    "identities": (
        {"source": "来源系统", "kind": "标识类型", "identity": "标识值", "customer_id": "客户编号"},
        [("shop", "openid", "o-1", "C1"), ("app", "设备", "d-2", "C2")],
    ),
}  # fmt: skip
"""Table → (English header → Chinese header, rows)."""

TOLD: dict[str, dict[str, list]] = {
    "customers": {"gender": ["female", "male"], "region": ["上海", "北京"], "name": [None, None], "email": [None, None]},
    "transactions": {"amount_micros": [10_500_000, 2_000_000_000, -4_000_000], "kind": ["order", "contract", "refund"], "currency": ["CNY"] * 3},
    "order_lines": {"quantity": [2, 1], "amount_micros": [8_500_000, 2_000_000]},
    "products": {"product": ["Tea", "Cup"], "price_micros": [4_250_000, 2_000_000]},
    "events": {"kind": ["click", "impression"], "channel": ["search", "social"]},
    "interactions": {"method": ["call", "chat"], "direction": ["inbound", "outbound"], "minutes": [4.5, None]},
    "feedback": {"score": [5.0, 1.0], "mood": ["positive", "negative"], "text": [None, None]},
    "consent": {"purpose": ["marketing"] * 2, "channel": ["email", "sms"], "granted": [True, False]},
    "assignments": {"variant": ["A", "B"], "revenue": [10.5, 0.0], "converted": [1.0, 0.0]},
    "tags": {"tag": ["vip", "new"], "value": ["gold", None], "origin": ["hand", "rule"]},
    "campaigns": {"campaign": ["Spring", "Always on"], "budget_micros": [1_200_500_000, 90_000_000]},
    "creatives": {"creative": ["Blossom", "Plain"], "headline": ["=春天来了", "Buy"], "campaign_id": ["K1", "K2"]},
    "leads": {"stage": ["won", "contacted"], "value_micros": [500_000_000, 70_250_000]},
    "external": {"series": ["temperature", "holiday"], "value": [14.5, 1.0], "region": ["上海", ""]},
    "identities": {"source": ["shop", "app"], "kind": ["open_id", "device"]},
}  # fmt: skip
"""Table → column → what it holds, row by row."""


def text(table: str, lang: str = "en") -> str:
    """The sheet as CSV."""
    headers, rows = SHEETS[table]
    stream = io.StringIO()
    csv.writer(stream).writerows([headers if lang == "en" else headers.values(), *rows])
    return stream.getvalue()
