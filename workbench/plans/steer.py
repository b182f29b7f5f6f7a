"""What a marketer holds, floors and caps, put into the words of `optimize.allocate`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from workbench.errors import unknown
from workbench.optimize import Plan, allocate
from workbench.solvers.checks import spends

if TYPE_CHECKING:
    import pandas as pd

AMOUNTS = ("held", "floors", "caps")
RISK_DRAWS = 50
"""Draws that a risk-averse plan looks at: as many as a slider move can wait for."""


@dataclass(frozen=True)
class Steering:
    """What a plan is asked for.

    Attributes:
        budget: Most spend a week; None: no budget.
        mode: As `optimize.allocate` takes it. target: What the mode aims at.
        held: Channel → its spend. floors: Channel → its least. caps: Channel → its most. Where regions are
            planned, a key may be a cell, too: `search · Beijing`.
        risk: 0 to 1 as `optimize.allocate` takes it; None: the curves as they are.
    """

    budget: float | None
    mode: str = "max_response"
    target: float | None = None
    held: Mapping[str, float] | None = None
    floors: Mapping[str, float] | None = None
    caps: Mapping[str, float] | None = None
    risk: float | None = None

    def rules(self) -> list[tuple[str, str, float]]:
        """(`held`, `floors` or `caps`; channel; amount) of every rule; what is held needs no other."""
        held = self.held or {}
        given = [(kind, *rule) for kind in AMOUNTS for rule in (getattr(self, kind) or {}).items()]
        return [rule for rule in given if rule[0] == "held" or rule[1] not in held]

    def without(self, kind: str, channel: str) -> Steering:
        """The same without one rule."""
        kept = {name: value for name, value in getattr(self, kind).items() if name != channel}
        return self._with({kind: kept})

    def of(self, names: Collection[str]) -> Steering:
        """The same with the rules of these channels or cells alone."""
        own = {
            kind: {name: value for name, value in (getattr(self, kind) or {}).items() if name in names}
            for kind in AMOUNTS
        }
        return self._with(own)

    def checked(self, channels: tuple[str, ...], cells: Collection[str] = ()) -> Steering:
        """The same with amounts as numbers.

        Raises:
            QuestionError: for a channel or cell that has no curve, or an amount that is none.
        """
        for kind, name, _ in self.rules():
            if name not in channels and name not in cells:
                raise unknown("channel", name, (*channels, *cells), where=f"`{kind}`")
        amounts = {
            kind: {
                name: spends(f"amount of {name!r}", value)
                for name, value in (getattr(self, kind) or {}).items()
            }
            for kind in AMOUNTS
        }
        return self._with(amounts)

    def _with(self, amounts: Mapping[str, Mapping[str, float]]) -> Steering:
        return replace(self, **cast("dict[str, Any]", amounts))


def steered(curves: pd.DataFrame, asked: Steering, draws: pd.DataFrame | None, risky: Any = None) -> Plan:
    """The plan that keeps every rule.

    Args:
        curves: The CurveTable, one row a channel, or one a channel and region: then rules hold for the sum.
        asked: What is asked for, checked.
        draws: Plausible curves for bands; None: no bands.
        risky: Called for plausible curves where a risk-averse plan needs some.
    """
    sampled = draws if asked.risk is None or risky is None else _few(risky())
    own = asked.of(set(curves["cell"]))
    return allocate(
        _bounded(curves, own) if "region" not in curves or own.rules() else curves,
        asked.budget,
        groups=_groups(asked.of(set(curves["channel"]))) if "region" in curves else None,
        mode=asked.mode,
        target=asked.target,
        draws=sampled,
        locked=dict(own.held) if own.held else None,
        risk=asked.risk,
    )


def bounded(curves: pd.DataFrame, asked: Steering) -> pd.DataFrame:
    """Curves with every rule of a cell of its own as `min` and `max`: a lock is both."""
    own = asked.of(set(curves["cell"]))
    held = curves["cell"].map(own.held or {}).astype(float)
    found = _bounded(curves, own)
    return found.assign(min=held.fillna(found["min"]), max=held.fillna(found["max"]))


def grouped(curves: pd.DataFrame, asked: Steering) -> dict[str, tuple[float, float]]:
    """Least and most of channels that have rules, where their cells are regions."""
    return _groups(asked.of(set(curves["channel"]))) if "region" in curves else {}


def _few(draws: pd.DataFrame) -> pd.DataFrame:
    return draws[draws["draw"] < RISK_DRAWS]


def _bounded(curves: pd.DataFrame, asked: Steering) -> pd.DataFrame:
    """Curves with the floors and caps; a floor or cap goes before the most that history allows."""
    floor = curves["cell"].map(asked.floors or {}).astype(float).fillna(0.0)
    most = curves["cell"].map(asked.caps or {}).astype(float).fillna(curves["max"].clip(lower=floor))
    return curves.assign(min=floor, max=most)


def _groups(asked: Steering) -> dict[str, tuple[float, float]]:
    """Least and most of each channel that has a rule."""
    named = {name for _, name, _ in asked.rules()}
    held, floors, caps = (getattr(asked, kind) or {} for kind in AMOUNTS)
    return {
        name: (held.get(name, floors.get(name, 0.0)), held.get(name, caps.get(name, float("inf"))))
        for name in sorted(named)
    }
