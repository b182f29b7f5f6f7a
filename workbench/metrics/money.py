"""One currency an answer: other amounts are converted at their own day's rate, or left out and named."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.catalogue import FACTS, MONEY_FACTS
from workbench.errors import QuestionError, unknown
from workbench.metrics.notes import Note
from workbench.metrics.rates import Rates, Way
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    import numpy as np

    from workbench.data import Store
    from workbench.metrics.sums import Grid


@dataclass(frozen=True)
class Currency:
    """The reporting currency of an answer.

    Attributes:
        code: ISO 4217 code; `XXX` where the data names none.
        only: The code when other currencies must be left out, else None.
        notes: What is converted, how, and what is left out.
    """

    code: str
    only: str | None
    notes: tuple[Note, ...] = ()


def checked(code: str | None) -> str:
    """A currency as asked for; empty for none.

    Raises:
        QuestionError: for what is no ISO 4217 code.
    """
    from workbench.sources.words import currencies

    if code is not None and not isinstance(code, str):
        raise QuestionError(f"The currency is {code!r}, which is no text.", "Give a code such as 'CNY'.")
    if not code:
        return ""
    if code.strip().upper() not in currencies():
        raise unknown("currency", code, currencies())
    return code.strip().upper()


def reporting_in(store: Store, code: str | None) -> Store:
    """The store as it is where the settings name this currency, for questions that ask many others.

    Args:
        store: The store; the answer is the same one, read only, at its data version.
        code: ISO 4217 code; None or empty: as the settings say.

    Raises:
        QuestionError: for what is no ISO 4217 code.
    """
    wanted = checked(code)
    if not wanted or wanted == store.settings.currency:
        return store
    found = copy(store)
    found.settings = replace(store.settings, currency=wanted)
    return found


def reporting(cells: Grid, asked: str, wanted: str, rates: Rates) -> tuple[Grid, Currency]:
    """Bring day sums into one currency.

    Args:
        cells: Day sums by the currency of their amounts.
        asked: Currency of the question; empty: not said.
        wanted: Currency of the settings: taken if any amount is in it or has a rate into it.
        rates: Exchange rates.

    Returns:
        The cells with converted amounts, and the currency; without any wish it is that of most rows.
    """
    found = _by_rows(cells)
    if not found:
        return cells, Currency(asked or wanted or NO_CURRENCY, None)
    code = asked or found[0]
    if wanted and not asked:
        reached, _ = _converted(cells, wanted, found, rates)
        code = wanted if wanted in reached.money_in else code
    cells, change = _converted(cells, code, found, rates)
    return cells, _currency(cells, code, change)


@dataclass(frozen=True)
class Change:
    """What was converted: which rows, from which currencies, by which ways."""

    rows: np.ndarray
    names: tuple[str, ...]
    ways: tuple[Way, ...]


def _by_rows(cells: Grid) -> list[str]:
    """Currencies of the amounts: most rows first, for amounts of two have no order; `XXX` last."""
    import numpy as np

    codes, code_of = np.unique(cells.money_in.astype(str), return_inverse=True)
    rows = np.bincount(code_of, cells.rows, minlength=len(codes))
    found = sorted(
        (code == NO_CURRENCY, -count, code) for code, count in zip(codes.tolist(), rows, strict=True)
    )
    return [code for _, _, code in found if code]


def _converted(cells: Grid, code: str, found: Sequence[str], rates: Rates) -> tuple[Grid, Change]:
    """The cells with every amount in `code` that has a rate; the rest stays as it is."""
    import numpy as np

    factor, names, ways = np.full(len(cells.day), np.nan), [], dict[Way, None]()
    for name in sorted(set(found) - {code, NO_CURRENCY}):
        rows = cells.money_in == name
        factor[rows], used = rates.factors(name, code, cells.day[rows])
        ways |= dict.fromkeys(used)
        names += [name] if not np.isnan(factor[rows]).all() else []
    rows = ~np.isnan(factor)
    amounts = {FACTS[fact] for fact in MONEY_FACTS}
    facts = {
        column: np.where(rows, sums * factor, sums) if column in amounts else sums
        for column, sums in cells.facts.items()
    }
    changed = replace(cells, facts=facts, money_in=np.where(rows, code, cells.money_in))
    return changed, Change(rows, tuple(names), tuple(ways))


def _currency(cells: Grid, code: str, change: Change) -> Currency:
    import numpy as np

    every, notes = float(cells.rows.sum()), []
    left = sorted(set(cells.money_in.tolist()) - {code, ""})
    if others := [name for name in left if name != NO_CURRENCY]:
        share = float(cells.rows[np.isin(cells.money_in, others)].sum()) / every
        notes.append(Note.of("other_currencies", currency=code, others=others, share=share))
    if NO_CURRENCY in left:
        share = float(cells.rows[cells.money_in == NO_CURRENCY].sum()) / every
        notes.append(Note.of("unsaid_currency", currency=code, share=share))
    if change.names:
        share = float(cells.rows[change.rows].sum()) / every
        notes.append(Note.of("converted", currency=code, others=change.names, share=share))
    if change.ways:
        notes.append(Note.of("derived_rates", ways=change.ways))
    return Currency(code, code if left else None, tuple(notes))
