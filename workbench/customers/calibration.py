"""Whether probabilities mean what they say: calibration error, Brier, ranking, and recalibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS = 10
EDGE = 1e-6
"""Probabilities are kept this far from 0 and 1 before their logit is taken."""

STEPS = 50
RIDGE = 1e-6
"""Keeps the curvature invertible where the outcomes say nothing of a parameter."""


def places(p: np.ndarray, bins: int = BINS) -> np.ndarray:
    """The bin of each probability: bins of equal size where ties, which are never split, allow it."""
    import numpy as np

    edges = np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)[1:-1])) if len(p) else np.empty(0)
    return np.searchsorted(edges, p, side="left")


def reliability(p: np.ndarray, happened: np.ndarray, bins: int = BINS) -> pd.DataFrame:
    """Foretold against came, by bin of the foretold probability.

    Args:
        p: Foretold probabilities.
        happened: Outcomes, 0 or 1.
        bins: Most bins.

    Returns:
        `foretold` (mean), `came` (share), `low, high` (95% Wilson 1927 interval of the share), `n`, and
        `noise` (standard deviation of the share if the probabilities were right).
    """
    import numpy as np
    import pandas as pd

    place = places(p, bins)
    n = np.bincount(place)
    kept = n > 0
    n = n[kept]
    foretold, came, spread = (
        np.bincount(place, values)[kept] / n for values in (p, happened.astype(float), p * (1 - p))
    )
    low, high = wilson(came, n)
    columns = {"foretold": foretold, "came": came, "low": low, "high": high, "n": n}
    return pd.DataFrame(columns | {"noise": np.sqrt(spread / n)})


def wilson(share: np.ndarray, n: np.ndarray, z: float = 1.959964) -> tuple[np.ndarray, np.ndarray]:
    """95% interval of a share (Wilson 1927)."""
    import numpy as np

    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


def error(table: pd.DataFrame) -> float:
    """Expected calibration error: mean distance of foretold and came over the bins, weighted by size.

    Naeini, Cooper & Hauskrecht (2015), with bins of equal size.
    """
    gap = (table["foretold"] - table["came"]).abs()
    return float((gap * table["n"]).sum() / table["n"].sum()) if len(table) else float("nan")


def noise(table: pd.DataFrame) -> tuple[float, float]:
    """What the calibration error of right probabilities would be: its mean, and what 95% of them stay under.

    A bin's distance is then the size of a normal deviate: mean σ√(2/π), variance σ²(1 − 2/π).
    """
    import numpy as np

    weight = table["n"] / table["n"].sum()
    mean = float((weight * table["noise"]).sum() * np.sqrt(2 / np.pi))
    spread = float(np.sqrt(((weight * table["noise"]) ** 2).sum() * (1 - 2 / np.pi)))
    return mean, mean + 1.645 * spread


def brier(p: np.ndarray, happened: np.ndarray) -> float:
    """Mean squared distance of probability and outcome (Brier 1950); 0 is best."""
    return float(((p - happened) ** 2).mean())


def ranking(p: np.ndarray, happened: np.ndarray) -> tuple[float, float, float]:
    """Area under the ROC curve with its 95% interval (DeLong, DeLong & Clarke-Pearson 1988).

    NaN where all outcomes are alike. The interval is that of the logit, so it stays within 0 and 1.
    """
    import numpy as np
    from scipy.stats import rankdata

    yes, no = p[happened == 1], p[happened == 0]
    m, n = len(yes), len(no)
    if not m or not n:
        return (float("nan"),) * 3
    everybody = rankdata(np.concatenate([yes, no]))
    of_yes = (everybody[:m] - rankdata(yes)) / n
    of_no = 1 - (everybody[m:] - rankdata(no)) / m
    area = float(of_yes.mean())
    spread = (of_yes.var(ddof=1) / m if m > 1 else 0.25) + (of_no.var(ddof=1) / n if n > 1 else 0.25)
    inside = min(max(area, EDGE), 1 - EDGE)
    half = 1.959964 * float(np.sqrt(spread)) / (inside * (1 - inside))
    middle = float(np.log(inside / (1 - inside)))
    low, high = (float(1 / (1 + np.exp(-(middle + end)))) for end in (-half, half))
    return area, low, high


@dataclass(frozen=True, eq=False)
class Recalibration:
    """A line in logits that moves probabilities onto what came (Cox 1958; Platt 1999).

    Attributes:
        intercept, slope: 0 and 1 leave everything as it is.
        covariance: Of both.
        n: Outcomes it was learnt on.
    """

    intercept: float
    slope: float
    covariance: np.ndarray
    n: int

    def apply(self, p: np.ndarray) -> np.ndarray:
        """Recalibrated probabilities."""
        from scipy.special import expit

        moved: np.ndarray = expit(self.intercept + self.slope * logits(p))
        return moved

    def interval(self, p: np.ndarray, z: float = 1.959964) -> tuple[np.ndarray, np.ndarray]:
        """95% interval of the share that comes true among those with this score; delta method in logits."""
        import numpy as np
        from scipy.special import expit

        x = logits(p)
        middle = self.intercept + self.slope * x
        variance = self.covariance[0, 0] + 2 * x * self.covariance[0, 1] + x**2 * self.covariance[1, 1]
        half = z * np.sqrt(np.maximum(variance, 0.0))
        return expit(middle - half), expit(middle + half)


def logits(p: np.ndarray) -> np.ndarray:
    """Logits of probabilities, kept from infinity."""
    import numpy as np
    from scipy.special import logit

    found: np.ndarray = logit(np.clip(p, EDGE, 1 - EDGE))
    return found


def learn(p: np.ndarray, happened: np.ndarray) -> Recalibration:
    """Learn a recalibration by maximum likelihood: Newton steps, halved where they go too far.

    Where outcomes are all alike, or probabilities all equal, only the intercept moves, and Platt's targets
    (m + 1) / (m + 2) keep it finite.
    """
    import numpy as np

    y = np.where(happened == 1, *_targets(happened))
    x = logits(p)
    flat = np.ptp(x) < 1e-9 or len(np.unique(happened)) < 2
    design = np.column_stack([np.ones(len(x)), x])
    free = np.array([True, not flat])
    theta = np.array([0.0, 1.0])
    value, slope, matrix = _likelihood(theta, design, y)
    for _ in range(STEPS):
        step = np.where(free, np.linalg.solve(matrix if not flat else np.diag(np.diag(matrix)), slope), 0.0)
        while (found := _likelihood(theta + step, design, y))[0] < value - 1e-12 and abs(step).max() > 1e-12:
            step = step / 2
        theta = theta + step
        value, slope, matrix = found
        if abs(step).max() < 1e-10:
            break
    covariance = np.zeros((2, 2))
    covariance[np.ix_(free, free)] = np.linalg.inv(matrix[np.ix_(free, free)])
    return Recalibration(float(theta[0]), float(theta[1]), covariance, len(y))


def _targets(happened: np.ndarray) -> tuple[float, float]:
    """Platt's targets where outcomes are alike; plain 1 and 0 elsewhere."""
    many, yes = len(happened), int((happened == 1).sum())
    if 0 < yes < many:
        return 1.0, 0.0
    return (yes + 1) / (yes + 2), 1 / (many - yes + 2)


def _likelihood(theta: np.ndarray, design: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    import numpy as np
    from scipy.special import expit

    z = design @ theta
    p = expit(z)
    value = float((y * z - np.logaddexp(0.0, z)).sum())
    matrix = (design * (p * (1 - p))[:, None]).T @ design + RIDGE * np.eye(2)
    return value, design.T @ (y - p), matrix
