"""Rules by the book: each customer on their own, in plain Python over the rows; an oracle of the engines.

True, false or None (unknown), as the guide says it; nothing is taken from the package but the map of
the cells of RFM.
"""

from __future__ import annotations

import datetime as dt
import operator
from zoneinfo import ZoneInfo

from workbench.segments import segment_of

COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, among: value in among,
    "not_in": lambda value, among: value not in among,
    "contains": lambda value, part: part in value,
    "starts_with": lambda value, part: value.startswith(part),
    "between": lambda value, ends: ends[0] <= value <= ends[1],
}
MONEY = {"amount": "amount_micros", "margin": "margin_micros", "value": "value_micros"}
TABLES = {"events": "events", "interactions": "interactions", "feedback": "feedback", "leads": "leads"}


class Naive:
    """The world on one day."""

    def __init__(self, rows, as_of: dt.date, zone: str, score_table: str):
        self.rows, self.as_of, self.zone, self.score_table = rows, as_of, ZoneInfo(zone), score_table
        self.sources = {name: self._day_rows(rows[table]) for name, table in TABLES.items()}
        self.sources["orders"] = self._orders()
        self.sources["lines"] = self._lines()

    def people(self):
        """Customers of that day."""
        known = self.rows["customers"]
        return [row for row in known if row["created_date"] is None or row["created_date"] <= self.as_of]

    def members(self, rule) -> list[str]:
        """Ids of those of whom the rule is true."""
        return sorted(row["customer_id"] for row in self.people() if self.holds(rule, row) is True)

    def unknown(self, rule) -> int:
        """How many customers it cannot tell of."""
        return sum(self.holds(rule, row) is None for row in self.people())

    def holds(self, node, person):
        """True, false or None."""
        if "all" in node:
            found = [self.holds(part, person) for part in node["all"]]
            return False if False in found else None if None in found else True
        if "any" in node:
            found = [self.holds(part, person) for part in node["any"]]
            return True if True in found else None if None in found else False
        if "not" in node:
            found = self.holds(node["not"], person)
            return None if found is None else not found
        if "tag" in node:
            return self._tagged(node, person["customer_id"])
        return test(self._value(node, person), node["op"], _plain(node))

    def _tagged(self, node, who):
        tags = [row for row in self.rows["tags"] if row["customer_id"] == who and row["tag"] == node["tag"]]
        tags = [row for row in tags if row["time"] is None or self._day(row) <= self.as_of]
        return any("value" not in node or row["value"] == node["value"] for row in tags)

    def _value(self, node, person):
        who = person["customer_id"]
        if "field" in node:
            name = node["field"]
            value = person[name] if name in person else self._own(who, name)
            return (self.as_of - value).days if node.get("ago") and value else value
        if "score" in node:
            return next(
                (row[node["column"]] for row in self.rows[self.score_table] if row["customer_id"] == who),
                None,
            )
        return self._rfm(node, who) if "rfm" in node else self._behaviour(node, who)

    def _own(self, who, name):
        """An own attribute: its figure, its day, else its text."""
        rows = self.rows["traits"]
        row = next((row for row in rows if (row["customer_id"], row["trait"]) == (who, name)), {})
        return next((row[key] for key in ("number", "day", "value") if row.get(key) is not None), None)

    def _behaviour(self, node, who):
        rows = [row for row in self.sources[node["behaviour"]] if row["customer_id"] == who]
        if "within_days" in node:
            rows = [row for row in rows if (self.as_of - row["day"]).days < node["within_days"]]
        for column, told in node.get("where", {}).items():
            short = {"op": "in" if isinstance(told, list) else "==", "value": told}
            full = told if isinstance(told, dict) else short
            rows = [row for row in rows if test(_cell(row, column), full["op"], full.get("value")) is True]
        return self._measure(node, rows)

    def _measure(self, node, rows):
        measure, column = node["measure"], node.get("column", "")
        bought = [row for row in rows if not row.get("is_refund")]
        if measure in ("count", "days"):
            return len(bought) if measure == "count" else len({row["day"] for row in bought})
        if measure in ("first", "last"):
            days = [(self.as_of - row["day"]).days for row in bought]
            return (max if measure == "first" else min)(days, default=None)
        own = [
            row
            for row in (rows if measure == "sum" else bought)
            if "currency" not in node or row["currency"] == node["currency"]
        ]
        figures = [figure for row in own if (figure := _cell(row, column)) is not None]
        if measure == "sum":
            return sum(figures)
        if not figures:
            return None
        return (
            sum(figures) / len(figures) if measure == "mean" else {"min": min, "max": max}[measure](figures)
        )

    def _rfm(self, node, who):
        rows = [row for row in self.sources["orders"] if row["customer_id"] == who]
        days = [(self.as_of - row["day"]).days for row in rows if not row["is_refund"]]
        if not days:
            return None
        money = sum(row["amount_micros"] or 0 for row in rows if row["currency"] == node["currency"]) / 1e6
        values = {"recency_days": min(days), "frequency": len(days), "monetary": money}
        above = {
            name: sum(value > edge for edge in node["thresholds"][name]) for name, value in values.items()
        }
        scores = {"r": 5 - above["recency_days"], "f": 1 + above["frequency"], "m": 1 + above["monetary"]}
        return {**values, **scores, "segment": segment_of(*scores.values())}[node["rfm"]]

    def _orders(self):
        rows = self.rows["transactions"]
        gone = ("open", "cancelled", "refunded")
        bought = [row for row in rows if row["kind"] in ("order", "contract", None)]
        lost = {row["transaction_id"] for row in bought if row["status"] in gone}
        kept = [{**row, "is_refund": False} for row in bought if row["status"] not in gone]
        refunds = [row for row in rows if row["kind"] == "refund" and row["refund_of"] not in lost]
        origins = {
            row["transaction_id"]: row for row in self._day_rows(kept) if row["customer_id"] is not None
        }
        for place, row in enumerate(refunds):
            if row["channel"] is None and row["refund_of"] in origins:
                refunds[place] = {**row, "channel": origins[row["refund_of"]]["channel"]}
        return self._day_rows(kept + [{**row, "is_refund": True} for row in refunds])

    def _lines(self):
        orders = {row["transaction_id"]: row for row in self.sources["orders"] if not row["is_refund"]}
        products = {row["product_id"]: row for row in self.rows["products"]}
        blank = {"product": None, "category": None}
        bought = [line for line in self.rows["order_lines"] if line["transaction_id"] in orders]
        names = ("customer_id", "day", "channel", "currency")
        theirs = [{name: orders[line["transaction_id"]][name] for name in names} for line in bought]
        return [
            {**products.get(line["product_id"], blank), **line, **of}
            for line, of in zip(bought, theirs, strict=True)
        ]

    def _day_rows(self, rows):
        dated = [{**row, "day": self._day(row)} for row in rows]
        return [row for row in dated if row["day"] is not None and row["day"] <= self.as_of]

    def _day(self, row):
        if "local_date" in row:
            return row["local_date"]
        return row["time"] and row["time"].astimezone(self.zone).date()


def test(value, op, wanted):
    """A value compared; None where it is missing."""
    if op in ("known", "unknown"):
        return (value is None) == (op == "unknown")
    return None if value is None else COMPARE[op](value, wanted)


test.__test__ = False


def _cell(row, column):
    value = row[MONEY.get(column, column)]
    return value / 1e6 if column in MONEY and value is not None else value


def _plain(node):
    value = node.get("value")
    if node.get("field") in ("created_date", "Since") and not node.get("ago"):
        return (
            [dt.date.fromisoformat(day) for day in value]
            if isinstance(value, list)
            else value and dt.date.fromisoformat(value)
        )
    return value
