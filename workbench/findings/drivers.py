"""Why a sum changed: which of its factors, and which of its members, exactly and with nothing left over.

The factors of a product x = ∏ f share its change by the logarithmic mean (LMDI I, Ang 2004):
Δ of f = L(x₁, x₀)·ln(f₁/f₀), L(a, b) = (a − b)/ln(a/b). The parts add up to the change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping


def parts_of_change(now: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """How much of the change of a product comes from each of its factors.

    Args:
        now: Factor → its value, above 0.
        before: The same before.

    Returns:
        Factor → its part of the change, in the unit of the product; empty where a factor is not above 0.
    """
    every = [*now.values(), *before.values()]
    if not all(math.isfinite(value) and value > 0 for value in every):
        return {}
    mean = logarithmic_mean(math.prod(now.values()), math.prod(before.values()))
    return {name: mean * math.log(now[name] / before[name]) for name in now}


def logarithmic_mean(one: float, other: float) -> float:
    """(one − other) / ln(one / other), which is `one` where both are the same."""
    ratio = one / other
    return one if math.isclose(ratio, 1.0, rel_tol=1e-12) else (one - other) / math.log(ratio)


def leading(parts: Mapping[str, float], change: float) -> tuple[list[str], str]:
    """Members that made a change, the largest part first, and the one that stood most against it.

    Args:
        parts: Member → its part.
        change: The whole.

    Returns:
        At most two members, and the other; empty where there is none.
    """
    with_it = sorted(
        (name for name, part in parts.items() if part * change > 0), key=lambda n: -abs(parts[n])
    )
    against = [name for name, part in parts.items() if part * change < 0]
    return with_it[:2], max(against, key=lambda name: abs(parts[name]), default="")
