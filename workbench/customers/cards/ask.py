"""The question of the card."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench.arguments import right_kinds
from workbench.customers.cards import rules as table_of
from workbench.customers.cards.answer import Card
from workbench.customers.cards.facts import Seen, facts
from workbench.customers.cards.figures import figures
from workbench.customers.cards.finding import identify
from workbench.customers.cards.history import timeline
from workbench.customers.cards.permits import permits
from workbench.customers.cards.profile import profile
from workbench.customers.cards.rows import last_day, of_customer
from workbench.customers.cards.rules import Table, actions
from workbench.customers.cards.worth import worth
from workbench.customers.purchases import day_of
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    from workbench.data import Store


@right_kinds
def card(
    store: Store,
    customer_id: str,
    as_of: dt.date | str | None = None,
    rules: Table | None = None,
    reason: str = "",
    who: str = "",
) -> Card:
    """Put one customer's card together.

    Args:
        store: The store.
        customer_id: Pseudonym, or the identifier under which the source knows the customer.
        as_of: Last day that counts; None: the last day of orders, contacts or delivery.
        rules: What to do next, first things first; None: the built-in table.
        reason: Why the personal values are opened; it is kept in the audit log. Empty: they stay masked.
        who: Who opens them; empty: the user of this machine.

    Returns:
        Profile, figures, worth with churn and lapse risk, timeline, permits, and the actions that suggest
        themselves. The worth comes from `fit_clv` on all customers of the store, fitted once a data version
        and day.

    Raises:
        QuestionError: for a customer whom nothing knows, or a day that is none.
        PrivacyError: when personal values cannot be opened.
    """
    from workbench.privacy import open_personal

    table = table_of.builtin() if rules is None else table_of.checked(rules)
    day = last_day(store) if as_of is None else day_of(as_of)
    customer = identify(store, customer_id)
    opened = dict(open_personal(store, customer, reason, who).values) if reason else None
    rows = of_customer(store, customer, day)
    known, about, allowed = figures(rows), profile(store, rows, opened), permits(store, rows)
    currency = known.currency if known.currency != NO_CURRENCY else store.settings.currency or NO_CURRENCY
    ahead = worth(store, customer, day, currency)
    read = facts(Seen(rows, known, ahead, allowed, about.birth_date))
    return Card(
        customer_id=customer,
        as_of=day,
        profile=about,
        figures=known,
        worth=ahead,
        permits=allowed,
        actions=actions(table, read, allowed, known.contacts_30),
        timeline=timeline(rows),
        contracts=tuple(row for row in rows.counted if row["kind"] == "contract"),
        tags=tuple(rows.tables["tags"]),
        is_cut=rows.cut,
        data_version=store.version,
    )
