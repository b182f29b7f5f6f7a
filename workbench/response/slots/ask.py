"""`fit_slots`: the question, checked and answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from workbench.errors import QuestionError
from workbench.explained import explained
from workbench.response.notes import Note
from workbench.response.slots import rows
from workbench.response.slots.learning import Learnt, learn
from workbench.response.slots.model import DRAWS, SlotModel
from workbench.response.slots.panel import Panel


@dataclass(frozen=True)
class SlotHow:
    """How slots are fitted.

    Attributes:
        outcome: `conversions` or `clicks`; None: conversions, and clicks where there are none, with a note.
        half_life: Weeks after which a week counts half; None: as earlier weeks foresee later ones best;
            `float("inf")`: all weeks count alike.
        holidays: Days that are left out, or name → days.
        weeks: Weeks that the rows add up, where there is no column `week`.
        value: Value of one conversion.
    """

    outcome: str | None = None
    half_life: float | None = None
    holidays: Any = None
    weeks: float = 1.0
    value: float | None = None


@explained(how=SlotHow)
def fit_slots(
    frame: Any,
    by: str | Sequence[str] = ("channel", "region"),
    *,
    outcome: str | None = None,
    half_life: float | None = None,
    holidays: Any = None,
    weeks: float = 1.0,
    value: float | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> SlotModel:
    """Learn what each hour of the week brings, sparse slots drawn to a surface of all.

    conversions ~ NegBin(rate · k · (1 − e^(−spend ÷ k))), k the slot's inventory; ln rate is a surface of
    weekdays and daily waves by group, groups drawn to those around them, and slots to the surface.

    Args:
        frame: pandas, Polars, Arrow or Ibis; one row a slot and week: the `by` columns, `hour_of_week`
            (0 = Monday 0 h … 167), `cost`, `conversions`; optional `clicks`; `capacity` (currency a week at
            which the slot saturates); `week` (its Monday or number); `timed_by` (`click` or `conversion`:
            what the hour of a conversion is), as `slot_frame` makes it.
        by: Columns that name a group, the coarser first: groups are drawn to their neighbours within it.
        {how}
        draws: Plausible surfaces for intervals; 0: none.
        seed: Of the random numbers.

    Returns:
        The model.

    Raises: InputError: for a frame that cannot be read. QuestionError: for parameters that do not fit.

    Source: N. Breslow, D. Clayton, *Approximate inference in generalized linear mixed models*, 1993;
    discounting: A. Harvey, C. Fernandes, *Time series models for count or qualitative observations*, 1989.
    """
    how = SlotHow(outcome, _half_life(half_life), holidays, weeks, _value(value))
    return fitted(rows.read(frame, by, outcome, holidays, weeks), how, _draws(draws), seed)


def fitted(panel: Panel, how: SlotHow, draws: int, seed: int) -> SlotModel:
    """The model of a panel."""
    learnt = learn(panel, how.half_life)
    rate, capacity = learnt.draw(draws, seed)
    notes = (*panel.notes, *_notes(panel, learnt))
    return SlotModel(panel, learnt, rate, capacity, how.value, notes)


def _notes(panel: Panel, learnt: Learnt) -> tuple[Note, ...]:
    found = []
    if int(panel.rows.sum()) == 1:
        found.append(Note.of("slot_one"))
    if np.isfinite(learnt.half_life):
        found.append(Note.of("slot_discount", weeks=f"{learnt.half_life:g}"))
    if not learnt.inventory.known:
        found.append(Note.of("slot_no_capacity"))
    return tuple(found)


def _half_life(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, Real) or not float(given) > 0:
        raise QuestionError(f"half_life={given!r} is no number of weeks.", "Use a number above 0, or None.")
    return float(given)


def _value(given: Any) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, Real) or not 0 < float(given) < float("inf"):
        raise QuestionError(f"value={given!r} is no value of a conversion.", "Give a number above 0.")
    return float(given)


def _draws(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= 10_000:
        raise QuestionError(f"draws={given!r} is no number of draws.", "Use 0 (none) to 10000.")
    return given
