"""Which non-linear parameters a fit has, and the media columns they give, with derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.response.carryover import KINDS
from workbench.response.priors import REACH, Priors
from workbench.response.saturation import FORMS, Floats

LEAST_POWER, MOST_POWER = -3.0, 0.0


@dataclass(frozen=True, eq=False)
class Group:
    """Channels of one carry-over and one form, worked out together.

    Attributes:
        carry: Kind of carry-over. form: Form of the curve.
        channels: Positions of G channels.
        carried: Places of their carry-over's parameters, shape (k, G).
        half, shape: Places of the half-saturations and shapes, shape (G,); None where there is none.
    """

    carry: str
    form: str
    channels: Any
    carried: Any
    half: Any
    shape: Any


@dataclass(frozen=True, eq=False)
class Layout:
    """Parameters in order.

    Attributes:
        groups: Of channels.
        names: Of each parameter. owner: Its channel's position.
        centre, sd: Of its prior, in its free scale. low, high: Where a fit may go, in sd from the centre.
    """

    groups: tuple[Group, ...]
    names: tuple[str, ...]
    owner: Any
    centre: Floats
    sd: Floats
    low: Floats
    high: Floats

    def free(self, z: Floats) -> Floats:
        """Parameters in their free scale, of those in prior standard deviations."""
        return self.centre + self.sd * z

    def of(self, channel: int, z: Floats) -> dict[str, float]:
        """A channel's parameters by name, in their free scale."""
        free = self.free(z)
        return {self.names[at]: float(free[at]) for at in np.flatnonzero(self.owner == channel)}


def layout(carry: Sequence[str], form: Sequence[str], priors: Priors) -> Layout:
    """The parameters of channels with these carry-overs and forms."""
    found: list[tuple[str, int, tuple[float, float]]] = []
    places: dict[tuple[int, str], int] = {}
    for channel, names in enumerate(_names(carry, form)):
        for name in names:
            places[channel, name] = len(found)
            powered = name == "shape" and form[channel] == "power"
            found.append((name, channel, getattr(priors, "power" if powered else name)))
    groups = tuple(_groups(carry, form, places))
    centre, sd = (np.array([item[2][side] for item in found], float) for side in (0, 1))
    low, high = np.full(len(found), -REACH), np.full(len(found), REACH)
    for at, (name, channel, _) in enumerate(found):
        if name == "shape" and form[channel] == "power":
            high[at] = (MOST_POWER - centre[at]) / sd[at]
            low[at] = (LEAST_POWER - centre[at]) / sd[at]
    return Layout(
        groups,
        tuple(item[0] for item in found),
        np.array([item[1] for item in found], int),
        centre,
        sd,
        np.minimum(low, high),
        high,
    )


def _names(carry: Sequence[str], form: Sequence[str]) -> Iterator[list[str]]:
    for kind, curve in zip(carry, form, strict=True):
        names = list(KINDS[kind].parameters)
        names += ["half_saturation"] if FORMS[curve].halved else []
        yield names + (["shape"] if FORMS[curve].shaped else [])


def _groups(carry: Sequence[str], form: Sequence[str], places: dict[tuple[int, str], int]) -> Iterator[Group]:
    for kind, curve in dict.fromkeys(zip(carry, form, strict=True)):
        same = [at for at in range(len(carry)) if (carry[at], form[at]) == (kind, curve)]

        def at(name: str, same: list[int] = same) -> Any:
            return np.array([places[channel, name] for channel in same], int)

        names = KINDS[kind].parameters
        yield Group(
            kind,
            curve,
            np.array(same, int),
            np.array([at(name) for name in names], int).reshape(len(names), len(same)),
            at("half_saturation") if FORMS[curve].halved else None,
            at("shape") if FORMS[curve].shaped else None,
        )


def media(lay: Layout, lags: Floats, z: Floats, slopes: bool = True) -> tuple[Floats, Floats]:
    """The media columns, 1 at a usual period's steady spend.

    Args:
        lay: Parameters. lags: Spend ÷ usual spend of each row and of the periods before it, shape (C, N, L).
        z: Parameters in prior standard deviations, shape (P,).
        slopes: Whether the derivatives are needed.

    Returns:
        (columns (C, N), derivatives of each parameter's own channel with respect to z (P, N)).
    """
    free = lay.free(z)
    values = np.empty(lags.shape[:2])
    moved = np.zeros((len(z), lags.shape[1])) if slopes else np.zeros((0, 0))
    for group in lay.groups:
        weights, change = KINDS[group.carry].weights(free[group.carried], lags.shape[2])
        one = len(lay.groups) == 1
        own = lags if one else lags[group.channels]
        carried = np.matmul(own, weights[..., None])[..., 0]
        scaled, parts = _flattened(group, free, carried)
        values[group.channels] = scaled
        if slopes:
            _slopes(moved, group, own, change, carried, parts)
    return values, moved * lay.sd[:, None] if slopes else moved


def unit(lay: Layout, z: Floats) -> Floats:
    """Saturation reached at a usual period's steady spend, shape (C,): scale × this is a coefficient."""
    free, found = lay.free(z), np.empty(sum(len(group.channels) for group in lay.groups))
    for group in lay.groups:
        half = 1.0 if group.half is None else np.exp(free[group.half])
        shape = 1.0 if group.shape is None else np.exp(free[group.shape])
        found[group.channels] = FORMS[group.form].parts(np.ones(len(group.channels)) / half, shape)[0]
    return found


def _flattened(group: Group, free: Floats, carried: Floats) -> tuple[Floats, tuple[Floats, ...]]:
    form, size = FORMS[group.form], len(group.channels)
    half = (np.ones(size) if group.half is None else np.exp(free[group.half]))[:, None]
    shape = (np.ones(size) if group.shape is None else np.exp(free[group.shape]))[:, None]
    reached, by_half, by_shape = form.parts(carried / half, shape)
    top, top_half, top_shape = form.parts(1 / half, shape)
    scaled = reached / top
    return scaled, (by_half / top, by_shape / top, scaled * top_half / top, scaled * top_shape / top)


def _slopes(
    moved: Floats, group: Group, lags: Floats, change: Floats, carried: Floats, parts: tuple[Floats, ...]
) -> None:
    by_spend, by_shape, top_half, top_shape = parts
    rate = np.divide(by_spend, carried, out=np.zeros_like(carried), where=carried > 0)
    for k in range(len(group.carried)):
        moved[group.carried[k]] = np.matmul(lags, change[k][..., None])[..., 0] * rate
    if group.half is not None:
        moved[group.half] = top_half - by_spend
    if group.shape is not None:
        moved[group.shape] = by_shape - top_shape
