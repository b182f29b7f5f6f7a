"""Days as old as one another: conversions come late, so what a young day has is not what it will come to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.catalogue import FACTS
from workbench.findings.finding import Aside
from workbench.forecast.delays import LEAST_SHARE, TRUSTED
from workbench.forecast.stores import LATE
from workbench.metrics.sums import Sums

if TYPE_CHECKING:
    import numpy as np

    from workbench.findings.series import Series
    from workbench.metrics.kpis import Measured


@dataclass(frozen=True)
class Ages:
    """What part of each day's conversions has arrived.

    Attributes:
        days: Days since 1970, ascending; every other day is final.
        least, most: Share of each that has arrived at least and at most: the same where older data versions
            of the store tell it, else the least that must be assumed, and everything.
    """

    days: np.ndarray
    least: np.ndarray
    most: np.ndarray

    @property
    def views(self) -> tuple[np.ndarray, ...]:
        """The shares under which something must hold; one that says the same is left out."""
        same = bool((self.least == self.most).all())
        return (self.most,) if same else (self.most, self.least)

    def completed(self, sums: Sums, view: np.ndarray) -> Sums:
        """Sums with late facts as they will be; days of which too little has arrived are left out."""
        import numpy as np

        share = np.ones(len(sums.day))
        known = np.isin(sums.day, self.days)
        share[known] = view[np.searchsorted(self.days, sums.day[known])]
        keep = share >= LEAST_SHARE
        late = {FACTS[fact] for fact in LATE}
        facts = {
            name: (values / share if name in late else values)[keep] for name, values in sums.facts.items()
        }
        return replace(sums, group=sums.group[keep], day=sums.day[keep], facts=facts)

    def remark(self, facts: tuple[str, ...], first: int, worse: bool) -> Aside | None:
        """What is to be said beside figures from a first day on; None where late conversions change nothing.

        Args:
            facts: What the figures are made of. first: Days since 1970. worse: Whether they became worse.
        """
        young = (self.days >= first) & (self.least < TRUSTED)
        if not young.any() or not LATE & {*facts} or (len(self.views) > 1 and not worse):
            return None
        return Aside("age_known" if len(self.views) == 1 else "age_assumed", {"days": int(young.sum())})


def completed(measured: Measured, aged: Ages, view: np.ndarray) -> Measured:
    """Both periods of an answer with late facts as they will be.

    Args:
        measured: Their sums. aged: How much of each day has arrived. view: One of its views.
    """
    now = {money: aged.completed(sums, view) for money, sums in measured.now.items()}
    before = {money: aged.completed(sums, view) for money, sums in (measured.before or {}).items()}
    return replace(measured, now=now, before=before or None)


def ages(days: Series) -> Ages:
    """How much of each day of some series has arrived."""
    import numpy as np

    from workbench.findings.series import aligned
    from workbench.forecast import delays, stores

    if not days.present.any():
        return Ages(days.days, np.ones(len(days.days)), np.ones(len(days.days)))
    bundle = stores.of_measured(days.measured, "conversions")
    least, most = (aligned(np.asarray(ends), len(days.days), 1.0) for ends in delays.bounds(bundle))
    return Ages(days.days, least, most)
