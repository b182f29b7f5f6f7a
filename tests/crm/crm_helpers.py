"""What tests of CRM files share: two small sheets, and imports of them."""

from __future__ import annotations

import workbench as wb

CUSTOMERS = (
    "客户编号,姓名,性别,手机号,邮箱,出生日期,地域,注册时间\n"
    "1,张三,男,138 0013 8000,zhang@example.com,1980-02-03,上海,2024/5/1\n"
    "2,李四,女,+86 139 0013 9000,li@example.com,1975/12/31,北京,2024-05-02 10:00:00\n"
)
ORDERS = (
    "order_id,customer_id,time,amount,currency\n"
    "A,1,2026-03-01T10:00:00+08:00,10.50,CNY\n"
    "B,1,2026-03-02T10:00:00+08:00,20,CNY\n"
)


def codes(review):
    return {item.code for item in review.findings}


def load(workspace, file, table=None, **more):
    return wb.data.load(workspace, file, table=table, **more)


def orders(workspace, export, *lines, head="order_id,customer_id,time,amount,currency", **more):
    text = "\n".join([head, *lines]) + "\n"
    return load(workspace, export(text, "orders.csv"), "transactions", **more)
