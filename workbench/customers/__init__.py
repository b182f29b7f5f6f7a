"""Questions about customers: what each one bought, and what each one will be worth; the card of one.

`purchases(store, as_of="2026-06-30")` answers with one row a customer;
`fit_clv(store, as_of="2026-06-30").predict(horizon_days=365)` foresees them;
`card(store, "u00014")` tells everything about one, with the next best action.
"""

from __future__ import annotations

from workbench.customers.cards import Card, Found, card, find, identify, pressing
from workbench.customers.clv import fit_clv
from workbench.customers.model import ClvModel
from workbench.customers.purchases import ORDER_KINDS, Purchases, purchases
from workbench.customers.remarks import Remark
from workbench.customers.service import Interactions, interactions

__all__ = [
    "ORDER_KINDS",
    "Card",
    "ClvModel",
    "Found",
    "Interactions",
    "Purchases",
    "Remark",
    "card",
    "find",
    "fit_clv",
    "identify",
    "interactions",
    "pressing",
    "purchases",
]
