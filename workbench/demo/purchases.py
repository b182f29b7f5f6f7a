"""Purchase processes: BG/NBD and Gamma-Gamma by class, and what programme and experiments add."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from workbench.demo.people import People, constants
from workbench.demo.streams import Flags, Floats, Ints, stream, sums
from workbench.demo.world import World


@dataclass(frozen=True)
class Orders:
    """One entry an order: customer position, local time in days since the first midnight, CNY."""

    customer: Ints
    time: Floats
    amount: Floats

    def __len__(self) -> int:
        return len(self.time)

    def inside(self, start: float, end: float) -> Flags:
        """Which orders fall in [start, end)."""
        return (self.time >= start) & (self.time < end)

    def sums(self, size: int, start: float, end: float) -> tuple[Ints, Floats]:
        """Number of orders and CNY of each customer in [start, end)."""
        now = self.inside(start, end)
        count = sums(self.customer[now], np.ones(now.sum()), size).astype(np.int64)
        return count, sums(self.customer[now], self.amount[now], size)


@dataclass(frozen=True)
class Amounts:
    """Gamma-Gamma: amounts ~ Gamma(shape p, rate ν), ν ~ Gamma(q, rate v), one p and ν a customer."""

    shape: Floats
    rate: Floats

    def mean(self, customer: Ints) -> Floats:
        """Expected amount of an order."""
        return self.shape[customer] / self.rate[customer]

    def draw(self, rng: np.random.Generator, customer: Ints) -> Floats:
        """Draw the amount of one order of each customer, in whole fen."""
        return np.maximum(np.round(rng.gamma(self.shape[customer]) / self.rate[customer], 2), 1.0)


@dataclass(frozen=True)
class Lives:
    """What each customer is by nature, one entry a customer: what answers about churn and value must find.

    Attributes:
        rate: Purchases a day while a customer.
        leave: Probability to leave for good after each repeat purchase.
        left: Local time of leaving, in days since the first midnight; inf for never so far.
        mean_order_value: Expected amount of an order, CNY.
    """

    rate: Floats
    leave: Floats
    left: Floats
    mean_order_value: Floats


@dataclass(frozen=True)
class Trial:
    """A randomised comparison: who is in it, who is treated, and the days it runs, end included."""

    id: str
    start: date
    end: date
    before_days: int
    repurchase_lift: float
    sales_lift: float
    variants: dict[str, list[str]]
    members: Ints
    treated: Flags


def orders(world: World, who: People) -> tuple[Orders, tuple[Trial, ...]]:
    """Return all orders in time order, and the trials that changed them."""
    usual = _amounts(world, who)
    bought, _ = _baseline(world, who, usual)
    trials = _trials(world, who)
    for trial in trials:
        bought = _lifted(world, trial, bought, usual)
    order = np.lexsort((bought.customer, bought.time))
    return Orders(bought.customer[order], bought.time[order], bought.amount[order]), trials


def lives(world: World, who: People) -> Lives:
    """What each customer is by nature, as `orders` draws it."""
    return _baseline(world, who, _amounts(world, who))[1]


def _parameter(who: People, model: str, name: str) -> Floats:
    values: Floats = np.array([entry[model][name] for entry in constants()["classes"].values()])
    return values[who.value_class]


def _amounts(world: World, who: People) -> Amounts:
    rng = stream(world.seed, "amounts")
    p, q, v = (_parameter(who, "gamma_gamma", name) for name in ("p", "q", "v"))
    return Amounts(shape=p, rate=rng.gamma(q) / v)


def _baseline(world: World, who: People, usual: Amounts) -> tuple[Orders, Lives]:
    """BG/NBD: Poisson purchases at a personal rate; after each repeat one may be lost for good."""
    rng = stream(world.seed, "purchases")
    r, alpha, a, b = (_parameter(who, "bgnbd", name) for name in ("r", "alpha", "a", "b"))
    rate, leave = rng.gamma(r) / alpha, rng.beta(a, b)
    active = np.arange(len(who))
    time = who.joined.astype(float)
    customers, times = [active], [time]
    left = np.full(len(who), np.inf)
    while len(active):
        time = time + rng.exponential(1 / np.maximum(rate[active], 1e-12))
        active, time = active[time < world.days], time[time < world.days]
        customers.append(active)
        times.append(time)
        stay = rng.random(len(active)) >= leave[active]
        left[active[~stay]] = time[~stay]
        active, time = active[stay], time[stay]
    customer, when = np.concatenate(customers), np.concatenate(times)
    bought = Orders(customer, _at_shop_hours(rng, when), usual.draw(rng, customer))
    return bought, Lives(rate, leave, left, usual.mean(np.arange(len(who))))


def _at_shop_hours(rng: np.random.Generator, when: Floats) -> Floats:
    """Keep the day, draw the time of day: people buy at noon and in the evening."""
    kind = rng.random(len(when))
    hour = np.select(
        [kind < 0.25, kind < 0.80],
        [rng.normal(12.6, 1.6, len(when)), rng.normal(20.6, 2.1, len(when))],
        rng.uniform(0, 24, len(when)),
    )
    moment: Floats = np.floor(when) + np.floor(hour % 24 * 3600) / 86_400
    return moment


def _trials(world: World, who: People) -> tuple[Trial, ...]:
    """The loyalty programme with its hold-out, and the experiments among everybody else."""
    known = constants()
    programme = known["programme"]
    level = list(known["classes"]).index(programme["value_class"])
    invited = (who.value_class == level) & (who.joined < world.day(programme["start"]))
    members = np.flatnonzero(invited)
    held = _stream(world, programme).random(len(members)) < programme["hold_out"]
    trials = [_trial(programme, world, members, ~held)]
    for experiment in known["experiments"]:
        rng = _stream(world, experiment)
        free = np.flatnonzero(~invited & (who.joined < world.day(experiment["start"])))
        chosen = np.sort(rng.choice(free, experiment["customers"], replace=False))
        trials.append(_trial(experiment, world, chosen, rng.random(len(chosen)) < 0.5))
    return tuple(trials)


def _stream(world: World, entry: dict[str, Any]) -> np.random.Generator:
    return stream(world.seed, f"{entry['id']} {entry['draw']}")


def _trial(entry: dict[str, Any], world: World, members: Ints, treated: Flags) -> Trial:
    names = ("id", "start", "before_days", "repurchase_lift", "sales_lift", "variants")
    end = entry.get("end", world.last)
    return Trial(**{name: entry[name] for name in names}, end=end, members=members, treated=treated)


def _lifted(world: World, trial: Trial, bought: Orders, usual: Amounts) -> Orders:
    """Add orders so that the treated beat what they would have done by the planted lifts, on average.

    Some of the treated who would not have ordered in the window now do: the share with an order
    rises by `repurchase_lift`, and they order as often as raises the amount by `sales_lift`.
    """
    if not trial.repurchase_lift:
        return bought
    rng = stream(world.seed, f"lift {trial.id}")
    start, end = world.day(trial.start), world.day(trial.end + timedelta(days=1))
    count, amount = (values[trial.members] for values in bought.sums(len(usual.rate), start, end))
    idle = count == 0
    gained = trial.repurchase_lift * (~idle).mean()
    worth = usual.mean(trial.members[idle]).mean()
    often = trial.sales_lift * amount.mean() / (gained * worth)
    won = trial.treated & idle & (rng.random(len(idle)) < gained / idle.mean())
    customer = np.repeat(trial.members[won], 1 + rng.poisson(often - 1, won.sum()))
    when = _at_shop_hours(rng, rng.uniform(start, end, len(customer)))
    return Orders(
        np.concatenate([bought.customer, customer]),
        np.concatenate([bought.time, when]),
        np.concatenate([bought.amount, usual.draw(rng, customer)]),
    )
