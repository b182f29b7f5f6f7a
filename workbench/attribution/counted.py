"""Journeys that somebody has counted already: paths such as `search > social > email`, with conversions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from workbench.attribution import frames
from workbench.attribution.cells import LOST, WON, Audit, Cells, Floats, Ints, Steps
from workbench.attribution.models import Rules
from workbench.errors import InputError, QuestionError, unknown

GROUPS = 60
"""Groups that the journeys are dealt into at random, to see how far chance moves a credit."""


@dataclass(frozen=True, eq=False)
class Paths:
    """Counted journeys, as `attribute` and `compare_models` take them.

    Attributes:
        members: Channels, sorted.
        tokens: Channel of every touch of every path, as its place in `members`, path after path.
        lengths: Touches of each path.
        won, lost: Journeys of each path that converted, and that led to nothing.
        worth: Value of the conversions of each path; None where it is not known.
        seed: Seed of the random groups.
    """

    members: tuple[str, ...]
    tokens: Ints
    lengths: Ints
    won: Ints
    lost: Ints
    worth: Floats | None
    seed: int = 0

    @cached_property
    def path(self) -> Ints:
        """Path of every touch."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def place(self) -> Ints:
        """Place of every touch in its path, from 0."""
        begins = np.cumsum(self.lengths) - self.lengths
        return np.arange(len(self.tokens)) - np.repeat(begins, self.lengths)

    @property
    def is_last(self) -> Any:
        """Whether a touch is the last of its path."""
        return self.place == self.lengths[self.path] - 1


def from_paths(
    frame: Any,
    path: str = "path",
    conversions: str = "conversions",
    value: str | None = "value",
    null: str | None = "null",
    separator: str = ">",
    seed: int = 0,
) -> Paths:
    """Read counted journeys, for `attribute` and `compare_models`.

    Counted paths know neither times nor days: there is no time decay, and the intervals take journeys as
    evidence, which is too sure of itself where the journeys of one day resemble each other.

    Args:
        frame: pandas, Polars or Arrow, one row a path.
        path: Column of the paths: channels in order, between `separator`; empty: no touch.
        conversions: Column of how many journeys of the path converted.
        value: Column of the value of these conversions together; None, or not there: not known.
        null: Column of how many journeys of the path led to nothing; None, or not there: none.
        separator: What stands between two channels.
        seed: Seed of the random groups behind the intervals.

    Raises:
        InputError: for missing columns, or counts that are no whole numbers from 0 on.
    """
    table = frames.arrow(frame, "paths")
    for name in (path, conversions):
        if name not in table.column_names:
            raise unknown("column", name, table.column_names, InputError, "paths")
    split = [_split(words, separator) for words in table[path].to_pylist()]
    found, tokens = np.unique(
        [member for members in split for member in members] or [""], return_inverse=True
    )
    has = any(split)
    return Paths(
        members=tuple(map(str, found)) if has else (),
        tokens=tokens.reshape(-1) if has else np.zeros(0, np.int64),
        lengths=np.array([len(members) for members in split], np.int64),
        won=_counts(table, conversions),
        lost=_counts(table, null),
        worth=_worth(table, value),
        seed=seed,
    )


def cells(paths: Paths, rules: Rules) -> Cells:
    """What the models need to know, from counted journeys dealt into groups.

    Raises:
        QuestionError: for a model that needs times.
    """
    if "time_decay" in rules.by_rule:
        raise QuestionError("Counted paths know no times.", "Leave out time_decay, or give touches.")
    won, lost = _dealt(paths.won, paths), _dealt(paths.lost, paths)
    each = (0.0 if paths.worth is None else paths.worth) / np.maximum(paths.won, 1)
    both = np.stack([won, won * np.reshape(each, (-1, 1) if np.ndim(each) else ())], axis=-1)
    bare = paths.lengths == 0
    return Cells(
        members=paths.members,
        credits={name: _credits(paths, name, rules.ends, both) for name in rules.by_rule},
        touched=_touched(paths),
        direct=both[bare].sum(axis=0),
        total=both.sum(axis=0),
        steps=_steps(paths, rules.order, won + lost, both, lost) if rules.chained else None,
        audit=_audit(paths),
    )


def _split(words: Any, separator: str) -> list[str]:
    return [part.strip() for part in str(words or "").split(separator) if part.strip()]


def _counts(table: Any, name: str | None) -> Ints:
    if name is None or name not in table.column_names:
        return np.zeros(table.num_rows, np.int64)
    numbers = _numbers(table, name)
    if not ((numbers >= 0) & (numbers == np.floor(numbers))).all():
        raise InputError(f"Column {name!r} holds what is no count.", "Use whole numbers from 0 on.", "paths")
    return numbers.astype(np.int64)


def _worth(table: Any, name: str | None) -> Floats | None:
    if name is None or name not in table.column_names:
        return None
    numbers = _numbers(table, name)
    if (numbers < 0).any():
        raise InputError(f"Column {name!r} has a negative value.", "Leave out refunds.", "paths")
    return numbers


