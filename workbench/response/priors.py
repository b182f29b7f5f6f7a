"""What is believed before the data speak; every number is a share or a ratio, so no unit matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from workbench.errors import QuestionError, unknown

REACH = 3.0
"""Standard deviations to each side that a fit looks at."""


@dataclass(frozen=True)
class Priors:
    """Centres and standard deviations.

    Attributes:
        kept: Logit of the share kept from a period to the next (0.35 at the centre).
        peak: Logarithm of the periods until a delayed effect is greatest.
        carry_shape, carry_scale: Logarithms of the Weibull carry-over's shape and scale in periods.
        half_saturation: Logarithm of half-saturation ÷ a usual period's spend.
        shape: Logarithm of a Hill curve's shape.
        power: Logarithm of a power curve's exponent.
        media: Share of the outcome that all media bring together.
        spread: Standard deviation of a channel's share around media × its share of spend, in shares of spend.
        pooling: Standard deviation of regions around their channel at the start; the data correct it.
        intercept, trend, season, holiday, control: Standard deviations in shares of the mean outcome.
    """

    kept: tuple[float, float] = (-0.62, 1.2)
    peak: tuple[float, float] = (0.3, 0.6)
    carry_shape: tuple[float, float] = (0.0, 0.35)
    carry_scale: tuple[float, float] = (0.0, 0.7)
    half_saturation: tuple[float, float] = (0.2, 0.8)
    shape: tuple[float, float] = (0.0, 0.25)
    power: tuple[float, float] = (-0.6, 0.35)
    media: tuple[float, float] = (0.3, 0.2)
    spread: float = 0.25
    pooling: float = 0.3
    intercept: float = 3.0
    trend: float = 1.0
    season: float = 0.5
    holiday: float = 1.0
    control: float = 0.5

    def but(self, given: Any) -> Priors:
        """The same with what `given`, a mapping, replaces.

        Raises:
            QuestionError: for an unknown prior, or one that is no pair (centre, sd) or no sd.
        """
        if given is not None and not isinstance(given, Mapping):
            raise QuestionError(f"priors={given!r} are no priors.", "Write {'half_saturation': (0.2, 0.8)}.")
        if not given:
            return self
        names = {item.name: getattr(self, item.name) for item in fields(self)}
        for name, value in dict(given).items():
            if name not in names:
                raise unknown("prior", name, names)
            if not _fits(names[name], value):
                raise QuestionError(
                    f"The prior {name!r} is {value!r}.",
                    "Give a pair (centre, sd), with an sd above 0."
                    if isinstance(names[name], tuple)
                    else "Give one sd above 0.",
                )
        found: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in dict(given).items()}
        return replace(self, **found)


def _fits(usual: Any, value: Any) -> bool:
    try:
        if isinstance(usual, tuple):
            centre, sd = (float(item) for item in value)
            return abs(centre) < 1e9 and 0 < sd < 1e9
        return 0 < float(value) < 1e9
    except (TypeError, ValueError):
        return False
