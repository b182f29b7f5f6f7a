"""By which methods whom may be contacted for what, and which of them most likely pleases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.contacts.due.events import Asked
from workbench.contacts.due.rules import NEEDS
from workbench.customers.cards.permits import BARRED, MARKETING
from workbench.errors import InputError, QuestionError
from workbench.privacy import allowed
from workbench.privacy.consent import EVERY
from workbench.store.kept import Kept

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

NOTHING_SAID = "no_decision"
GRANTED = ("granted",)
OPEN = ("granted", NOTHING_SAID)


_CHANCES: Kept[pd.DataFrame] = Kept(2)


@dataclass(frozen=True, eq=False)
class Permits:
    """What customers said to each method of contact.

    Attributes:
        methods: Methods, those used most first.
        customers: Pseudonyms.
        said: (customers, methods): the reason that `privacy.allowed` gives, the worse one of two moments.
    """

    methods: tuple[str, ...]
    customers: pd.Index
    said: np.ndarray

    def may(self, customers: pd.Series, kinds: pd.Series) -> np.ndarray:
        """Whether a contact of a kind is allowed: (rows, methods)."""
        import pandas as pd

        said = self.said[self.customers.get_indexer(pd.Index(customers))]
        needs = kinds.map(NEEDS).to_numpy()[:, None]
        found: np.ndarray = np.where(
            needs == "nothing",
            True,
            np.where(needs == "consent", np.isin(said, GRANTED), np.isin(said, OPEN)),
        )
        return found

    def barred(self, customers: pd.Series) -> np.ndarray:
        """Whether a customer must not be contacted at all."""
        import pandas as pd

        said = self.said[self.customers.get_indexer(pd.Index(customers))]
        found: np.ndarray = (said == BARRED).all(axis=1) & (said.shape[1] > 0)
        return found


def permits(asked: Asked, customers: Sequence[str]) -> Permits:
    """What customers said at the end of the last day, and now: a moment past brings no consent back."""
    import pandas as pd

    store, people = asked.store.whole, pd.Index(customers)
    purpose, channels = _known(store)
    methods = _methods(store, [name for name in channels if name != EVERY], asked.rules.consent_of)
    end = dt.datetime.combine(asked.day, dt.time.max, store.zone)
    said = np.full((len(people), len(methods)), NOTHING_SAID, dtype=object)
    for at, method in enumerate(methods):
        channel = asked.rules.consent_of.get(method, method)
        if len(people) and (channel in channels or EVERY in channels):
            then, now = (_said(store, list(people), purpose, channel, moment) for moment in (end, None))
            said[:, at] = np.where(np.isin(now, GRANTED), then, now)
    return Permits(tuple(methods), people, said)


def _said(store: Store, people: list[str], purpose: str, channel: str, at: dt.datetime | None) -> np.ndarray:
    """Reasons; what was said to another purpose counts only where it was said to all of them."""
    found: np.ndarray = allowed(store, people, purpose, channel, at)["reason"].to_numpy(object)
    return found if purpose == MARKETING else np.where(found == BARRED, found, NOTHING_SAID)


def _known(store: Store) -> tuple[str, list[str]]:
    """The purpose to ask for, marketing where decisions name it or none, and the channels that they name."""
    if "consent" not in store.tables:
        return MARKETING, []
    table = store.table("consent")
    rows = store.query(table.select("purpose", "channel").distinct()).to_pylist()
    purposes = sorted({row["purpose"] for row in rows if row["purpose"] and row["purpose"] != EVERY})
    purpose = MARKETING if MARKETING in purposes or not purposes else purposes[0]
    return purpose, sorted({row["channel"] for row in rows if row["channel"]})


def _methods(store: Store, channels: Sequence[str], consent_of: Mapping[str, str]) -> list[str]:
    """Methods to which customers can say yes or no, those used most first.

    Without any decision about channels, all that were used.
    """
    used: list[str] = []
    if "interactions" in store.tables:
        made = store.table("interactions")
        made = made.filter(made.direction == "outbound", made.method.notnull())
        rows = store.query(made.group_by("method").aggregate(n=made.count())).to_pylist()
        used = [row["method"] for row in sorted(rows, key=lambda row: (-row["n"], row["method"]))]
    known = [*used, *(name for name in channels if name not in used)]
    return [name for name in known if not channels or consent_of.get(name, name) in channels]


def consents(
    store: Store,
    methods: Sequence[str],
    purpose: str = MARKETING,
    consent_of: Mapping[str, str] | None = None,
    at: dt.datetime | None = None,
) -> pd.DataFrame:
    """Who may be contacted by which method, as the rule `consent` of `workbench.optimize.plan_contacts`.

    A method that no decision names, and a customer who never decided, has no consent.

    Args:
        store: The store.
        methods: Methods of contact.
        purpose: As consents name it.
        consent_of: Method without a consent of its own → channel whose consent counts for it.
        at: Instant with a time zone; None: now.

    Returns:
        One row a customer and method: `customer_id, method, allowed, reason`.

    Raises:
        QuestionError: for a time without a zone.
    """
    import pandas as pd

    channels = _known(store)[1]
    everybody = store.query(store.table("customers").select("customer_id")).to_pandas()
    parts = []
    for method in methods:
        channel = (consent_of or {}).get(method, method)
        part = everybody.assign(method=method, allowed=False, reason=NOTHING_SAID)
        if channel in channels or EVERY in channels:
            told = allowed(store, everybody["customer_id"].tolist(), purpose, channel, at)
            part = part.assign(allowed=told["allowed"].to_numpy(), reason=told["reason"].to_numpy())
        parts.append(part)
    found: pd.DataFrame = pd.concat(parts, ignore_index=True)
    return found


def chances(store: Store, group: str) -> pd.DataFrame:
    """Probability of a positive reaction by class (rows) and method (columns), partially pooled.

    Empty where no contact has a reaction.
    """
    return _CHANCES.of(store, group, lambda: _chances(store, group))


def _chances(store: Store, group: str) -> pd.DataFrame:
    import pandas as pd

    from workbench.compare.matrix import effects

    try:
        cells = effects(store, group=group).table
    except (InputError, QuestionError):
        return pd.DataFrame()
    table: pd.DataFrame = cells.pivot_table(index=group, columns="arm", values="shrunk")
    return table


def expected(
    chance: pd.DataFrame, classes: pd.Series, methods: Sequence[str], usual: float = 0.0
) -> np.ndarray:
    """Chance of each row's class with each method: (rows, methods); `usual` where nothing is known."""
    if chance.empty:
        return np.full((len(classes), len(methods)), usual)
    mean = chance.mean()
    rows = chance.reindex(index=classes, columns=list(methods)).to_numpy(float)
    found: np.ndarray = np.where(np.isnan(rows), mean.reindex(list(methods)).fillna(usual).to_numpy(), rows)
    return found
