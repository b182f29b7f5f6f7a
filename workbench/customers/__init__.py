"""Questions about customers: what each one bought, and what each one will be worth; the card of one.

`purchases(store, as_of="2026-06-30")` answers with one row a customer;
`fit_clv(store, as_of="2026-06-30").predict(horizon_days=365)` foresees them,
`fit_contracts(store, as_of="2026-06-30")` foresees those with contracts,
`propensity(store, "buy")` says who will do it next, and
`backtest(store, as_of="2026-06-30")` says how far such forecasts could be trusted so far;
`card(store, "u00014")` tells everything about one, with the next best action.
"""

from __future__ import annotations

from workbench.customers.backtest import backtest
from workbench.customers.backtested import BackTest, Calibration
from workbench.customers.cards import Card, Found, card, find, identify, pressing
from workbench.customers.clv import fit_clv
from workbench.customers.contract_model import ContractModel
from workbench.customers.contracts import fit_contracts
from workbench.customers.model import ClvModel
from workbench.customers.propensity import propensity
from workbench.customers.propensity_model import PropensityModel
from workbench.customers.purchases import ORDER_KINDS, Purchases, purchases
from workbench.customers.remarks import Remark
from workbench.customers.service import Interactions, interactions

__all__ = [
    "ORDER_KINDS",
    "BackTest",
    "Calibration",
    "Card",
    "ClvModel",
    "ContractModel",
    "Found",
    "Interactions",
    "PropensityModel",
    "Purchases",
    "Remark",
    "backtest",
    "card",
    "find",
    "fit_clv",
    "fit_contracts",
    "identify",
    "interactions",
    "pressing",
    "propensity",
    "purchases",
]
