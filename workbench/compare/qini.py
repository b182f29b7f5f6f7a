"""Uplift: whether a score finds the customers whom a treatment moves.

With customers sorted by a score, the gain of treating the first share φ is G(φ) = E[τ·1(rank ≤ φ)], τ being
the effect on a customer. Its area is AUUC; what it has over the straight line of a random order is the Qini
coefficient (Radcliffe 2007). Both are means over customers of randomised, inverse-weighted outcomes, so
their errors follow from each customer's influence, the ranks' own error included (Yadlowsky et al. 2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare.causal.grid import columns, pandas
from workbench.compare.inference import Once, difference
from workbench.compare.result import COLUMNS, Comparison, Remark, Verdict
from workbench.compare.words import Figure, metric_words
from workbench.errors import InputError, QuestionError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

STEPS = 10
Z = 1.959963984540054
"""97.5% quantile of the normal distribution."""

FEWEST = 50
"""Customers an arm."""


@dataclass(frozen=True)
class Area:
    """An area with its 95% interval, in the outcome's unit a customer."""

    value: float
    low: float
    high: float


def uplift(
    frame: Any,
    treated: str,
    outcome: str,
    score: str | None = None,
    features: Sequence[str] | None = None,
    folds: int = 5,
    seed: int = 7,
) -> Comparison:
    """Measure how well a score orders customers by what the treatment does to them.

    Args:
        frame: One row a customer of a randomised trial.
        treated: Column, 1 where treated, 0 where held out.
        outcome: Column of the outcome.
        score: Column of the score, higher meaning first; None: one is made from `features`, by a linear
            model of each arm (T-learner) fitted on the other folds.
        features: Columns known before the treatment; text becomes categories.
        folds: Number of folds.
        seed: Seed of the folds and of the order of equal scores.

    Returns:
        A `Comparison` with one row a share of customers, the first tenth to all: `effect` is the effect on
        those, `gain` what treating them alone brings a customer of all. `details` holds `qini` and `auuc`
        (`Area`), `curve` (frame `share, gain, low, high, random`) and `score`.

    Raises:
        InputError: for missing columns, arms that are too small, or no score and no features.
    """
    import numpy as np
    import pandas as pd

    names = [treated, outcome, *([score] if score else features or [])]
    if score is None and not features:
        raise QuestionError(
            "There is neither a score nor features to make one.", "Give `score` or `features`."
        )
    if told := {treated, outcome} & {*([score] if score else features or [])}:
        raise QuestionError(
            f"{min(told)!r} is what the trial is about: it cannot order the customers too.",
            "Name columns known before the treatment.",
        )
    table = columns(pandas(frame), names)
    flag, values, kept = _arms(table, treated, outcome)
    found = (
        pd.to_numeric(table.loc[kept, score], errors="coerce").to_numpy(float)
        if score
        else _t_learner(table[kept], features or (), flag, values, folds, seed)
    )
    if not np.isfinite(found).all():
        raise InputError(
            f"Score {score!r} has gaps, or values that are no numbers.", "Leave those rows out or fill them."
        )
    order = _order(found, seed)
    curve = Curve.of(flag[order], values[order])
    return _answer(flag[order], values[order], curve, outcome, score, int((~kept).sum()), found)


