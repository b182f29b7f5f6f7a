"""One currency an answer: amounts in another are left out, and the answer says which part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.metrics.notes import Note
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    from workbench.metrics.sums import Grid


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


def reporting(cells: Grid, wanted: str) -> Currency:
    """Choose the currency of day sums: the wanted one if any amount is in it, else that of most rows.

    Rows, for amounts of two currencies have no order; rows that name none (`XXX`) come last.
    """
    import numpy as np

    codes, code_of = np.unique(cells.money_in.astype(str), return_inverse=True)
    rows = np.bincount(code_of, cells.rows, minlength=len(codes))
    found = sorted(
        (code == NO_CURRENCY, -count, code) for code, count in zip(codes.tolist(), rows, strict=True)
    )
    order = [code for _, _, code in found if code]
    if not order:
        return Currency(wanted or NO_CURRENCY, None)
    code = wanted if wanted in order else order[0]
    if len(order) == 1:
        return Currency(code, None)
    others = sorted(set(order) - {code})
    share = float(rows[np.isin(codes, others)].sum() / rows.sum())
    return Currency(code, code, (Note.of("other_currencies", currency=code, others=others, share=share),))
