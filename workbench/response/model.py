"""`ResponseModel`: the answer of a fit, with its curves, contributions, diagnostics and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError
from workbench.i18n import formats, text
from workbench.response import curves as curve_tables
from workbench.response import diagnostics, predicting, tables
from workbench.response.fitting import Progress, Stopped
from workbench.response.frames import Names
from workbench.response.notes import Note
from workbench.response.part import Part
from workbench.response.thresholds import Thresholds
from workbench.sources.review import Finding, Status, worst

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 200
METHODS = ("auto", "parametric", "block")
SOURCES = {"claimed": "platform-claimed", "calibrated": "calibrated", "modelled": "own"}
"""Label of a model → what its curves say of themselves."""


@dataclass(frozen=True, eq=False)
class ResponseModel:
    """How an outcome answers to spend.

    Attributes:
        parts: The fits: one for all channels, or one a channel where each has an outcome of its own.
        names: Columns of the frame by role.
        claimed: Whether the outcome is what platforms claim for themselves.
        calibrated: Whether experiments are in the fit.
        notes: What a reader must know.
        currency: ISO 4217 code of the spend; empty where it is not known.
        where: Dimension → values that were kept of the store; empty: everything.
        data_version: Version of the store; None for a frame.
        code_version: Version of the package and a hash of its source.
    """

    parts: tuple[Part, ...]
    names: Names
    claimed: bool = False
    calibrated: bool = False
    notes: tuple[Note, ...] = ()
    currency: str = ""
    where: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    data_version: int | None = None
    code_version: str = field(default="")

    def __post_init__(self) -> None:
        from workbench.metrics.answer import code_version

        object.__setattr__(self, "code_version", self.code_version or code_version())

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels."""
        return tuple(name for part in self.parts for name in part.data.channels)

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions; empty for one whole."""
        found = {name: None for part in self.parts for name in part.data.regions if name}
        return tuple(found)

    @property
    def label(self) -> str:
        """`claimed`, `calibrated` or `modelled`: what stands behind the numbers."""
        return "calibrated" if self.calibrated else "claimed" if self.claimed else "modelled"

    @property
    def period_days(self) -> int:
        """Days in a period: what a curve's spend and response are for; a month has 30."""
        return round(self.parts[0].data.step)

    @property
    def about(self) -> dict[str, Any]:
        """What the numbers of a CurveTable are of, as its `.attrs` say it and plans take it over.

        `period_days`, `currency` (empty: not known), `where`, `source` (`platform-claimed`, `calibrated`
        or `own`), `data_version` (None for a frame).
        """
        return {
            "period_days": self.period_days,
            "currency": self.currency,
            "where": {name: list(values) for name, values in self.where.items()},
            "source": SOURCES[self.label],
            "data_version": self.data_version,
        }

    def bootstrap(
        self,
        draws: int = DRAWS,
        method: str = "auto",
        seed: int = 0,
        progress: Progress | None = None,
    ) -> ResponseModel:
        """The same model with plausible fits, for intervals and for bands of a plan.

        Args:
            draws: How many.
            method: `parametric` (normal noise), `block` (runs of residuals, which keep their
                autocorrelation) or `auto`: `block` where residuals go on from period to period.
            seed: Of the random numbers.
            progress: Called with (draws done, all draws); where it returns False, this stops, and the model
                stays as it was.

        Raises:
            QuestionError: for a number of draws or a method that makes no sense.
        """
        if not isinstance(method, str) or method not in METHODS:
            raise QuestionError(f"{method!r} is no bootstrap.", f"Use one of {', '.join(METHODS)}.")
        if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or not 0 <= draws <= 10_000:
            raise QuestionError(f"draws={draws!r} is no number of draws.", "Use 0 (none) to 10000.")
        _seed(seed)
        if progress is not None and not callable(progress):
            raise QuestionError(
                f"progress={progress!r} cannot be called.", "Give a function of (draws done, all draws)."
            )
        if not draws:
            return replace(self, parts=tuple(replace(part, draws=None) for part in self.parts))
        many, made = draws * len(self.parts), []
        try:
            for at, part in enumerate(self.parts):
                tell = progress and _later(progress, at * draws, many)
                made.append(part.drawn(draws, method, seed + at, tell))
        except Stopped:
            return self
        return replace(self, parts=tuple(made))

    @cached_property
    def _sampled(self) -> ResponseModel:
        return self if all(part.draws is not None for part in self.parts) else self.bootstrap()

    def curves(
        self, draws: bool = False, stretch: float = curve_tables.STRETCH, recent: int = curve_tables.RECENT
    ) -> pd.DataFrame:
        """The CurveTable: response to a spend that stays the same from period to period.

        Args:
            draws: Whether to give the plausible curves instead, one row a `draw` and cell.
            stretch: A cell's `max` is this many times its highest spend seen.
            recent: Periods whose mean spend is `current`.

        Returns:
            `cell, channel, form, scale, half_saturation, shape, min, max, value_per_response, current,
            highest` (spend seen); with regions also `region` and `group` (the channel). Currency units and
            units of the outcome a period. `.attrs` is `about`: the days in a period, currency, scope, source.

        Raises:
            QuestionError: for a stretch or a number of periods that makes no sense.
        """
        if not (_number(stretch) and np.isfinite(stretch) and stretch > 0 and _whole(recent)):
            raise QuestionError(
                f"stretch={stretch!r}, recent={recent!r} make no sense.", "Use numbers above 0."
            )
        _yes_or_no("draws", draws)
        made = curve_tables.drawn if draws else curve_tables.best
        table = made((self._sampled if draws else self).parts, stretch, recent)
        table.attrs.update(self.about)
        return table

    def contributions(self, by_region: bool = False, recent: int = curve_tables.RECENT) -> pd.DataFrame:
        """What each channel brings and returns.

        Args:
            by_region: Whether to give a row for each region.
            recent: Periods whose mean spend is today's.

        Returns:
            `channel` (`region`), `spend`; `contribution` (units of the outcome over all periods), `share`
            (of the outcome), `roas` (value ÷ spend; units of the outcome ÷ spend where no value is known),
            `mroas` (of one more unit a period at today's spend), each with `_low` and `_high`: 90%
            interval, missing without draws.
        """
        _yes_or_no("by_region", by_region)
        if not _whole(recent):
            raise QuestionError(f"recent={recent!r} is no number of periods.", "Use 1 or more.")
        return tables.channels(self.parts, recent, by_region)

    def decomposition(self) -> pd.DataFrame:
        """The outcome over time: `time, component, kind, value`; each period adds up to the outcome.

        `kind`: `media`, `intercept`, `trend`, `season`, `holiday`, `price`, `control` or `unexplained`.
        """
        return tables.decomposition(self.parts)

    def predict(self, frame: Any, seed: int = 0) -> pd.DataFrame:
        """Foresee periods from their spend, and controls where the fit has some.

        Args:
            frame: As the one of the fit, without the outcome; its periods lie in those of the fit or follow
                on them.
            seed: Of the noise.

        Returns:
            `time` (`region`), `outcome`, `low`, `high` (90% interval of the period itself, missing without
            draws), `baseline`, and a column a channel.

        Raises:
            InputError: for a frame that cannot be read, or that leaves a gap.
            QuestionError: for a model in which each channel has an outcome of its own.
        """
        if len(self.parts) != 1 or self.claimed:
            raise QuestionError(
                "Each channel has an outcome of its own here, which other spend does not foresee.",
                "Use .curves(), or fit() on one outcome.",
            )
        _seed(seed)
        return predicting.predict(self.parts[0], self.names, frame, seed)

    @cached_property
    def diagnostics(self) -> tuple[Finding, ...]:
        """Checks, the worst first; `.told("zh")` gives sentence and action."""
        return self.check()

    def check(self, thresholds: Thresholds | None = None) -> tuple[Finding, ...]:
        """Checks with other thresholds.

        Raises:
            QuestionError: for what are no thresholds.
        """
        if not (thresholds is None or isinstance(thresholds, Thresholds)):
            raise QuestionError(
                f"{thresholds!r} are no thresholds.", "Give workbench.response.Thresholds(…)."
            )
        return diagnostics.check(self, thresholds or Thresholds())

    @property
    def status(self) -> Status:
        """`PASS`, `REVIEW` or `FAIL`: the worst of the checks."""
        return worst(item.status for item in self.diagnostics)

    def to_frame(self) -> pd.DataFrame:
        """As `contributions()`."""
        return self.contributions()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        rows = self.contributions().to_dict("records")
        return {
            "label": self.label,
            "sentence": {lang: self.sentence(lang) for lang in ("en", "zh")},
            "status": self.status,
            **self.about,
            "code_version": self.code_version,
            "rows": [{str(name): _safe(value) for name, value in row.items()} for row in rows],
            "curves": [
                {str(name): _safe(value) for name, value in row.items()}
                for row in self.curves().to_dict("records")
            ],
            "diagnostics": [
                {"status": item.status, "code": item.code}
                | {
                    lang: dict(zip(("sentence", "action"), item.told(lang), strict=True))
                    for lang in ("en", "zh")
                }
                for item in self.diagnostics
            ],
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
        }

    def sentence(self, lang: str = "en") -> str:
        """What was fitted, in words."""
        data = self.parts[0].data
        start, end = (formats.date(day.astype(object), lang) for day in (data.times[0], data.times[-1]))
        shown = {"channels": len(self.channels), "periods": len(data.times), "start": start, "end": end}
        if self.claimed:
            return text("response.headline_claimed", lang, **shown)
        brought = float(self.contributions()["share"].sum())
        return text(
            "response.headline",
            lang,
            **shown,
            media=formats.percent(brought, lang),
            explained=formats.percent(diagnostics.explained(self.parts[0]), lang),
        )

    def source(self, lang: str = "en") -> str:
        """What stands behind the numbers, in words: 平台口径, an experiment, or the model alone."""
        return text(f"response.source_{self.label}", lang)

    def to_html(self, lang: str = "en") -> str:
        """Sentence, label, checks and contributions."""
        said = "".join(f"<p>{escape(note.sentence(lang))}</p>" for note in self.notes)
        rows = "".join(
            f"<tr><td><b>{item.status}</b></td>"
            + "".join(f"<td>{escape(words)}</td>" for words in item.told(lang))
            + "</tr>"
            for item in self.diagnostics
        )
        head = "".join(
            f"<th>{text(f'response.{name}', lang)}</th>" for name in ("status", "finding", "action")
        )
        table = self.contributions().to_html(
            index=False, na_rep=formats.MISSING, float_format="{:,.4g}".format
        )
        return (
            f'<div class="wb-response"><p>{escape(self.sentence(lang))} ({escape(self.source(lang))})</p>'
            f"{said}{table}<table><tr>{head}</tr>{rows}</table></div>"
        )

    def _repr_html_(self) -> str:
        return self.to_html()


def _number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 1


def _seed(value: Any) -> None:
    if not isinstance(value, int | np.integer) or value < 0:
        raise QuestionError(f"seed={value!r} is no seed.", "Give a whole number, such as 0.")


def _yes_or_no(name: str, value: Any) -> None:
    if not isinstance(value, bool | np.bool_):
        raise QuestionError(f"{name}={value!r} is neither yes nor no.", "Give True or False.")


def _later(progress: Progress, before: int, many: int) -> Progress:
    return lambda done, _: progress(before + done, many)


def _safe(value: Any) -> Any:
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not np.isfinite(plain) else plain
