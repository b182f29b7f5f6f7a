"""Curves of a workspace, fitted once a data version: a slider move plans on them and fits nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from workbench.metrics.filters import normal
from workbench.metrics.money import checked, reporting_in
from workbench.optimize import Plan, allocate
from workbench.plans.lines import reading
from workbench.response.frames import names

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store
    from workbench.response import ResponseModel

DRAWS = 100
"""Plausible fits behind bands and the corrected gain."""
KEPT = 6
"""Fits that are kept; the oldest go first."""
EVERY = 0.4
"""Seconds between two tellings of how far the draws are."""

_ONE_AT_A_TIME = Lock()


@dataclass(eq=False)
class Drawing:
    """How far the plausible fits are.

    Attributes:
        done: Those that are made. many: All of them; 0 before the first one.
        heard: Called now and then while they are made, from the thread that makes them.
    """

    done: int = 0
    many: int = 0
    heard: Callable[[], None] | None = None
    _last: float = 0.0

    def tell(self, done: int, many: int) -> None:
        """Remember it, and say so at most every `EVERY` seconds."""
        self.done, self.many = done, many
        if self.heard is not None and monotonic() - self._last >= EVERY:
            self._last = monotonic()
            self.heard()


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit, and the curves that plans are made on.

    Attributes:
        model: The fit, without draws.
        curves: Its CurveTable, currency units and responses a week.
        drawing: How far the plausible fits are.
    """

    model: ResponseModel
    curves: pd.DataFrame
    drawing: Drawing = field(default_factory=Drawing)

    @cached_property
    def today(self) -> Plan:
        """Today's spend as a plan: what it brings on the same curves."""
        return allocate(self.curves, float(self.curves["current"].sum()), locked=list(self.curves["cell"]))

    @cached_property
    def read(self) -> Any:
        """The curves as a function of the spend (`lines.reading`)."""
        return reading(self.curves)

    @cached_property
    def draws(self) -> pd.DataFrame:
        """Plausible curves, one row a draw and cell."""
        return self.model.bootstrap(DRAWS, progress=self.drawing.tell).curves(draws=True)

    @property
    def drawn(self) -> bool:
        """Whether the plausible curves are there."""
        return "draws" in self.__dict__


@dataclass(frozen=True)
class Asked:
    """What a fit is of; equal for equal questions of one data version."""

    path: str
    version: int
    by: tuple[str, ...]
    where: tuple[tuple[str, tuple[str, ...]], ...]
    outcome: str
    currency: str
    store: Store = field(compare=False, repr=False)

    @property
    def filters(self) -> dict[str, list[str]] | None:
        """The filter as questions take it."""
        return {name: list(members) for name, members in self.where} or None


def asked_of(
    store: Store,
    by: str | Sequence[str],
    where: Mapping[str, Any] | None,
    outcome: str,
    currency: str | None = None,
) -> Asked:
    """A question about a workspace in its normal form."""
    kept = tuple(sorted(normal(store, where).items())) if where else ()
    wanted = checked(currency) or store.settings.currency or ""
    return Asked(str(store.path), store.version, names("by", by), kept, outcome, wanted, store)


def fitted(
    store: Store,
    by: str | Sequence[str] = ("channel",),
    where: Mapping[str, Any] | None = None,
    outcome: str = "conversions",
    currency: str | None = None,
) -> Fitted:
    """The curves of a workspace, as `response.from_store` fits them; remembered by data version.

    Args:
        store: The workspace.
        by: `channel`, or `channel` and `region`.
        where: Dimension → value or values to keep.
        outcome: A metric that adds up.
        currency: ISO 4217 code of the amounts; None: the workspace's.

    Raises:
        QuestionError: what is missing for curves.
    """
    asked = asked_of(store, by, where, outcome, currency)
    with _ONE_AT_A_TIME:
        return _fit(asked)


@lru_cache(maxsize=KEPT)
def _fit(asked: Asked) -> Fitted:
    from workbench.response import from_store

    found = reporting_in(asked.store, asked.currency)
    model = from_store(found, asked.by, asked.outcome, where=asked.filters, draws=0)
    return Fitted(model, model.curves())
