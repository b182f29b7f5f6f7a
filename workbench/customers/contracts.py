"""Contractual customers: who renews, who leaves, and what the contracts that run will still bring."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers import sbg
from workbench.customers.contract_model import ContractModel
from workbench.customers.remarks import Remark
from workbench.customers.spells import read, spells
from workbench.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.customers.fitting import Fit

FEWEST = 30
"""Relationships that came to a renewal, under which two parameters say too little."""

GRACE = 30


@right_kinds
def fit_contracts(
    contracts: Any,
    as_of: dt.date | str,
    grace_days: int = GRACE,
    timezone: str | None = None,
    currency: str | None = None,
) -> ContractModel:
    """Fit how customers with contracts renew and leave.

    Kaplan-Meier says what was seen, the shifted-beta-geometric (Fader & Hardie 2007) projects it. Who has a
    running contract, or one whose grace is not over, is censored on the right: the end is unknown, not far.
    The longer somebody in the grace is silent, the likelier it is the end, as the delays of others tell.

    Args:
        contracts: A store (transactions of kind `contract` with `end_date`), or a pandas, Polars, Arrow or
            Ibis table with `customer_id, start, end` (last day), `amount`.
        as_of: Last day that counts, as a date or `YYYY-MM-DD`.
        grace_days: Days after a contract's last day in which the next one still renews it.
        timezone: Zone of times that name none; plain dates are days as they are.
        currency: ISO 4217 code of the amounts; needed where a store has several.

    Returns:
        `.params`, `.curve()` (survival), `.predict(horizon_days)` (churn risk and value of each customer).

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for too short a history, or settings that make no sense.
    """
    if not grace_days >= 0:
        raise QuestionError(f"grace_days is {grace_days!r}, which makes no sense.", "Give 0 or more.")
    asked = read(contracts, as_of, timezone, currency)
    found, late = spells(asked, int(grace_days))
    _enough(found, asked.as_of)
    fitted = sbg.fit(sbg.grouped(found["settled"].to_numpy(), found["left"].to_numpy()))
    return ContractModel(
        spells=found,
        late=late,
        grace_days=int(grace_days),
        fit=fitted,
        as_of=asked.as_of,
        currency=asked.currency,
        remarks=asked.remarks + _remarks(fitted),
        data_version=asked.data_version,
    )


def _enough(found: pd.DataFrame, day: dt.date) -> None:
    came = int(((found["settled"] > 0) | (found["left"] > 0)).sum())
    if came < FEWEST:
        raise QuestionError(
            f"Not enough history: of {len(found):,} contract relationships up to {day.isoformat()}, {came:,} "
            f"came to a renewal, and at least {FEWEST} must.",
            "Give a longer history or a later as_of.",
        )
    for column, what in (("left", "ended"), ("settled", "was renewed")):
        if not found[column].any():
            raise QuestionError(
                f"None of {len(found):,} contract relationships {what} up to {day.isoformat()}, so nothing "
                f"can be foreseen.",
                "Check end_date and grace_days, or give a longer history.",
            )


def _remarks(fitted: Fit) -> tuple[Remark, ...]:
    return (Remark.of("edge", names=", ".join(sbg.NAMES)),) if fitted.at_edge.any() else ()