def _numbers(table: Any, name: str) -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        column = pc.fill_null(table[name].cast(pa.float64()), 0.0)
    except pa.ArrowInvalid:
        raise InputError(f"Column {name!r} holds what is no number.", "Correct it.", "paths") from None
    found: Floats = column.to_numpy()
    return found


def _dealt(counts: Ints, paths: Paths) -> Floats:
    """Journeys of each path by group, (paths × groups)."""
    rng = np.random.default_rng(paths.seed)
    found: Floats = rng.multinomial(counts, np.full(GROUPS, 1.0 / GROUPS)).astype(float)
    return found


def _sum(at: tuple[Ints, Ints], weights: Any, shape: tuple[int, int]) -> Any:
    """A sparse matrix of sums of `weights` at places."""
    from scipy import sparse

    return sparse.csr_matrix((np.asarray(weights, float), at), shape=shape)


def _credits(paths: Paths, model: str, ends: Sequence[float], won: Floats) -> Floats:
    """Credits of a rule, (groups × members × 2)."""
    shape = (len(paths.members), len(paths.lengths))
    share = _sum((paths.tokens, paths.path), _shares(paths, model, ends), shape)
    flat = share @ won.reshape(len(won), -1)
    found: Floats = flat.reshape(shape[0], GROUPS, 2).transpose(1, 0, 2)
    return found


def _shares(paths: Paths, model: str, ends: Sequence[float]) -> Floats:
    """Part of its journey's conversion that each touch gets."""
    length = paths.lengths[paths.path].astype(float)
    first, last = (paths.place == 0).astype(float), paths.is_last.astype(float)
    if model in ("first", "last"):
        ends_only: Floats = first if model == "first" else last
        return ends_only
    if model == "linear":
        return 1.0 / length
    if model == "shapley":
        return _evenly(paths)
    between = np.where(length > 2, (1.0 - first) * (1.0 - last) / np.maximum(length - 2, 1), 0.0)
    long = first * ends[0] + last * ends[1] + between * (1.0 - ends[0] - ends[1])
    short = (first * ends[0] + last * ends[1]) / (ends[0] + ends[1])
    found: Floats = np.where(length == 1, 1.0, np.where(length == 2, short, long))
    return found


def _evenly(paths: Paths) -> Floats:
    """Equal parts to the different members of a path, each part to a member's first touch."""
    pair = paths.path * (len(paths.members) + 1) + paths.tokens
    _, firsts = np.unique(pair, return_index=True)
    different = np.bincount(paths.path[firsts], minlength=len(paths.lengths))
    found = np.zeros(len(pair))
    found[firsts] = 1.0 / different[paths.path[firsts]]
    return found


def _touched(paths: Paths) -> Floats:
    pair = np.unique(np.column_stack([paths.path, paths.tokens]), axis=0)
    found: Floats = np.bincount(pair[:, 1], paths.won[pair[:, 0]], len(paths.members)).astype(float)
    return found


def _steps(paths: Paths, order: int, all_: Floats, won: Floats, lost: Floats) -> Steps:
    back = [_before(paths, number) for number in range(order + 1)]
    now, past = np.column_stack(back[:order]), np.column_stack(back[1:])
    start = np.full((1, order), -1, np.int64)
    states, at = np.unique(np.concatenate([start, past, now]), axis=0, return_inverse=True)
    source, target = np.split(at.reshape(-1)[1:], 2)
    ends, path = paths.is_last, paths.path
    size, out = ends.sum(), target[ends]
    steps = np.column_stack([np.r_[source, out, out], np.r_[target, np.full(size, WON), np.full(size, LOST)]])
    kinds, which = np.unique(steps, axis=0, return_inverse=True)
    which = which.reshape(-1)
    shape = (len(kinds), len(paths.lengths))
    inner, wins, ends_ = np.split(which, [len(source), len(source) + size])
    from scipy import sparse

    n = _sum((inner, path), np.ones(len(inner)), shape) @ all_
    n += _sum((wins, path[ends]), np.ones(size), shape) @ won[:, :, 0]
    n += _sum((ends_, path[ends]), np.ones(size), shape) @ lost
    value = _sum((wins, path[ends]), np.ones(size), shape) @ won[:, :, 1]
    return Steps(states, kinds[:, 0], kinds[:, 1], sparse.csr_matrix(n.T), sparse.csr_matrix(value.T))


def _before(paths: Paths, number: int) -> Ints:
    """Member so many touches before each touch; −1 before the first."""
    shifted = np.r_[np.full(number, -1), paths.tokens[: len(paths.tokens) - number]]
    return np.where(paths.place >= number, shifted, -1)


def _audit(paths: Paths) -> Audit:
    touches = int((paths.lengths * (paths.won + paths.lost)).sum())
    return Audit(
        rows=len(paths.lengths), lost=0, negative=0, unknown=0, unvalued=0, touches=touches, twins=0, open=0,
        clusters=GROUPS,
    )  # fmt: skip
