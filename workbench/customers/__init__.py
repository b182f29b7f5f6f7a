"""Questions about customers: what each one bought, and what each one will be worth.

`purchases(store, as_of="2026-06-30")` answers with one row a customer;
`fit_clv(store, as_of="2026-06-30").predict(horizon_days=365)` foresees them.
"""

from __future__ import annotations

from workbench.customers.clv import fit_clv
from workbench.customers.model import ClvModel
from workbench.customers.purchases import ORDER_KINDS, Purchases, purchases
from workbench.customers.remarks import Remark

__all__ = [
    "ORDER_KINDS",
    "ClvModel",
    "Purchases",
    "Remark",
    "fit_clv",
    "purchases",
]
