"""What a fit minimises at given non-linear parameters: the linear ones are solved inside, and its gradient.

With w at the bottom of a problem that is convex in it, the gradient in the other parameters is the one at a
fixed w (envelope theorem), also where some of w are held at 0. What belongs to one region alone, its
baseline and its effects, is not only put at its best but integrated over: the best alone would favour columns
that vary much, whose coefficients are known well, and as each region has coefficients of its own that bias
would grow with the regions.
Source: G. Golub, V. Pereyra, *Separable nonlinear least squares: the variable projection method*, 2003;
the integral as in D. Harville, *Maximum likelihood approaches to variance component estimation*, 1977.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.response import inner
from workbench.response.layout import media
from workbench.response.problem import Problem
from workbench.response.saturation import Floats


@dataclass(frozen=True, eq=False)
class Point:
    """One set of parameters.

    Attributes:
        value: Minus the log posterior, up to a constant.
        slope: Its gradient in (z, ln σ).
        w: Linear coefficients. used: Which are not held at 0.
        columns: Media columns, shape (C, N + extra). moved: Their derivatives, shape (P, N + extra).
        rest: Residuals without units, shape (R, T).
        gram: Second derivative in w. inside: The data's part of it.
        volume: What the integral over regions' own coefficients adds to the value; 0 for one whole.
    """

    value: float
    slope: Floats
    w: Floats
    used: Any
    columns: Floats
    moved: Floats
    rest: Floats
    gram: Floats
    inside: Floats
    volume: float


def at(problem: Problem, z: Floats, log_sigma: float, used: Any = None, slopes: bool = True) -> Point:
    """The bottom over the linear coefficients at these parameters."""
    found, moved = media(problem.lay, problem.lags, z, slopes)
    precision = problem.weight * np.exp(-2 * log_sigma)
    inside, pull = _normal(problem, found, precision)
    gram, pull = inside + problem.penalty[0], pull + problem.penalty[1]
    lifted = _lifted(problem, found)
    for row, aim in lifted:
        gram += np.outer(row, row)
        pull += row * aim
    w, used = inner.solve(gram, pull, problem.signed, used)
    rest = problem.y - fitted(problem, found, w)
    missed = problem.rows @ w - problem.aim
    apart = np.array([row @ w - aim for row, aim in lifted])
    squares = float((precision[:, None] * rest**2).sum())
    blocks = _blocks(problem, gram)
    volume = 0.5 * float(np.linalg.slogdet(blocks)[1].sum())
    value = volume + problem.y.size * log_sigma + 0.5 * (squares + missed @ missed + apart @ apart + z @ z)
    slope = np.append(z, problem.y.size - squares)
    if slopes:
        slope[:-1] += _slope(problem, moved, w, precision[:, None] * rest, apart)
    if slopes and len(blocks):
        covariance = np.asarray(np.linalg.inv(blocks), np.float64)
        slope = slope + _volume_slope(problem, found, moved, covariance, inside, precision, lifted)
    return Point(float(value), slope, w, used, found, moved, rest, gram, inside, volume)


def fitted(problem: Problem, found: Floats, w: Floats) -> Floats:
    """What the parameters say of every row, without units, shape (R, T)."""
    many = len(problem.cols.names)
    regions, periods = problem.y.shape
    each = found[:, : regions * periods].reshape(-1, regions, periods)
    return np.asarray(problem.cols.values @ w[:many] + np.einsum("crt,rc->rt", each, problem.media(w)))


def _normal(problem: Problem, found: Floats, precision: Floats) -> tuple[Floats, Floats]:
    """Second derivative and pull of the data."""
    many, top = len(problem.cols.names), problem.first_media
    regions, periods = problem.y.shape
    channels = len(found)
    each = found[:, : regions * periods].reshape(channels, regions, periods).transpose(1, 0, 2)
    weighed = each * precision[:, None, None]
    base = problem.cols.values
    gram, pull = np.zeros((problem.size, problem.size)), np.zeros(problem.size)
    products, aims = problem.base_grams
    gram[:many, :many] = (products * precision[:, None, None]).sum(axis=0)
    pull[:many] = precision @ aims
    own = np.zeros((regions, channels, regions, channels))
    place = np.arange(regions)
    own[place, :, place, :] = weighed @ each.transpose(0, 2, 1)
    gram[top:, top:] = own.reshape(regions * channels, -1)
    cross = (weighed @ base).reshape(regions * channels, many)
    gram[top:, :many] = cross
    gram[:many, top:] = cross.T
    pull[top:] = (weighed @ problem.y[..., None]).ravel()
    return gram, pull


def products(problem: Problem, point: Point, log_sigma: float) -> tuple[Floats, Floats]:
    """The data's second derivatives in z, and in z and w, without those of the residuals: (P, P), (P, p).

    Region by region: one large product would wake threads that cost more than they bring.
    """
    regions, periods = problem.y.shape
    owner, rows = problem.lay.owner, regions * periods
    moved = point.moved[:, :rows].reshape(-1, regions, periods).transpose(1, 0, 2)
    moved = moved * problem.media(point.w)[:, owner][..., None]
    heavy = moved * (problem.weight * np.exp(-2 * log_sigma))[:, None, None]
    each = point.columns[:, :rows].reshape(-1, regions, periods).transpose(1, 2, 0)
    cross = np.zeros((len(owner), problem.size))
    cross[:, : len(problem.cols.names)] = (heavy @ problem.cols.values).sum(axis=0)
    cross[:, problem.first_media :] = (heavy @ each).transpose(1, 0, 2).reshape(len(owner), -1)
    return (heavy @ moved.transpose(0, 2, 1)).sum(axis=0), cross


def _lifted(problem: Problem, found: Floats) -> list[tuple[Floats, float]]:
    """Rows and aims, in standard errors, of the experiments."""
    channels, rows = len(found), problem.y.size
    terms = []
    for lift, (now, without, factors, regions) in zip(
        problem.lifts.each, problem.lifts.terms(rows), strict=True
    ):
        se = lift.se / problem.lifts.level
        own = factors * (found[lift.channel, now] - found[lift.channel, without]) / se
        row = np.zeros(problem.size)
        np.add.at(row, problem.first_media + regions * channels + lift.channel, own)
        terms.append((row, lift.effect / lift.se))
    return terms


def _blocks(problem: Problem, matrix: Floats) -> Floats:
    """Each region's own part of a matrix over the linear coefficients, shape (R, k, k)."""
    own = problem.regional
    return np.asarray(matrix[own[:, :, None], own[:, None, :]])


