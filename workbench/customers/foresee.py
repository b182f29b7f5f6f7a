"""Futures drawn from the fitted models: intervals of what each customer will be worth, in flat memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.customers.bgnbd import p_alive

if TYPE_CHECKING:
    import numpy as np

CELLS = 1_000_000
"""Customer × draw held at once."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Parameters drawn from what the data leave open; one entry a draw.

    Attributes:
        purchase: r, α, a, b.
        spend: p, q, v.
    """

    purchase: tuple[np.ndarray, ...]
    spend: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.spend[0])


@dataclass(frozen=True, eq=False)
class Histories:
    """What is known of each customer, in the unit of α.

    Attributes:
        x, last, age: Repeat occasions, time to the last, time to now.
        payers: Repeat occasions that count for the spend; 0 where the money is not usable.
        money: Their sum.
    """

    x: np.ndarray
    last: np.ndarray
    age: np.ndarray
    payers: np.ndarray
    money: np.ndarray

    def part(self, rows: slice) -> Histories:
        """Some of the customers, as columns."""
        fields = (self.x, self.last, self.age, self.payers, self.money)
        return Histories(*(values[rows][:, None] for values in fields))


def intervals(
    known: Histories, draws: Draws, horizon: float, decay: float, level: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the predictive interval of each customer's money in the horizon.

    Args:
        known: Histories.
        draws: Parameters of each draw.
        horizon: Time ahead, in the unit of α.
        decay: Continuous discount rate a unit of time.
        level: Share of futures inside.
        seed: Of the random numbers.
    """
    import numpy as np

    size = max(1, CELLS // len(draws))
    rng = np.random.default_rng(seed)
    ends = np.empty((2, len(known.x)))
    for start in range(0, len(known.x), size):
        rows = slice(start, start + size)
        worth = futures(known.part(rows), draws, horizon, decay, rng)
        ends[:, rows] = np.quantile(worth, ((1 - level) / 2, (1 + level) / 2), axis=1, overwrite_input=True)
    return ends[0], ends[1]


def futures(
    known: Histories, draws: Draws, horizon: float, decay: float, rng: np.random.Generator
) -> np.ndarray:
    """Money of each customer (row) in each draw (column): one future each, as the models tell the story.

    Whoever is still a customer gets a rate and a probability to leave from the posterior, buys at
    exponential intervals, spends, and may leave; the loop goes on with those who still buy.
    """
    import numpy as np

    r, alpha, a, b = draws.purchase
    alive = rng.random((len(known.x), len(draws))) < p_alive(draws.purchase, known.x, known.last, known.age)
    row, column = np.nonzero(alive)
    worth = np.zeros(alive.size)
    place = row * len(draws) + column
    rate = rng.standard_gamma((r + known.x)[row, column]) / (alpha + known.age)[row, column]
    time = rng.exponential(size=len(place)) / np.maximum(rate, 1e-300)
    buys = time < horizon
    place, row, column, rate, time = (values[buys] for values in (place, row, column, rate, time))
    leave = rng.beta(a[column], b[column] + known.x[row, 0])
    shape, scale = _amounts(known, draws, row, column, rng)
    while len(place):
        worth[place] += rng.standard_gamma(shape) * scale * (np.exp(-decay * time) if decay else 1.0)
        time = time + rng.exponential(size=len(place)) / rate
        stay = (rng.random(len(place)) >= leave) & (time < horizon)
        place, rate, time, leave, shape, scale = (
            values[stay] for values in (place, rate, time, leave, shape, scale)
        )
    return worth.reshape(alive.shape)


def _amounts(
    known: Histories, draws: Draws, row: np.ndarray, column: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Shape and scale of the amounts of each buyer, drawn given what the customer has spent."""
    import numpy as np

    p, q, v = (values[column] for values in draws.spend)
    personal = rng.standard_gamma(q + p * known.payers[row, 0])
    return p, (v + known.money[row, 0]) / np.maximum(personal, 1e-300)
