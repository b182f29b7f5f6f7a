"""From a question to a contact plan with its certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.solvers.contacts.asked import Asked, asked_of
from workbench.solvers.contacts.deal import Dealt, deal
from workbench.solvers.contacts.exchange import exchanged
from workbench.solvers.contacts.fill import filled, trimmed
from workbench.solvers.contacts.plan import ContactNote, ContactPlan
from workbench.solvers.contacts.prices import bound, search
from workbench.solvers.contacts.problem import Problem, problem_of
from workbench.solvers.contacts.sequence import sequence
from workbench.solvers.contacts.settle import Settled, settle
from workbench.solvers.contacts.smooth import Floats
from workbench.solvers.plan import SMALL_GAP

if TYPE_CHECKING:
    import pandas as pd

SMALL = 16
"""Resources up to which one thread is used anyway."""

CONSENTED = "consented"
"""Attribute of a frame of candidates that holds those alone who may be contacted so."""

SHOWN = ("priority", "segment", "language", "message", "due")


def answer(candidates: Any, capacity: Any, rules: Any) -> ContactPlan:
    """Plan contacts; arguments as `workbench.optimize.plan_contacts` takes them."""
    asked = asked_of(candidates, capacity, rules)
    problem = problem_of(asked)
    with _one_thread(len(problem.resources.have)):
        priced = search(problem)
    settled = settle(problem, priced)
    upper, prices = min(
        ((bound(problem, found), found) for found in (priced.prices, settled.prices)),
        key=lambda pair: pair[0],
    )
    dealt = _handed_out(asked, problem, settled, upper * asked.scale)
    dealt, rank, begin = sequence(asked, dealt)
    return _told(asked, problem, dealt, rank, begin, upper * asked.scale, prices * asked.scale)


def _handed_out(asked: Asked, problem: Problem, settled: Settled, upper: float) -> Dealt:
    """Contacts with their slots, within every rule; where caps look at fewer days, the better of two ways.

    If that is not the best already, contacts change places.
    """
    ways = (False,) if asked.caps.simple else (False, True)
    found = [filled(asked, trimmed(asked, deal(asked, problem, settled, spread))) for spread in ways]
    dealt = max(found, key=lambda dealt: float(asked.net[dealt.entry].sum()))
    missing = upper - float(asked.net[dealt.entry].sum())
    return exchanged(asked, dealt) if missing > SMALL_GAP * abs(upper) else dealt


def _one_thread(size: int) -> Any:
    """A context for matrices of some size: on few cores several threads only wait for one another.

    The smallest matrices are done before threads are even counted.
    """
    from contextlib import nullcontext

    from threadpoolctl import threadpool_limits

    return threadpool_limits(1) if size > SMALL else nullcontext()


def _told(
    asked: Asked,
    problem: Problem,
    dealt: Dealt,
    rank: np.ndarray,
    begin: np.ndarray | None,
    upper: float,
    prices: Floats,
) -> ContactPlan:
    value = float(asked.candidates.value[dealt.entry].sum())
    short = _short(asked, dealt)
    net = float(asked.net[dealt.entry].sum())
    objective = net - asked.penalty * float(short.sum())
    upper = max(upper, objective)
    size = max(abs(upper), abs(objective))
    gap = (upper - objective) / size if size > 0 else 0.0
    cost = float((asked.candidates.worth - asked.net)[dealt.entry].sum())
    status = "infeasible" if short.any() else "optimal" if gap <= SMALL_GAP else "feasible"
    table = _table(asked, dealt, rank, begin)
    slots, hours = _slot_prices(problem, prices), _hour_prices(asked, problem, prices)
    return ContactPlan(
        table=table,
        load=_load(asked, dealt, hours),
        prices=_prices(asked, dealt, slots),
        shadow_prices=_shadow(asked, problem, slots, hours, prices),
        total_value=value,
        cost=cost,
        objective=objective,
        upper_bound=upper,
        gap=gap,
        status=status,
        customers=len(asked.candidates.people),
        contacted=int(np.count_nonzero(np.bincount(asked.candidates.customer[dealt.entry]))),
        notes=_notes(asked, short),
    )


def _short(asked: Asked, dealt: Dealt) -> Floats:
    """Contacts that each segment lacks."""
    got = (
        np.bincount(asked.candidates.segment.code[dealt.entry], minlength=len(asked.least))
        if (asked.least.any())
        else np.zeros(len(asked.least))
    )
    found: Floats = np.maximum(asked.least - got, 0.0)
    return found


def _table(asked: Asked, dealt: Dealt, rank: np.ndarray, begin: np.ndarray | None) -> pd.DataFrame:
    import pandas as pd

    given, slots = asked.candidates, asked.slots
    rows = given.table.iloc[given.row[dealt.entry]].reset_index(drop=True)
    calendar = slots.days.back(slots.calendar)
    columns: dict[str, Any] = {
        "customer_id": rows["customer_id"],
        "method": rows["method"],
        "marketer": np.array(slots.marketers, dtype=object)[slots.marketer[dealt.slot]],
        "day": calendar[slots.day[dealt.slot]],
        "rank": rank,
    }
    if begin is not None:
        whole = np.floor(begin + 1e-6).astype(int)
        columns["start"] = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in whole.tolist()]
    columns["expected_value"] = given.value[dealt.entry]
    return pd.DataFrame(columns | {name: rows[name] for name in SHOWN if name in rows})


def _slot_prices(problem: Problem, prices: Floats) -> Floats:
    """Price of one more contact in each slot."""
    found = np.zeros(len(problem.pool_of_slot) + 1)
    counted = problem.resources.kind == "contacts"
    by_pool = np.zeros(int(problem.pool_of_slot.max(initial=-1)) + 2)
    by_pool[problem.resources.owner[counted]] = prices[counted]
    found[:-1] = by_pool[problem.pool_of_slot]
    return found[:-1]


def _hour_prices(asked: Asked, problem: Problem, prices: Floats) -> Floats:
    """Price of one more hour of each bench; NaN where time has no limit."""
    found = np.full(len(asked.limit), np.nan)
    if not np.isfinite(asked.limit).any():
        return found
    found[:] = 0.0
    arcs, none = problem.arcs, len(problem.resources.have)
    at = np.full(int(problem.pool_of_slot.max(initial=-1)) + 2, none)
    at[arcs.pool] = arcs.resource[1]
    used = problem.pool_of_slot >= 0
    found[asked.bench[used]] = 60 * np.append(prices, 0.0)[at[problem.pool_of_slot[used]]]
    return found


def _load(asked: Asked, dealt: Dealt, hours: Floats) -> pd.DataFrame:
    import pandas as pd

    slots, size = asked.slots, len(asked.limit)
    there = np.unique(asked.bench)
    bench = asked.bench[dealt.slot]
    contacts = np.bincount(bench, minlength=size)[there]
    capacity = np.bincount(asked.bench, asked.contacts, size)[there]
    spent = np.full(len(there), np.nan)
    if asked.minutes is not None:
        spent = np.bincount(bench, asked.minutes[slots.method[dealt.slot]], size)[there] / 60
    have = np.where(np.isfinite(asked.limit[there]), asked.limit[there] / 60, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.where(np.isfinite(have), spent / have, contacts / capacity)
    return pd.DataFrame(
        {
            "marketer": np.array(slots.marketers, dtype=object)[there // len(slots.calendar)],
            "day": slots.days.back(slots.calendar)[there % len(slots.calendar)],
            "contacts": contacts,
            "capacity": capacity,
            "hours": spent,
            "hours_have": have,
            "used": used,
            "value": np.bincount(bench, asked.candidates.value[dealt.entry], size)[there],
            "hour_price": hours[there],
        }
    )


def _prices(asked: Asked, dealt: Dealt, price: Floats) -> pd.DataFrame:
    import pandas as pd

    slots = asked.slots
    return pd.DataFrame(
        {
            "marketer": np.array(slots.marketers, dtype=object)[slots.marketer],
            "method": np.array(slots.methods, dtype=object)[slots.method],
            "day": slots.days.back(slots.calendar)[slots.day],
            "contacts": np.bincount(dealt.slot, minlength=len(price)),
            "capacity": slots.contacts,
            "price": price,
        }
    )


def _shadow(asked: Asked, problem: Problem, price: Floats, hours: Floats, prices: Floats) -> dict[str, float]:
    slots = asked.slots
    found = {
        f"contacts:{name}": float(price[slots.method == at].mean()) for at, name in enumerate(slots.methods)
    }
    if np.isfinite(hours).any():
        there = np.unique(asked.bench)
        who = there // len(slots.calendar)
        found |= {
            f"hour:{name}": float(hours[there[who == at]].mean()) for at, name in enumerate(slots.marketers)
        }
        found["hour"] = float(hours[there].mean())
    least = np.flatnonzero(problem.resources.kind == "least")
    names = asked.candidates.segment.names
    return found | {f"least:{names[problem.resources.owner[at]]}": float(prices[at]) for at in least}


def _notes(asked: Asked, short: Floats) -> tuple[ContactNote, ...]:
    """What was left out, and which segment lacks what."""
    given, found = asked.candidates, []
    if asked.rules.consent is None and not given.table.attrs.get(CONSENTED):
        found.append(ContactNote("unchecked", ()))
    if closed := int((~asked.open).sum()):
        found.append(ContactNote("no_consent", (("many", float(closed)),)))
    if late := int(((given.due < 0) & asked.open).sum()):
        found.append(ContactNote("late", (("many", float(late)),)))
    if poor := int(((asked.net <= 0) & asked.open).sum()):
        found.append(ContactNote("poor", (("many", float(poor)),)))
    for at in np.flatnonzero(short):
        values = (
            ("segment", str(given.segment.names[at])),
            ("short", float(short[at])),
            ("least", float(asked.least[at])),
        )
        found.append(ContactNote("short", values))
    return tuple(found)
