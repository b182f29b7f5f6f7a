"""`SlotModel`: the answer of a slot fit, with its curves, draws, diagnostics and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError
from workbench.i18n import formats, text
from workbench.response.notes import Note
from workbench.response.saturation import Floats
from workbench.response.slots import checks, tables
from workbench.response.slots.learning import Learnt
from workbench.response.slots.panel import Panel
from workbench.sources.review import Finding, Status, worst

if TYPE_CHECKING:
    import pandas as pd

DRAWS, STRETCH = 200, 2.0
"""Plausible surfaces; how far above the highest spend seen a slot may go whose inventory is not known."""


@dataclass(frozen=True, eq=False)
class SlotModel:
    """How conversions answer to spend, hour of the week by hour of the week.

    Attributes:
        panel: What it was fitted on.
        learnt: Rates, noise, inventories and drift.
        draws: Joint draws of the rates: conversions for one unit of effective spend, shape
            (draws, groups, 168).
        capacities: Draws of the inventories, the same shape; (1, groups, 168) where they are known.
        value: Value of one conversion; None where it is not known.
        notes: What a reader must know.
        currency: ISO 4217 code of the spend; empty where it is not known.
        data_version: Version of the store; None for a frame.
        where: Dimension → values that were kept; empty: everything.
        code_version: Version of the package and a hash of its source.
    """

    panel: Panel
    learnt: Learnt
    draws: Floats
    capacities: Floats
    value: float | None = None
    notes: tuple[Note, ...] = ()
    currency: str = ""
    data_version: int | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code_version: str = field(default="")

    def __post_init__(self) -> None:
        from workbench.metrics.answer import code_version

        object.__setattr__(self, "code_version", self.code_version or code_version())

    @property
    def by(self) -> tuple[str, ...]:
        """Columns that name a group."""
        return self.panel.by

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Values of `by`, one tuple a group."""
        return self.panel.groups

    @property
    def outcome(self) -> str:
        """`conversions`, or `clicks` where these stand in."""
        return self.panel.outcome

    @cached_property
    def halves(self) -> Floats:
        """Half-saturations of the draws' curves, the shape of `capacities`."""
        return tables.inventories(self.panel, self.capacities)

    @property
    def about(self) -> dict[str, Any]:
        """What the numbers of a CurveTable are of, as its `.attrs` say it and plans take it over.

        `period_days` (7), `currency` (empty: not known), `where`, `source` (`platform-claimed` from a store,
        else `own`), `data_version` (None for a frame).
        """
        return {
            "period_days": 7,
            "currency": self.currency,
            "where": {name: list(values) for name, values in self.where.items()},
            "source": "own" if self.data_version is None else "platform-claimed",
            "data_version": self.data_version,
        }

    def curves(self, draws: bool = False, stretch: float = STRETCH) -> pd.DataFrame:
        """The CurveTable: one row a slot, response to currency units a week.

        Args:
            draws: Whether to give the plausible curves instead, one row a `draw` and cell.
            stretch: Where inventories are not known, `max` is this many times the highest spend seen.

        Returns:
            The `by` columns, `hour_of_week`, `cell`, `form` (`exponential`), `scale` (conversions a week at
            saturation), `half_saturation` (the inventory k of k · (1 − e^(−x ÷ k))), `shape`, `min`, `max`
            (endless where the inventory is known: it is no limit), `current`, `highest`, `rate` (conversions
            of the first unit of spend); `scale_low`, `scale_high` (80% interval); `value_per_response`.
            `.attrs` is `about`.

        Raises:
            QuestionError: for a stretch that makes no sense, and draws of a model without them.
        """
        if not (np.isfinite(stretch) and stretch > 0):
            raise QuestionError(f"stretch={stretch!r} makes no sense.", "Use a number above 0.")
        table = tables.curves(self, stretch)
        table = tables.drawn(self, table) if draws else table
        table.attrs.update(self.about)
        return table

    @cached_property
    def explained(self) -> float:
        """Share of the deviance of slots' counts that rates by hour explain, over one rate for all."""
        return checks.explained(self)

    @cached_property
    def diagnostics(self) -> tuple[Finding, ...]:
        """Checks; `.told("zh")` gives sentence and action."""
        return checks.check(self)

    @property
    def status(self) -> Status:
        """`PASS`, `REVIEW` or `FAIL`: the worst of the checks."""
        return worst(item.status for item in self.diagnostics)

    def best(self, count: int = 5) -> pd.DataFrame:
        """The best hours of each group: `by` columns, `hour_of_week`, `rate`, `slot_index`, `low`, `high`.

        Args:
            count: How many hours. `low` and `high` are the 80% interval of `slot_index`, the slot's rate over
                the mean rate of its group.
        """
        return tables.best(self, count)

    def to_frame(self) -> pd.DataFrame:
        """As `curves()`."""
        return self.curves()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        rows = self.curves().to_dict("records")
        told = [
            {"status": item.status, "code": item.code}
            | {lang: dict(zip(("sentence", "action"), item.told(lang), strict=True)) for lang in ("en", "zh")}
            for item in self.diagnostics
        ]
        return {
            "outcome": self.outcome,
            "sentence": {lang: self.sentence(lang) for lang in ("en", "zh")},
            "status": self.status,
            "currency": self.currency,
            "data_version": self.data_version,
            "code_version": self.code_version,
            "curves": [{str(name): _safe(value) for name, value in row.items()} for row in rows],
            "diagnostics": told,
            "notes": [{"code": note.code, "text": note.sentence("en")} for note in self.notes],
        }

    def sentence(self, lang: str = "en") -> str:
        """What was fitted, in words."""
        panel = self.panel
        return text(
            "slots.headline",
            lang,
            cells=formats.number(int(panel.rows.sum()), lang),
            groups=formats.number(len(panel.groups), lang),
            count=formats.number(float((panel.count * panel.kept).sum()), lang, 0),
            outcome=text(f"slots.{panel.outcome}", lang),
            explained=formats.percent(self.explained, lang),
        )

    def to_html(self, lang: str = "en") -> str:
        """Sentence, notes, checks and the best hours."""
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
        table = self.best(3).to_html(index=False, max_rows=24, float_format="{:,.4g}".format)
        return (
            f'<div class="wb-response"><p>{escape(self.sentence(lang))}</p>'
            f"{said}{table}<table><tr>{head}</tr>{rows}</table></div>"
        )

    def _repr_html_(self) -> str:
        return self.to_html()


def _safe(value: Any) -> Any:
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not np.isfinite(plain) else plain
