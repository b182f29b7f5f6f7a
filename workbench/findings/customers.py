"""Advice about customers: a valued segment that falls silent more often than before, and contacts due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.findings.finding import Figure, Finding, Percent, Words
from workbench.findings.page import Page, Test
from workbench.i18n import LANGUAGES, formats, text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

DAYS = 90
"""Days without an order after which a valued customer has fallen silent."""

VALUED = ("champions", "loyal")
"""Segments of RFM whose customers are valued."""

KINDS = ("complaint", "contract", "lapse")
"""Events that ask for a contact without opening anything personal."""

REACH = 1.959963984540054
"""Standard errors of a 95% interval."""


@dataclass(frozen=True)
class Silence:
    """Valued customers of a day, and how many of them ordered nothing in the `DAYS` after it.

    Attributes:
        n: Valued customers. silent: Of them without an order since.
        spend: What one of them spent in the mean in so many days until then. currency: Of it.
    """

    n: int
    silent: int
    spend: float
    currency: str

    @property
    def rate(self) -> float:
        """Share that fell silent."""
        return self.silent / self.n


def silence(store: Store, last: dt.date, fewest: int) -> Silence | None:
    """Who fell silent in the days up to one; None where too few are valued.

    Args:
        store: The store, with orders. last: Last day that counts.
        fewest: Valued customers that a share of them needs.
    """
    from workbench.segments import rfm

    start = last - dt.timedelta(days=DAYS)
    try:
        then, now = rfm(store, as_of=start), rfm(store, as_of=last)
    except WorkbenchError:
        return None  # too few days or customers for segments
    valued = then.table[then.table["segment"].isin(VALUED)]
    later = now.table.set_index("customer_id")["recency_days"].reindex(valued["customer_id"])
    if len(valued) < fewest:
        return None
    span = max(float(then.table["recency_days"].max()), DAYS)
    spend = float(valued["monetary"].mean()) * DAYS / span
    return Silence(len(valued), int((later >= DAYS).sum()), spend, now.currency)


def tests(page: Page) -> list[Test]:
    """Test whether valued customers fall silent more often than in the days before.

    Args:
        page: The question.
    """
    if "transactions" not in page.store.tables or page.where:
        return []
    from workbench.customers.cards.rows import last_day

    return until(page, last_day(page.store))


def until(page: Page, last: dt.date) -> list[Test]:
    """The same, as it was asked on a day.

    Args:
        page: The question. last: Last day that counts.
    """
    days = (last, last - dt.timedelta(days=DAYS))
    found = [silence(page.store, day, page.thresholds.people) for day in days]
    if found[0] is None or found[1] is None:
        return []
    now, before = found[0], found[1]
    p, low, high = apart(now, before)
    worse = now.rate > before.rate * (1 + page.thresholds.change)
    return [Test(p, _silent(now, before, (low, high)) if worse else None, "customers_silent")]


def apart(now: Silence, before: Silence) -> tuple[float, float, float]:
    """Chance of such a difference of two shares (pooled z), and its 95% interval (Newcombe 1998).

    Args:
        now: Silence after. before: Silence before.
    """
    from scipy.special import ndtr
    from statsmodels.stats.proportion import confint_proportions_2indep

    pooled = (now.silent + before.silent) / (now.n + before.n)
    error = (pooled * (1 - pooled) * (1 / now.n + 1 / before.n)) ** 0.5
    p = float(2 * ndtr(-abs(now.rate - before.rate) / error)) if error else 1.0
    low, high = confint_proportions_2indep(now.silent, now.n, before.silent, before.n, method="newcomb")
    return max(p, 1e-300), float(low), float(high)


def _silent(now: Silence, before: Silence, ends: tuple[float, float]) -> Finding:
    each = now.n * now.spend
    return Finding(
        id="customers_silent",
        status="bad",
        code="customers_silent",
        values={
            "now": Percent(now.rate, 1),
            "before": Percent(before.rate, 1),
            "n": now.n,
            "n_before": before.n,
            "days": DAYS,
            "spend": Figure(now.spend, "money", now.currency),
        },
        effect=-(now.rate - before.rate) * each,
        effect_range=(-ends[1] * each, -ends[0] * each),
        currency=now.currency,
        state={},
        panel="segments",
    )


def due(page: Page) -> list[Test]:
    """Contacts that events of customers ask for now; a fact, no test.

    Args:
        page: The question.
    """
    from workbench.contacts import triggers

    if not {"customers", "interactions"} <= {*page.store.tables} or page.where:
        return []
    try:
        found = triggers(page.store, kinds=KINDS)
    except WorkbenchError:
        return []
    counts = found.counts()
    if not counts:
        return []
    finding = _due(page, found, counts)
    return [Test(0.0, finding, finding.id, weight=abs(finding.effect or 0.0))]


def _due(page: Page, found: Any, counts: dict[str, int]) -> Finding:
    parts = {
        lang: ("、" if lang == "zh" else ", ").join(
            text(f"contact_triggers.count_{kind}", lang, n=formats.number(many, lang))
            for kind, many in counts.items()
        )
        for lang in LANGUAGES
    }
    gain, error = _gain(found)
    return Finding(
        id="contacts_due",
        status="info",
        code="contacts_due",
        values={"parts": Words(**parts), "n": sum(counts.values()), "days": found.days_ahead},
        effect=gain or None,
        effect_range=(max(gain - REACH * error, 0.0), gain + REACH * error) if gain else None,
        currency=page.store.settings.currency or "",
        state={},
        panel="contacts",
    )


def _gain(found: Any) -> tuple[float, float]:
    """Expected revenue of a year of those who react to one contact each, and its standard error."""
    import numpy as np

    table: pd.DataFrame = found.table
    free = ((table["held"] == "") & table["worth"].notna()).to_numpy()
    if not free.any():
        return 0.0, 0.0
    chance = np.nan_to_num(np.where(found.allowed, found.chance, 0.0)[free]).max(axis=1)
    worth = table["worth"].to_numpy(float)[free]
    return float(chance @ worth), float(np.sqrt((chance * (1 - chance)) @ worth**2))
