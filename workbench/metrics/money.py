"""One currency an answer: amounts in another are left out, and the answer says which part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.metrics.notes import Note
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Currency:
    """The reporting currency of an answer.

    Attributes:
        code: ISO 4217 code; `XXX` where the data names none.
        only: The code when other currencies must be left out, else None.
        notes: What is left out.
    """

    code: str
    only: str | None
    notes: tuple[Note, ...] = ()


def reporting(frame: pd.DataFrame, wanted: str) -> Currency:
    """Choose the currency of day sums: the wanted one if any amount is in it, else the costliest.

    Args:
        frame: Day sums with `money_in`, `rows` and, where asked for, `cost_micros`.
        wanted: The workspace's setting; empty for none.
    """
    amounts = frame[frame["money_in"] != ""]
    if amounts.empty:
        return Currency(wanted or NO_CURRENCY, None)
    weight = amounts["cost_micros"].fillna(0.0)
    by_code = weight.groupby(amounts["money_in"], observed=True).sum()
    rows = amounts["rows"].groupby(amounts["money_in"], observed=True).sum()
    order = sorted(by_code.index, key=lambda code: (-by_code[code], -rows[code], code))
    code = wanted if wanted in order else order[0]
    if len(order) == 1:
        return Currency(code, None)
    others = sorted(set(order) - {code})
    share = float(rows[others].sum() / frame["rows"].sum())
    return Currency(code, code, (Note.of("other_currencies", currency=code, others=others, share=share),))