def _arms(table: pd.DataFrame, treated: str, outcome: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    import numpy as np
    import pandas as pd

    known = table[treated].isin([0, 1, True, False])
    if not known.all():
        raise InputError(
            f"Column {treated!r} holds {table.loc[~known, treated].iloc[0]}.",
            "Use 1 for treated and 0 for held out.",
        )
    values = pd.to_numeric(table[outcome], errors="coerce").to_numpy(float)
    kept = np.isfinite(values)
    flag = table[treated].astype(int).to_numpy()[kept]
    for name, size in (("treated", int(flag.sum())), ("held out", int((1 - flag).sum()))):
        if size < FEWEST:
            raise InputError(f"{size} customers are {name}.", f"An uplift curve needs {FEWEST} of each.")
    return flag, values[kept], kept


def _t_learner(
    table: pd.DataFrame, features: Sequence[str], flag: np.ndarray, values: np.ndarray, folds: int, seed: int
) -> np.ndarray:
    """Difference of two linear models' predictions, each fitted without the customer's own fold."""
    import numpy as np
    import pandas as pd

    wide = pd.get_dummies(table[list(features)], drop_first=True).to_numpy(float)
    if not np.isfinite(wide).all():
        raise InputError("A feature has gaps.", "Fill them or leave those rows out.")
    x = np.column_stack(
        [np.ones(len(wide)), (wide - wide.mean(axis=0)) / np.maximum(wide.std(axis=0), 1e-12)]
    )
    fold = np.random.default_rng(seed).permutation(len(x)) % folds
    found = np.zeros(len(x))
    for part in range(folds):
        out = fold == part
        sides = [
            np.linalg.lstsq(x[~out & (flag == arm)], values[~out & (flag == arm)], rcond=None)[0]
            for arm in (1, 0)
        ]
        found[out] = x[out] @ (sides[0] - sides[1])
    return found


def _order(score: np.ndarray, seed: int) -> np.ndarray:
    """Best score first, equal ones in random order."""
    import numpy as np

    luck = np.random.default_rng(seed).random(len(score))
    return np.lexsort((luck, -score))


@dataclass(frozen=True, eq=False)
class Curve:
    """Customers in the order of the score, best first.

    Attributes:
        part: What each customer tells of the effect: its mean over customers is the average effect.
        rank: (0, 1], the customer's place from the best.
    """

    part: np.ndarray
    rank: np.ndarray

    @classmethod
    def of(cls, flag: np.ndarray, values: np.ndarray) -> Curve:
        """Inverse-weighted outcomes around the mean that makes them least noisy."""
        import numpy as np

        share = flag.mean()
        one, two = values[flag == 1].mean(), values[flag == 0].mean()
        centre = (1 - share) * one + share * two
        part = (flag - share) / (share * (1 - share)) * (values - centre)
        return cls(part, (np.arange(len(part)) + 0.5) / len(part))

    def gain(self, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """G(φ) with its standard error."""
        import numpy as np

        size = len(self.part)
        inside = self.rank[:, None] <= share
        value = (self.part[:, None] * inside).mean(axis=0)
        window = max(size // 20, 30)
        ends = np.clip((share * size).astype(int), window // 2, size - window // 2)
        local = np.array([self.part[end - window // 2 : end + window // 2].mean() for end in ends])
        influence = self.part[:, None] * inside - value - local * (inside - share)
        return value, influence.std(axis=0, ddof=1) / np.sqrt(size)

    def area(self, random: bool) -> Area:
        """Area under the gain (AUUC), or over the line of a random order (Qini coefficient).

        ∫G = E[τ·(1 − rank)]; the line takes E[τ]/2 off. The last term of the influence is the error of ranks.
        """
        import numpy as np

        weight = 1 - self.rank - (0.5 if random else 0.0)
        value = float((self.part * weight).mean())
        below = np.cumsum(self.part[::-1])[::-1] / len(self.part)
        influence = self.part * weight - below
        error = float(influence.std(ddof=1)) / len(self.part) ** 0.5
        return Area(value, value - Z * error, value + Z * error)


def _answer(
    flag: np.ndarray,
    values: np.ndarray,
    curve: Curve,
    outcome: str,
    score: str | None,
    gone: int,
    found: np.ndarray,
) -> Comparison:
    import numpy as np
    import pandas as pd

    share = np.arange(1, STEPS + 1) / STEPS
    gain, error = curve.gain(share)
    table = _steps(flag, values, share, outcome).assign(share=share, gain=gain)
    fine = np.arange(0, 51) / 50
    height, width = curve.gain(fine)
    line = pd.DataFrame(
        {"share": fine, "gain": height, "low": height - Z * width, "high": height + Z * width}
    )
    qini, auuc = curve.area(random=True), curve.area(random=False)
    unit = "percent" if np.isin(values, (0, 1)).all() else "number"
    remarks = (Remark.of("rows_without_value", rows=gone, all=gone + len(flag)),) if gone else ()
    return Comparison(
        table=table.assign(gain_low=gain - Z * error, gain_high=gain + Z * error),
        kind="uplift",
        method="qini" if score else "qini_t_learner",
        units={outcome: unit},
        better={outcome: "higher"},
        warnings=remarks,
        verdict=_verdict(qini, table, outcome, unit),
        correction="none",
        details={"qini": qini, "auuc": auuc, "curve": line.assign(random=fine * gain[-1]), "score": found},
    )


def _steps(flag: np.ndarray, values: np.ndarray, share: np.ndarray, outcome: str) -> pd.DataFrame:
    """Treated against held out among the first share of customers."""
    import numpy as np
    import pandas as pd

    ends = np.round(share * len(flag)).astype(int)
    sides = []
    for arm in (1, 0):
        inside = flag == arm
        n, total, squares = (
            np.cumsum(part)[ends - 1] for part in (inside, inside * values, inside * values**2)
        )
        with np.errstate(all="ignore"):
            mean = total / n
            sides.append((n, mean, (squares / n - mean**2) / (n - 1)))
    (n, mean, variance), (n_control, mean_control, control_variance) = sides
    with np.errstate(all="ignore"):
        freedom = (variance + control_variance) ** 2 / (
            variance**2 / np.maximum(n - 1, 1) + control_variance**2 / np.maximum(n_control - 1, 1)
        )
    made = difference(
        mean, mean_control, variance, control_variance, np.zeros(len(n)), freedom, n + n_control, Once(), 0.05
    )
    frame = pd.DataFrame(
        {"metric": outcome, "arm": [f"top {part:.0%}" for part in share], "control": "held out"}
    )
    frame = frame.assign(n=n, n_control=n_control, mean=mean, mean_control=mean_control, effect=made.effect)
    frame = frame.assign(low=made.low, high=made.high, lift=made.lift, lift_low=made.lift_low)
    frame = frame.assign(lift_high=made.lift_high, p_value=made.p_value, p_adjusted=made.p_value)
    return frame[list(COLUMNS)]


def _verdict(qini: Area, table: pd.DataFrame, outcome: str, unit: str) -> Verdict:
    code = "uplift_found" if qini.low > 0 else "uplift_wrong" if qini.high < 0 else "uplift_unclear"
    third = table.iloc[2]
    values = {
        "metric": metric_words(outcome),
        "qini": Figure(qini.value, "number", low=qini.low, high=qini.high),
        "top": Figure(third["effect"], unit, low=third["low"], high=third["high"], signed=True),
        "all": Figure(table.iloc[-1]["effect"], unit, signed=True),
    }
    return Verdict(Remark(code, values, "info"))
