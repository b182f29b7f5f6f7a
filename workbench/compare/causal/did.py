"""Differences in differences: the change of the treated less the change of units not treated meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.compare.causal.grid import Grid
from workbench.compare.causal.pieces import Difference, Piece, difference
from workbench.compare.result import Remark
from workbench.errors import InputError

if TYPE_CHECKING:
    import numpy as np

FEWEST_CONTROLS = 2
BLOCKS_BEFORE, BLOCKS_AFTER = 6, 8
"""Most points of the event study before and after the start."""


@dataclass(frozen=True, eq=False)
class Block:
    """One point of the event study: times relative to the start, `first` to `last` included."""

    first: int
    last: int
    found: Difference


def effect(grid: Grid) -> Difference:
    """The mean effect a treated unit and time.

    Every cohort (units that start together) is compared with units that are never treated, or, where there
    are fewer than two, with those not treated yet; its base is the mean of all its times before.

    Raises:
        InputError: where no cohort has two controls.
    """
    return difference(grid.outcome, pieces(grid))


def pieces(grid: Grid) -> list[Piece]:
    """The pieces of the mean effect, weighted by treated units × times.

    Raises:
        InputError: where no cohort has two controls.
    """
    found = list(_weighted(grid, lambda since: since >= 0))
    if not found:
        controls = int((~grid.treated).sum())
        raise InputError(
            f"There {'is' if controls == 1 else 'are'} {controls or 'no'} control unit"
            f"{'' if controls == 1 else 's'}: a difference in differences needs {FEWEST_CONTROLS} or more.",
            "Add units that were not treated, or ask method='its', which needs none.",
        )
    return found


def event_study(grid: Grid) -> list[Block]:
    """Differences by time since the start, in blocks; those before show whether both went alike."""
    import numpy as np

    starts = grid.start[grid.treated]
    before, after = int(starts.max()), len(grid.times) - int(starts.min())
    edges = [*_edges(-before, 0, BLOCKS_BEFORE), *_edges(0, after, BLOCKS_AFTER)]
    blocks = []
    for first, last in edges:
        found = list(_weighted(grid, _between(first, last)))
        if found:
            blocks.append(Block(first, last, difference(grid.outcome, found)))
    return blocks if np.isfinite([block.found.value for block in blocks]).all() else []


def trend_before(grid: Grid) -> Difference | None:
    """How much more the treated grew a time than their controls before the start; None under 3 times."""
    return _summed(grid, _slopes(grid))


def leave_one_out(grid: Grid) -> tuple[Difference, str] | None:
    """The estimate that moves most, in its own standard errors, when one unit is left out, and that unit.

    None where there is one treated unit or too few controls to leave one out.
    """
    import numpy as np

    whole = effect(grid).value
    far: tuple[Difference, str] | None = None
    for at, name in enumerate(grid.units):
        rest = grid.only(np.arange(len(grid.units)) != at)
        if not rest.treated.any() or (~rest.treated).sum() < FEWEST_CONTROLS:
            continue
        found = effect(rest)
        if far is None or moved(found, whole) > moved(far[0], whole):
            far = (found, str(name))
    return far


def moved(found: Difference, whole: float) -> float:
    """How far an estimate lies from another, in its own standard errors."""
    return abs(found.value - whole) / found.error if found.error > 0 else 0.0


def _cohorts(grid: Grid) -> list[int]:
    """Starts that have a time before them."""
    return sorted({int(at) for at in grid.start[grid.treated] if at > 0})


def _weighted(grid: Grid, chosen: Callable[[np.ndarray], np.ndarray]) -> Iterator[Piece]:
    """Pieces of the mean over the chosen times since the start, less the mean of the times before it."""
    import numpy as np

    every = np.arange(len(grid.times))
    made = []
    for start in _cohorts(grid):
        cohort = grid.start == start
        base = np.where(every < start, 1.0 / start, 0.0)
        for times, control in _control_groups(grid, start, every[chosen(every - start)]):
            taken = np.isin(every, times) / len(times)
            made.append((cohort, control, taken - base, float(cohort.sum() * len(times))))
    total = sum(weight for *_, weight in made)
    for cohort, control, coefficients, weight in made:
        yield Piece(cohort, control, coefficients, weight / total)


def _control_groups(grid: Grid, start: int, times: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Times with their controls: the never treated, or at each time those not treated yet."""
    never = ~grid.treated
    if never.sum() >= FEWEST_CONTROLS:
        if len(times):
            yield times, never
        return
    for time in times:
        control = (grid.start > max(time, start)) & (grid.start != start)
        if control.sum() >= FEWEST_CONTROLS:
            yield times[times == time], control


