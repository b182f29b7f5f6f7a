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

    def some(self, rows: np.ndarray) -> Histories:
        """Some of the customers."""
        fields = (self.x, self.last, self.age, self.payers, self.money)
        return Histories(*(values[rows] for values in fields))

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


def totals(
    known: Histories,
    draws: Draws,
    horizon: float,
    decay: float,
    group: np.ndarray,
    groups: int,
    seed: int,
) -> np.ndarray:
    """Money of each group of customers in each draw, (groups, draws), in flat memory.

    Args:
        known: Histories.
        draws: Parameters of each draw.
        horizon: Time ahead, in the unit of α.
        decay: Continuous discount rate a unit of time.
        group: Number of each customer's group.
        groups: How many there are.
        seed: Of the random numbers.
    """
    import numpy as np

    size = max(1, CELLS // len(draws))
    rng = np.random.default_rng(seed)
    found = np.zeros((groups, len(draws)))
    for start in range(0, len(known.x), size):
        rows = slice(start, start + size)
        np.add.at(found, group[rows], futures(known.part(rows), draws, horizon, decay, rng))
    return found


def futures(
    known: Histories, draws: Draws, horizon: float, decay: float, rng: np.random.Generator
) -> np.ndarray:
    """Money of each customer (row) in each draw (column): one future each, as the models tell the story.

    Whoever is still a customer buys when the posterior of the rate says, spends, and may leave; the loop
    goes on with those who still buy.
    """
    import numpy as np

    row, column, time, rate = _buyers(known, draws, horizon, rng)
    a, b = draws.purchase[2:]
    leave = rng.beta(a[column], b[column] + known.x[row, 0])
    shape, scale = _amounts(known, draws, row, column, rng)
    place = row * len(draws) + column
    worth = np.zeros(len(known.x) * len(draws))
    while len(place):
        worth[place] += rng.standard_gamma(shape) * scale * (np.exp(-decay * time) if decay else 1.0)
        time = time + rng.exponential(size=len(place)) / rate
        stay = (rng.random(len(place)) >= leave) & (time < horizon)
        place, rate, time, leave, shape, scale = (
            values[stay] for values in (place, rate, time, leave, shape, scale)
        )
    return worth.reshape(len(known.x), len(draws))


def _buyers(
    known: Histories, draws: Draws, horizon: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Customer and draw of everybody who buys, the time of the first purchase and the rate, drawn given it.

    Over λ ~ Gamma(s, β) the first time is Lomax, P(time > t) = (β / (β + t))^s, and λ given it is
    Gamma(s + 1, β + time): so only buyers need a rate.
    """
    import numpy as np

    r, alpha, _, _ = draws.purchase
    shape, base = r + known.x, alpha + known.age
    wait = rng.standard_exponential(shape.shape)
    buys = wait < shape * np.log1p(horizon / base)
    again = known.x[:, 0] > 0
    some = (known.x[again], known.last[again], known.age[again])
    buys[again] &= rng.random((len(some[0]), len(draws))) < p_alive(draws.purchase, *some)
    row, column = np.nonzero(buys)
    shape, base = shape[row, column], base[row, column]
    time = base * np.expm1(wait[row, column] / shape)
    return row, column, time, rng.standard_gamma(shape + 1) / (base + time)


def _amounts(
    known: Histories, draws: Draws, row: np.ndarray, column: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Shape and scale of the amounts of each buyer, drawn given what the customer has spent."""
    import numpy as np

    p, q, v = (values[column] for values in draws.spend)
    personal = rng.standard_gamma(q + p * known.payers[row, 0])
    return p, (v + known.money[row, 0]) / np.maximum(personal, 1e-300)
