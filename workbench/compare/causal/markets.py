"""Which regions to test in, for how long: the smallest effect each plan would find.

Every plan is tried on the past: the treatment is placed where nothing happened, at the end of several earlier
stretches, and analysed as `incremental(method="synthetic_control")` would. The error that comes out there is
the error to plan with (as GeoLift and Vaver & Koehler 2011 do).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

from workbench.compare.causal import synthetic
from workbench.compare.causal.grid import Grid, grid
from workbench.compare.result import Remark, Verdict
from workbench.compare.words import Share
from workbench.errors import InputError, QuestionError

if TYPE_CHECKING:
    import pandas as pd

STRETCHES = 6
"""Earlier stretches on which a plan is tried."""


@dataclass(frozen=True, eq=False)
class GeoDesign:
    """Plans of a geo test, the most sensitive first.

    Attributes:
        table: `treated` (regions, joined by " + "), `regions`, `times` (length of the test), `mde` (relative
            effect found with the stated power), `mde_amount` (a region and time, in the outcome's unit),
            `power` (chance to find `effect`; missing without one), `fit` (error of the synthetic control
            before, share of the level), `share` (of the outcome that is treated), `false_alarms` (share of
            the earlier stretches on which the test saw something).
        power: Power of `mde`.
        effect: Relative effect that `power` of the table is for; None: not asked.
        level: Confidence of the test.
        verdict: The plan to take.
    """

    table: pd.DataFrame
    power: float
    effect: float | None
    level: float
    verdict: Verdict

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Plans and verdict as JSON-safe values."""
        from workbench.compare.result import safe

        rows = [safe(row) for row in self.table.to_dict("records")]
        return {"power": self.power, "effect": self.effect, "verdict": str(self.verdict), "rows": rows}

    def sentence(self, lang: str = "en") -> str:
        """The plan to take, in words."""
        return self.verdict.sentence(lang)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p><b>{escape(self.sentence())}</b></p>{self.table.head(20).to_html(index=False)}"


def geo_design(
    frame: Any,
    unit: str,
    time: str,
    outcome: str,
    regions: int = 1,
    times: Sequence[int] = (14, 28),
    effect: float | None = None,
    power: float = 0.8,
    level: float = 0.95,
    most: int = 60,
    exclude: Sequence[str] = (),
    seed: int = 7,
) -> GeoDesign:
    """Compare plans of a geo test by what they would find.

    Args:
        frame: One row a region and time, the longer the better.
        unit, time, outcome: Its columns.
        regions: Number of regions to treat.
        times: Lengths of the test, in times of the frame.
        effect: Relative effect that is hoped for, such as 0.1.
        power: Chance to find an effect of the size `mde`.
        level: Confidence of the test.
        most: Sets of regions that are tried; where there are more, these are drawn at random.
        exclude: Regions that may not be treated; they still serve as controls.
        seed: Seed of that draw.

    Raises:
        InputError: for a frame without enough regions or times.
        QuestionError: for numbers of regions or times that allow no test.
    """
    made = grid(frame, unit, time, outcome, None)
    _check(made, regions, times)
    rows = [
        _plan(made, chosen, length, effect, power, level)
        for chosen in _sets(made, regions, most, exclude, seed)
        for length in times
    ]
    return _answer(rows, effect, power, level)


def _check(made: Grid, regions: int, times: Sequence[int]) -> None:
    units, size = made.outcome.shape
    if not 1 <= regions <= units - synthetic.FEWEST_DONORS:
        raise QuestionError(
            f"{regions} of {units} regions cannot be treated: {synthetic.FEWEST_DONORS} must stay controls.",
            "Ask for fewer, or add regions.",
        )
    for length in times:
        if length < 1 or _first(size, length) > size - length:
            raise InputError(
                f"{size} times are too few to try a test of {length}.",
                "Add earlier times, or ask for a shorter test.",
            )


def _first(size: int, length: int) -> int:
    """The earliest start of a stretch that leaves enough times before it."""
    return max(synthetic.FEWEST_BEFORE, min(2 * length, size - length))


def _sets(
    made: Grid, regions: int, most: int, exclude: Sequence[str], seed: int
) -> Iterator[tuple[int, ...]]:
    """Sets of regions to treat: all of them, or a random draw."""
    import numpy as np

    able = [at for at, name in enumerate(made.units) if str(name) not in exclude]
    if len(able) < regions:
        raise QuestionError("Too few regions are left to treat.", "Exclude fewer.", "exclude")
    if comb(len(able), regions) <= most:
        yield from combinations(able, regions)
        return
    rng = np.random.default_rng(seed)
    seen: set[tuple[int, ...]] = set()
    while len(seen) < most:
        seen.add(tuple(sorted(int(at) for at in rng.choice(able, regions, replace=False))))
    yield from sorted(seen)


def _plan(
    made: Grid, chosen: tuple[int, ...], length: int, effect: float | None, power: float, level: float
) -> dict[str, Any]:
    """Try one plan on the past."""
    import numpy as np
    from scipy.special import stdtr, stdtrit

    tried = list(_stretches(made, chosen, length))
    base = np.array([one.found.control[one.found.start :].mean() for one in tried])
    errors = np.array([one.error for one in tried]) / base
    freedom = tried[0].freedom
    critical = float(stdtrit(freedom, 0.5 + level / 2))
    error = float(np.sqrt((errors**2).mean()))
    mde = (critical + float(stdtrit(freedom, power))) * error
    alarms = [abs(one.found.effect) > one.reach(level) for one in tried]
    fit = np.mean([one.found.fit / one.found.target[: one.found.start].mean() for one in tried])
    return {
        "treated": " + ".join(str(made.units[at]) for at in chosen),
        "regions": len(chosen),
        "times": length,
        "mde": mde,
        "mde_amount": mde * float(base.mean()),
        "power": float("nan") if effect is None else float(stdtr(freedom, abs(effect) / error - critical)),
        "fit": float(fit),
        "share": float(made.outcome[list(chosen)].sum() / made.outcome.sum()),
        "false_alarms": float(np.mean(alarms)),
    }


def _stretches(made: Grid, chosen: tuple[int, ...], length: int) -> Iterator[synthetic.Placebo]:
    """The analysis of one plan at the end of several stretches of the past."""
    import numpy as np

    rest = [at for at in range(len(made.units)) if at not in chosen]
    joint = np.vstack([made.outcome[list(chosen)].mean(axis=0), made.outcome[rest]])
    donors = np.arange(1, len(joint))
    size = joint.shape[1]
    starts = np.arange(size - length, _first(size, length) - 1, -length)[:STRETCHES]
    for start in starts:
        yield synthetic.placebos(joint[:, : start + length], 0, donors, int(start))


def _answer(rows: list[dict[str, Any]], effect: float | None, power: float, level: float) -> GeoDesign:
    import pandas as pd

    table = pd.DataFrame(rows).sort_values(["mde", "times", "treated"], kind="stable").reset_index(drop=True)
    first = table.iloc[0]
    values = {
        "treated": first["treated"],
        "times": int(first["times"]),
        "mde": Share(float(first["mde"])),
        "power": Share(power, 0),
    }
    return GeoDesign(table, power, effect, level, Verdict(Remark("design_best", values, "info")))
