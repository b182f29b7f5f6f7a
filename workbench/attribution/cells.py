"""The answer of the one query as small arrays: sums over journeys, by cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.attribution import counts
from workbench.attribution.models import Rules
from workbench.metrics.dimensions import UNKNOWN

if TYPE_CHECKING:
    import pyarrow as pa

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

WON, LOST = -1, -2
"""Ends of a journey: with a conversion, and without."""


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of all journeys, for the chain.

    Attributes:
        states: One row a state: the members that it remembers, newest first, −1 before the first touch.
            State 0 is the start.
        source, target: Of each kind of step: a state, and a state, `WON` or `LOST`.
        n: (clusters × kinds of step), how often it was made; sparse.
        value: The same, the value of the conversions it led to.
    """

    states: Ints
    source: Ints
    target: Ints
    n: Any
    value: Any


@dataclass(frozen=True)
class Audit:
    """What stands out among the rows.

    Attributes:
        rows: Rows as they came.
        lost: Rows without customer or time.
        negative: Rows of negative value.
        unknown: Touches without a member.
        unvalued: Conversions of unknown value.
        touches: Touches in the journeys.
        twins: Rows that repeat another.
        open: Customers whose last event is a touch that is younger than the window.
        clusters: Number of clusters.
    """

    rows: int
    lost: int
    negative: int
    unknown: int
    unvalued: int
    touches: int
    twins: int
    open: int
    clusters: int


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums over journeys by cluster (a day); every array's last axis is (conversions, value).

    Attributes:
        members: Names of the channels (or campaigns, creatives), sorted.
        credits: Model → (clusters × members × 2).
        touched: Converting journeys with each member.
        direct: Conversions without a touch, (clusters × 2).
        total: All conversions, (clusters × 2).
        steps: For the chain; None where no model needs it.
        audit: What stands out.
    """

    members: tuple[str, ...]
    credits: Mapping[str, Floats]
    touched: Floats
    direct: Floats
    total: Floats
    steps: Steps | None
    audit: Audit

    @property
    def touched_total(self) -> Floats:
        """Conversions with a touch, (clusters × 2)."""
        rest: Floats = self.total - self.direct
        return rest


def of(answer: pa.Table, rules: Rules) -> Cells:
    """Take the answer of `counts.question` apart."""
    kind = answer["kind"].to_numpy()
    step, credit = (answer.filter(kind == number) for number in (counts.STEP, counts.CREDIT))
    rows = answer.filter(kind == counts.ROWS).to_pylist()[0]
    days = np.unique(step["cluster"].to_numpy())
    place = {day: at for at, day in enumerate(days.tolist())}
    touches = step.filter(step["touch"].to_numpy() == 1)
    members = tuple(sorted(set(touches["member"].unique().to_pylist())))
    return Cells(
        members=members,
        credits={name: _credits(credit, name, place, members) for name in rules.by_rule},
        touched=_touched(credit, members),
        direct=_sums(credit, place, "n"),
        total=_sums(step, place, "convs"),
        steps=_steps(touches, place, members, rules.order) if rules.chained else None,
        audit=_audit(step, rows, days, rules.window_days),
    )


def _audit(step: pa.Table, rows: Mapping[str, Any], days: Ints, window_days: float) -> Audit:
    """What stands out; a customer may still convert within the window of the last day."""
    sums = {name: int(step[name].to_numpy().sum()) for name in ("unvalued", "negative", "twins")}
    young = days[-1:].max(initial=0) - step["cluster"].to_numpy() < window_days
    touch, n = step["touch"].to_numpy() == 1, step["n"].to_numpy()
    nowhere = np.array([member == UNKNOWN for member in step["member"].to_pylist()], bool)
    return Audit(
        rows=int(rows["n"]),
        lost=int(rows["ends"]),
        unknown=int(n[touch & nowhere].sum()),
        touches=int(n[touch].sum()),
        open=int(step["ends"].to_numpy()[young].sum()),
        clusters=len(days),
        **sums,
    )


def _codes(column: Any, place: Mapping[Any, int]) -> Ints:
    """Places of the values of a column."""
    coded = column.combine_chunks().dictionary_encode()
    names = np.array([place[name] for name in coded.dictionary.to_pylist()], np.int64)
    found: Ints = names[coded.indices.to_numpy()] if len(names) else np.zeros(0, np.int64)
    return found


def _sums(part: pa.Table, place: Mapping[Any, int], count: str) -> Floats:
    """A count and `value` by cluster."""
    found = np.zeros((len(place), 2))
    np.add.at(found, _codes(part["cluster"], place), _pair(part, count, "value"))
    return found


def _pair(part: pa.Table, count: str, value: str) -> Floats:
    return np.column_stack([part[name].to_numpy().astype(float) for name in (count, value)])


def _credits(part: pa.Table, name: str, place: Mapping[Any, int], members: tuple[str, ...]) -> Floats:
    found = np.zeros((len(place), len(members) + 1, 2))
    at = {member: number for number, member in enumerate((*members, ""))}
    where = (_codes(part["cluster"], place), _codes(part["member"], at))
    np.add.at(found, where, _pair(part, f"{name}_n", f"{name}_value"))
    return found[:, :-1]


def _touched(part: pa.Table, members: tuple[str, ...]) -> Floats:
    at = {member: number for number, member in enumerate((*members, ""))}
    found = np.zeros(len(members) + 1)
    np.add.at(found, _codes(part["member"], at), part["convs"].to_numpy().astype(float))
    return found[:-1]


def _steps(part: pa.Table, place: Mapping[Any, int], members: tuple[str, ...], order: int) -> Steps:
    """States and steps of the rows: each touch is a step into its state, a last one a step out as well."""
    code = {"": -1, **{member: number for number, member in enumerate(members)}}
    past = np.column_stack([_codes(part[name], code) for name in counts.PAST[:order]])
    now = np.column_stack([_codes(part["member"], code), past[:, :-1]])
    start = np.full((1, order), -1, np.int64)
    states, at = np.unique(np.concatenate([start, past, now]), axis=0, return_inverse=True)
    source, target = np.split(at.reshape(-1)[1:], 2)  # the start sorts first: it is −1 throughout
    last = part["last"].to_numpy() == 1
    end = np.where(part["inside"].to_numpy()[last] == 1, WON, LOST)
    cluster, n, value = _codes(part["cluster"], place), part["n"].to_numpy(), part["worth"].to_numpy()
    kinds, which = np.unique(
        np.column_stack([np.r_[source, target[last]], np.r_[target, end]]), axis=0, return_inverse=True
    )
    where = (np.r_[cluster, cluster[last]], which.reshape(-1))
    shape = (len(place), len(kinds))
    worth = np.r_[np.zeros(len(source)), value[last]]
    return Steps(
        states,
        kinds[:, 0],
        kinds[:, 1],
        _sparse(np.r_[n, n[last]], where, shape),
        _sparse(worth, where, shape),
    )


def _sparse(values: Any, where: tuple[Ints, Ints], shape: tuple[int, int]) -> Any:
    from scipy import sparse

    return sparse.csr_matrix((np.asarray(values, float), where), shape=shape)
