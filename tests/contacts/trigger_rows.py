"""Customers and consents of tests of what is due."""

from __future__ import annotations

import datetime as dt

from card_rows import permit

LAST = dt.date(2026, 10, 31)
"""Last day of the demo world."""


def people(*names):
    return [{"customer_id": name, "value_class": "high"} for name in names]


def yes(*names, channel="email", days=400):
    return [permit(channel, True, days, customer=name) for name in names]


def granted_now(store):
    """(customer, channel) with a standing consent, by the newest decision: an own reading of the table."""
    rows = store.query(
        "SELECT customer_id, channel, arg_max(granted, time) AS granted FROM consent GROUP BY 1, 2"
    ).to_pandas()
    kept = rows[rows["granted"].astype(bool)]
    return set(zip(kept["customer_id"], kept["channel"], strict=True))