def _slopes(grid: Grid) -> list[Piece]:
    import numpy as np

    found = []
    every = np.arange(len(grid.times))
    for start in _cohorts(grid):
        cohort = grid.start == start
        control = ~grid.treated if (~grid.treated).sum() >= FEWEST_CONTROLS else grid.start > start
        if start < 3 or control.sum() < FEWEST_CONTROLS:
            continue
        centred = np.where(every < start, every - (start - 1) / 2, 0.0)
        found.append(Piece(cohort, control, centred / (centred**2).sum(), float(cohort.sum())))
    return found


def _summed(grid: Grid, found: list[Piece]) -> Difference | None:
    total = sum(piece.weight for piece in found)
    shares = [Piece(p.treated, p.control, p.coefficients, p.weight / total) for p in found]
    return difference(grid.outcome, shares) if shares else None


def _between(first: int, last: int) -> Callable[[np.ndarray], np.ndarray]:
    """Chooses the times from `first` to `last` since the start."""

    def chosen(since: np.ndarray) -> np.ndarray:
        return (since >= first) & (since <= last)

    return chosen


def _edges(first: int, end: int, most: int) -> list[tuple[int, int]]:
    """Cut [first, end) into at most `most` blocks of about equal length."""
    import numpy as np

    cuts = np.unique(np.linspace(first, end, min(most, end - first) + 1).round().astype(int))
    return [(int(a), int(b) - 1) for a, b in pairwise(cuts)]


def observed(grid: Grid) -> tuple[float, np.ndarray]:
    """Mean outcome of the treated from their start on, and what each unit adds to its error."""
    import numpy as np

    value, influence = 0.0, np.zeros(len(grid.units))
    for piece in pieces(grid):
        own = grid.outcome[piece.treated] @ np.maximum(piece.coefficients, 0)
        value += piece.weight * float(own.mean())
        size = max(len(own) - 1, 1) * len(own)
        influence[piece.treated] += piece.weight * (own - own.mean()) / np.sqrt(size)
    return value, influence


def two_way(grid: Grid) -> tuple[float, float, float]:
    """The same effect as a regression with unit and time effects gives it: value, error (CR1), freedom.

    The error is cluster-robust by unit with the factor G/(G−1)·(N−1)/(N−K) that regression programs use.
    Only for units that start together: with several starts that regression mixes treated units into the
    controls (Goodman-Bacon 2021).
    """
    import numpy as np

    cohorts = _cohorts(grid)
    if len(cohorts) != 1:
        raise InputError(
            "Units start at different times: a two-way regression would take treated units as controls.",
            "Leave out errors='CR1'; each start is then compared with units not treated meanwhile.",
        )
    found = effect(grid)
    size, times = grid.outcome.shape
    treated = grid.treated
    counts = np.where(treated, treated.sum(), (~treated).sum())
    plain = found.influence * np.sqrt((counts - 1) / counts)
    rows, parameters = size * times, size + times
    factor = size / (size - 1) * (rows - 1) / (rows - parameters)
    return found.value, float(np.sqrt(factor * (plain**2).sum())), float(size - 1)


def notes(grid: Grid, found: Difference) -> tuple[Remark, ...]:
    """What a reader must know of the estimate."""
    remarks = []
    if found.lent > 0:
        remarks.append(Remark.of("one_treated_lent"))
    if len(_cohorts(grid)) > 1:
        remarks.append(Remark.of("several_starts", "info", starts=len(_cohorts(grid))))
    if (grid.start == 0).any():
        remarks.append(Remark.of("no_time_before", units=int((grid.start == 0).sum())))
    return tuple(remarks)
