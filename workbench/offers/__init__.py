"""Questions about the next best offer: which product to whom, and whether that beats what is popular.

`fit(store)` learns from what was bought together and one after the other; `.offers(k=3)` ranks products for
customers who may be addressed, `.check` says how often such offers came true in days the model had not seen.
"""

from __future__ import annotations

from workbench.offers.ask import fit
from workbench.offers.model import OfferModel
from workbench.offers.next import NextOffers, next_offers
from workbench.offers.rules import rules_of

__all__ = ["NextOffers", "OfferModel", "fit", "next_offers", "rules_of"]
