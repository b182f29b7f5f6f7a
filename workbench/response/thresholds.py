"""When something about a fit is worth a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What a check needs; the first number of a pair asks for a look, the second one fails.

    Attributes:
        periods: Periods that are enough, and too few.
        explained: Share of the outcome's variance that the fit explains.
        persistence: Correlation of a residual with that of the period before.
        entangled: Times that other columns widen a channel's variance.
        varied: Coefficient of variation of a channel's spend.
        negative: Share of periods whose baseline is below 0.
        missed: Mean absolute error of periods that the fit did not see, as a share of the outcome.
        beyond: Half-saturation ÷ highest spend seen.
        held_out: Share of the periods that are held out.
        silent: Width of a half-saturation's plausible values ÷ that of its prior.
    """

    periods: tuple[int, int] = (52, 26)
    explained: tuple[float, float] = (0.8, 0.5)
    persistence: tuple[float, float] = (0.3, 0.6)
    entangled: tuple[float, float] = (5.0, 20.0)
    varied: tuple[float, float] = (0.15, 0.03)
    negative: tuple[float, float] = (0.0, 0.1)
    missed: tuple[float, float] = (0.15, 0.3)
    beyond: float = 1.0
    held_out: float = 0.125
    silent: float = 0.95
