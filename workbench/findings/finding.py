"""One finding: what is so, what shows it, what it is worth, what to do, and where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench import i18n
from workbench.catalogue import Metric
from workbench.i18n import formats
from workbench.metrics.levels import Level
from workbench.schema import NO_CURRENCY

Status = Literal["good", "bad", "warn", "info"]
_COMPARED = ("now", "before", "others")


@dataclass(frozen=True)
class Words:
    """A text in both languages: the label of a member, a metric's name."""

    en: str
    zh: str


@dataclass(frozen=True)
class Figure:
    """A metric's value with its unit, and its interval where one is known."""

    value: float
    unit: str
    currency: str = NO_CURRENCY
    low: float = float("nan")
    high: float = float("nan")

    def shown(self, lang: str) -> str:
        """The value, with its interval in brackets."""
        figure = self._one(self.value, lang)
        if self.low != self.low or self.high != self.high:
            return figure
        return f"{figure} ({self._one(self.low, lang)}–{self._one(self.high, lang)})"

    @property
    def plain(self) -> dict[str, Any]:
        """Its parts as JSON-safe values: an interval that is not known is None."""
        low, high = (bound if bound == bound else None for bound in (self.low, self.high))
        currency = "" if self.currency == NO_CURRENCY else self.currency
        return {"value": self.value, "low": low, "high": high, "unit": self.unit, "currency": currency}

    def _one(self, value: float, lang: str) -> str:
        return formats.value(value, self.unit, lang, self.currency)


@dataclass(frozen=True)
class Aside:
    """A further text of a finding: why it is so, or what to know of its evidence.

    Attributes:
        code: Its text is `findings.<code>`.
        values: What the text names.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes:
        id: Stable for one question: what was found and where.
        status: `good`, `bad`, `warn` (the data, not the campaign) or `info`.
        code: Its texts are `findings.<code>`, `findings.<code>_evidence`, `findings.<code>_action`.
        values: What the texts name.
        effect: Signed money over the period (clicks where `unit` is `count`); None where unknown.
        effect_range: Its 95% interval; None where unknown.
        cause: Why it is so, where the data tell.
        remark: What a reader must know of the evidence, such as how finished the days are.
        unit: `money` or `count`.
        currency: Of the effect.
        state: Settings of the panel that open it where one acts.
        panel: Page on which one acts.
        p: Chance of it when nothing changed, corrected for the page; None for rules.
    """

    id: str
    status: Status
    code: str
    values: Mapping[str, Any]
    effect: float | None
    currency: str
    state: Mapping[str, Any]
    unit: str = "money"
    p: float | None = field(default=None)
    panel: str = "campaigns"
    effect_range: tuple[float, float] | None = None
    cause: Aside | None = None
    remark: Aside | None = None

    def sentence(self, lang: str) -> str:
        """What is so."""
        return self._text(self.code, lang)

    def evidence(self, lang: str) -> str:
        """What shows it: values with intervals, days, and how sure."""
        known = worded(self.remark.code, self.remark.values, lang) if self.remark else ""
        return self._text(f"{self.code}_evidence", lang) + known + self._sureness(lang)

    def action(self, lang: str) -> str:
        """What to do."""
        return self._text(f"{self.code}_action", lang)

    def worth(self, lang: str) -> str:
        """The effect with its sign, formatted; empty where unknown."""
        if self.effect is None:
            return ""
        sign = "+" if self.effect > 0 else ""
        value = sign + formats.value(round(self.effect), self.unit, lang, self.currency, short=True)
        return i18n.text("findings.clicks", lang, value=value) if self.unit == "count" else value

    def pair(self, lang: str) -> tuple[dict[str, Any], ...]:
        """The two values that it compares, for a picture: name, value, low, high, unit, currency."""
        known = [(name, self.values[name]) for name in _COMPARED if name in self.values]
        found = [(name, figure) for name, figure in known if isinstance(figure, Figure | Percent)]
        if len(found) != 2:
            return ()
        return tuple(
            {"name": i18n.text(f"findings.pair_{name}", lang), **figure.plain} for name, figure in found
        )

    def why(self, lang: str) -> str:
        """The cause; empty where the data tell none."""
        return worded(self.cause.code, self.cause.values, lang) if self.cause else ""

    def span(self, lang: str) -> str:
        """The interval of the effect, formatted; empty where unknown."""
        if self.effect_range is None:
            return ""
        low, high = (
            formats.value(round(end), self.unit, lang, self.currency, short=True) for end in self.effect_range
        )
        return i18n.text("findings.span", lang, low=low, high=high)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values, texts in both languages."""
        texts = {
            lang: {
                "sentence": self.sentence(lang),
                "evidence": self.evidence(lang),
                "action": self.action(lang),
                "worth": self.worth(lang),
                "span": self.span(lang),
                "why": self.why(lang),
            }
            for lang in i18n.LANGUAGES
        }
        ends = list(self.effect_range) if self.effect_range else None
        plain: dict[str, Any] = {"id": self.id, "status": self.status, "effect": self.effect}
        plain |= {"effect_range": ends, "unit": self.unit}
        where = {"panel": self.panel, "state": dict(self.state)}
        return {**plain, "currency": self.currency, "p": self.p, **where, **texts}

    def _text(self, key: str, lang: str) -> str:
        return worded(key, self.values, lang)

    def _sureness(self, lang: str) -> str:
        if self.p is None:
            return ""
        if self.p < 0.001:
            return i18n.text("findings.very_sure", lang)
        return i18n.text("findings.sure", lang, p=formats.number(self.p, lang, 3))


@dataclass(frozen=True)
class Percent:
    """A share or relative change, shown in percent."""

    value: float
    digits: int = 0

    def shown(self, lang: str) -> str:
        """The value in percent."""
        return formats.percent(self.value, lang, self.digits)

    @property
    def plain(self) -> dict[str, Any]:
        """Its parts as JSON-safe values, as those of a figure without an interval."""
        return {"value": self.value, "low": None, "high": None, "unit": "percent", "currency": ""}


@dataclass(frozen=True)
class Hours:
    """Hours of the day from the first on, up to the one after the last."""

    first: int
    after: int

    def shown(self, _lang: str) -> str:
        """Both ends on the clock."""
        return f"{self.first:02}:00–{self.after:02}:00"


@dataclass(frozen=True)
class Days:
    """One day, or the first and last of several."""

    first: dt.date
    last: dt.date

    def shown(self, lang: str) -> str:
        """The day, or both ends."""
        ends = [formats.date(day, lang) for day in dict.fromkeys((self.first, self.last))]
        return " – ".join(ends)


def translated(key: str) -> Words:
    """A text of the texts' files in both languages."""
    return Words(**{lang: i18n.text(key, lang) for lang in i18n.LANGUAGES})


def metric_words(metric: Metric) -> Words:
    """A metric's short names."""
    return Words(metric.label("en", short=True), metric.label("zh", short=True))


def worded(key: str, values: Mapping[str, Any], lang: str) -> str:
    """A text of this room with its values in the language."""
    shown = {name: _shown(value, lang) for name, value in values.items()}
    return i18n.text(f"findings.{key}", lang, **shown)


def _shown(value: Any, lang: str) -> str:
    match value:
        case Figure() | Percent() | Days() | Hours() | Level():
            return value.shown(lang)
        case Words():
            return value.zh if lang == "zh" else value.en
        case int():
            return formats.number(value, lang)
    return str(value)
