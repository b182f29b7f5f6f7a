"""Why a quotient changed: which of its factors did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.findings.drivers import parts_of_change
from workbench.findings.finding import Aside, Percent, translated
from workbench.findings.page import total
from workbench.metrics.intervals import quotient
from workbench.metrics.sums import Sums

if TYPE_CHECKING:
    import numpy as np

FACTORS = {"cpc": ("cost", "clicks"), "cvr": ("conversions", "clicks"), "each": ("revenue", "conversions")}
"""Factor → (numerator, denominator)."""

MADE_OF = {"cpa": {"cpc": 1.0, "cvr": -1.0}, "roas": {"cvr": 1.0, "each": 1.0, "cpc": -1.0}}
"""Figure → its factors, with −1 for those that divide."""

Factors = Mapping[str, tuple["np.ndarray", "np.ndarray"]]
"""Factor → its values now and before, by group."""


def factors(sums: Sequence[Sums], metric: str) -> Factors:
    """The factors of a figure by group; empty for one that is no product.

    Args:
        sums: Now, and before. metric: The figure.
    """
    return {
        name: tuple_of(
            quotient(total(part, FACTORS[name][0]), total(part, FACTORS[name][1])) for part in sums
        )
        for name in MADE_OF.get(metric, {})
    }


def tuple_of(both: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Now and before."""
    now, before = both
    return now, before


def cause(known: Factors, metric: str, group: int, most: float) -> Aside | None:
    """The factor that makes up most of a change; None where several do, or one is unknown.

    Args:
        known: As `factors` gives them. metric: The figure. group: Which one.
        most: Part of the change from which on one factor is the cause.
    """
    powers = MADE_OF.get(metric, {})
    now, before = ({name: float(known[name][side][group]) for name in powers} for side in (0, 1))
    if not powers or not all(value > 0 for value in (*now.values(), *before.values())):
        return None
    parts = parts_of_change(
        *({name: value ** powers[name] for name, value in ends.items()} for ends in (now, before))
    )
    whole = sum(parts.values())
    name = max(parts, key=lambda one: parts[one] / whole if whole else 0.0, default="")
    if not whole or parts[name] / whole < most:
        return None
    change = now[name] / before[name] - 1
    values = {
        "factor": translated(f"findings.factor_{name}"),
        "direction": translated("findings.up" if change > 0 else "findings.down"),
        "change": Percent(abs(change)),
    }
    return Aside("mostly", values)
