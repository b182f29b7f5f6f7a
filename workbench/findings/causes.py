"""Why a quotient changed: which of its factors did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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

MOST = 0.6
"""Part of the change from which on one factor is the cause."""


def logs(sums: Sequence[Sums], metric: str) -> dict[str, np.ndarray]:
    """Logarithm of how often each factor multiplied from the past to now, by group; empty for no product.

    Args:
        sums: Now, and before. metric: The figure.
    """
    import numpy as np

    found = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in MADE_OF.get(metric, {}):
            top, bottom = FACTORS[name]
            now, before = (quotient(total(part, top), total(part, bottom)) for part in sums)
            found[name] = np.log(now / before)
    return found


def cause(parts: dict[str, np.ndarray], metric: str, group: int) -> Aside | None:
    """The factor that makes up most of a change; None where several do.

    Args:
        parts: As `logs` gives them. metric: The figure. group: Which one.
    """
    import numpy as np

    shifts = {name: float(parts[name][group]) * sign for name, sign in MADE_OF.get(metric, {}).items()}
    whole = sum(shifts.values())
    if not shifts or not np.isfinite(whole) or whole == 0:
        return None
    name = max(shifts, key=lambda one: shifts[one] / whole)
    if shifts[name] / whole < MOST:
        return None
    change = float(np.expm1(parts[name][group]))
    values = {
        "factor": translated(f"findings.factor_{name}"),
        "direction": translated("findings.up" if change > 0 else "findings.down"),
        "change": Percent(abs(change)),
    }
    return Aside("mostly", values)
