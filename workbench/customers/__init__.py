"""Questions about customers: what each one bought, how often and when last.

`purchases(store, as_of="2026-06-30")` answers with one row a customer.
"""

from __future__ import annotations

from workbench.customers.purchases import ORDER_KINDS, Purchases, purchases

__all__ = ["ORDER_KINDS", "Purchases", "purchases"]