def _volume_slope(
    problem: Problem,
    found: Floats,
    moved: Floats,
    covariance: Floats,
    inside: Floats,
    precision: Floats,
    lifted: list[tuple[Floats, float]],
) -> Floats:
    """Gradient of the volume in (z, ln σ), from the inverse of its blocks."""
    (regions, periods), channels = problem.y.shape, len(found)
    owner, first = problem.lay.owner, covariance.shape[1] - channels
    each = found[:, : regions * periods].reshape(channels, regions, periods).transpose(1, 2, 0)
    rows = np.concatenate([np.ones((regions, periods, first)), each], axis=2)
    pulled = rows @ covariance[..., first:] * precision[:, None, None]
    change = moved[:, : regions * periods].reshape(-1, regions, periods)
    slope = np.einsum("prt,rtp->p", change, pulled[..., owner], optimize=False)
    terms = problem.lifts.terms(problem.y.size)
    for lift, (row, _), (now, without, factors, where) in zip(problem.lifts.each, lifted, terms, strict=True):
        mine = np.flatnonzero(owner == lift.channel)
        change = (moved[mine][:, now] - moved[mine][:, without]) * factors
        pull = np.einsum("rij,rj->ri", covariance, row[problem.regional])[where, first + lift.channel]
        slope[mine] += change @ pull * problem.lifts.level / lift.se
    return np.append(slope, -float((covariance * _blocks(problem, inside)).sum()))


def _slope(problem: Problem, moved: Floats, w: Floats, rest: Floats, apart: Floats) -> Floats:
    """Gradient of the data's and the experiments' part in z."""
    regions, periods = problem.y.shape
    owner, media = problem.lay.owner, problem.media(w)
    each = moved[:, : regions * periods].reshape(-1, regions, periods)
    slope = -np.einsum("prt,rt,rp->p", each, rest, media[:, owner], optimize=False)
    for lift, miss, (now, without, factors, where) in zip(
        problem.lifts.each, apart, problem.lifts.terms(problem.y.size), strict=True
    ):
        mine = np.flatnonzero(owner == lift.channel)
        change = moved[mine][:, now] - moved[mine][:, without]
        effect = change @ (factors * media[where, lift.channel])
        slope[mine] += miss * effect * problem.lifts.level / lift.se
    return np.asarray(slope)
