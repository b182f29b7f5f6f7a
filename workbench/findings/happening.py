"""One figure of a brief: its change, and whether that is more than usual at equal age of conversions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.catalogue import Metric

UNKNOWN, OPEN = "unknown", "open"


@dataclass(frozen=True)
class Change:
    """A relative change, and what tells it from chance.

    Attributes:
        change: Relative; NaN where there is none.
        low, high: Ends of the 95% of relative changes that are usual; NaN where the past is too short.
        diff_low, diff_high: 95% interval of the difference in the figure's unit; NaN where there is none.
    """

    change: float = math.nan
    low: float = math.nan
    high: float = math.nan
    diff_low: float = math.nan
    diff_high: float = math.nan

    def verdict(self, better: str) -> str:
        """`good`, `bad` or `moved` where it is beyond chance, `usual` where not, else `unknown`.

        Args:
            better: Whether `higher` or `lower` is better, or `neither`.
        """
        if self.change != self.change:
            return UNKNOWN
        if self.low == self.low:
            beyond = not self.low <= self.change <= self.high
        elif self.diff_low == self.diff_low:
            beyond = self.diff_low > 0 or self.diff_high < 0
        else:
            return UNKNOWN
        if not beyond or better == "neither":
            return "moved" if beyond else "usual"
        return "good" if (self.change > 0) == (better == "higher") else "bad"


@dataclass(frozen=True)
class Happening:
    """One figure of the period.

    Attributes:
        metric: What is measured.
        currency: Of amounts.
        value, before: Now and in the period compared with, as they stand; NaN where unknown.
        seen: Its change as it stands.
        windows: Periods behind the usual change.
        late: Whether conversions of the period are still to come that it is made of.
        even: Its change at equal age, under each view of what is still to come; empty where nothing is, or
            where too little has arrived to compare.
    """

    metric: Metric
    currency: str
    value: float
    before: float = math.nan
    seen: Change = Change()
    windows: int = 0
    late: bool = False
    even: tuple[Change, ...] = ()

    @property
    def change(self) -> float:
        """The relative change as it stands."""
        return self.seen.change

    @property
    def told(self) -> Change:
        """The change that is said to be usual or not: at equal age the one that is smallest."""
        return min(self.even, key=lambda one: abs(one.change), default=self.seen)

    @property
    def verdict(self) -> str:
        """`good`, `bad` or `moved` where it changed beyond chance, `usual` where not, else `unknown`.

        `open` where that hangs on conversions that are still to come.
        """
        if self.late and not self.even and self.change == self.change:
            return OPEN
        said = {one.verdict(self.metric.better) for one in self.even or (self.seen,)}
        return said.pop() if len(said) == 1 else OPEN

    def sentence(self, lang: str) -> str:
        """The figure, its change, and whether that is more than usual."""
        label = self.metric.label(lang, short=True)
        name = label[:1].upper() + label[1:]
        shown = {"metric": name, "value": self._shown(self.value, lang)}
        if self.change != self.change:
            return text("brief.plain", lang, **shown)
        shown |= {"before": self._shown(self.before, lang), "change": formats.change(self.change, lang)}
        shown |= {"even": self._even(lang), "usual": self._usual(lang)}
        return text("brief.happened_even" if self.late else "brief.happened", lang, **shown)

    def _even(self, lang: str) -> str:
        """The change at equal age: one, or the ends of what it can be."""
        if not self.even:
            return text("brief.even_none", lang)
        ends = sorted({one.change for one in self.even})
        shown = [*dict.fromkeys(formats.change(end, lang) for end in ends)]
        code = "even_between" if shown[1:] else "even"
        return text(f"brief.{code}", lang, low=shown[0], high=shown[-1])

    def _usual(self, lang: str) -> str:
        said, verdict = self.told, self.verdict
        if verdict == OPEN:
            return text("brief.open", lang)
        if said.low == said.low:
            ends = {"low": formats.change(said.low, lang), "high": formats.change(said.high, lang)}
            return text(f"brief.{'within' if verdict == 'usual' else 'beyond'}", lang, **ends)
        if said.diff_low == said.diff_low:
            ends = {"low": self._shown(said.diff_low, lang), "high": self._shown(said.diff_high, lang)}
            return text("brief.interval", lang, **ends)
        return text("brief.untested", lang)

    def _shown(self, value: float, lang: str) -> str:
        return formats.value(value, self.metric.unit, lang, self.currency)
