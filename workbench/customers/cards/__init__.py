"""One customer's card: who it is, what was bought and said, what is to be expected, what to do next."""

from __future__ import annotations

from workbench.customers.cards.answer import Card
from workbench.customers.cards.ask import card
from workbench.customers.cards.finding import Found, find, identify, pressing

__all__ = ["Card", "Found", "card", "find", "identify", "pressing"]
