"""How customers are looked after: answers, solutions, complaints, reactions, days since the last contact."""

from __future__ import annotations

from workbench.customers.service.answer import Interactions
from workbench.customers.service.ask import interactions

__all__ = ["Interactions", "interactions"]
