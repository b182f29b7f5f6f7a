"""`Comparison`: the one answer to every question of the kind "which is better, and by how much"."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from workbench import i18n
from workbench.compare.words import said
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

Status = Literal["bad", "warn", "info"]

COLUMNS = (
    *("metric", "arm", "control", "n", "n_control", "mean", "mean_control", "effect", "low", "high"),
    *("lift", "lift_low", "lift_high", "p_value", "p_adjusted"),
)
"""Columns of every `Comparison.table`, after those of its breakdown; a method may add more."""


@dataclass(frozen=True)
class Remark:
    """One sentence about a comparison, as code and values.

    Attributes:
        code: Its text is `compare.<code>`.
        values: What the sentence names.
        status: `bad` (do not trust the numbers), `warn` (read with care) or `info`.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict, hash=False)
    status: Status = "warn"

    @classmethod
    def of(cls, code: str, status: Status = "warn", /, **values: Any) -> Remark:
        """A remark with its values by name."""
        return cls(code, values, status)

    def sentence(self, lang: str = "en") -> str:
        """The remark in words."""
        shown = {name: said(value, lang) for name, value in self.values.items()}
        return i18n.text(f"compare.{self.code}", lang, **shown)

    def __str__(self) -> str:
        return self.sentence("en")


class Verdict(str):
    """The conclusion: an English sentence that `sentence` says in either language.

    Args:
        parts: Remarks that make up the conclusion, in order.
    """

    parts: tuple[Remark, ...]

    def __new__(cls, *parts: Remark) -> Verdict:
        """The sentence of its parts."""
        made = super().__new__(cls, _joined(parts, "en"))
        made.parts = parts
        return made

    def sentence(self, lang: str = "en") -> str:
        """The conclusion in words."""
        return _joined(self.parts, lang)

    def __reduce__(self) -> tuple[Any, ...]:
        return Verdict, self.parts


@dataclass(frozen=True)
class SampleRatio:
    """Check of the group sizes against the plan, over all arms at once.

    Attributes:
        p_value: Chance of sizes at least this far off when the plan holds (χ²).
        observed: Arm → units.
        expected: Arm → units that the plan expects.
        threshold: Below this p-value the sizes do not fit the plan.
    """

    p_value: float
    observed: Mapping[str, int]
    expected: Mapping[str, float]
    threshold: float = 0.001

    @property
    def ok(self) -> bool:
        """Whether the sizes fit the plan."""
        return not self.p_value < self.threshold

    def __getitem__(self, name: str) -> Any:
        """An attribute by its name, as of a mapping."""
        if name not in ("p_value", "observed", "expected", "threshold", "ok"):
            raise KeyError(name)
        return getattr(self, name)


@dataclass(frozen=True, eq=False)
class Comparison:
    """The answer of every question of this room.

    Attributes:
        table: The `by` columns, then `metric, arm, control, n, n_control, mean, mean_control, effect, low,
            high, lift, lift_low, lift_high, p_value, p_adjusted` and what the method adds. One row a
            metric × arm other than the control (× segment). `low` and `high` are the interval of the
            absolute effect, `lift` is effect / control mean. Money is in currency units, percentages are
            fractions.
        kind: `experiment`, `campaigns`, `incremental`, `matrix` or `uplift`.
        method: How it was computed; its text is `compare.method_<method>`.
        by: Columns of the breakdown.
        units: Metric → `count`, `number`, `percent`, `money`, `multiple` or `days`.
        better: Metric → `higher`, `lower` or `neither`.
        warnings: What a reader must know, the worst first.
        verdict: The conclusion.
        srm: Check of the group sizes; None where nothing was randomised.
        level: Confidence of the intervals.
        correction: How `p_adjusted` was corrected: `holm`, `bh` or `none`.
        currency: ISO 4217 code of every amount.
        as_of: Last day that counts; None where unknown.
        data_version: Version of the store; None for a frame.
        code_version: Version of the package and a hash of its source.
        sql: The query that fetched the sums; empty where there was none.
        details: What the method adds beside the table: frames and numbers by name.
    """

    table: pd.DataFrame
    kind: str
    method: str
    by: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    better: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Remark, ...] = ()
    verdict: Verdict = field(default_factory=Verdict)
    srm: SampleRatio | None = None
    level: float = 0.95
    correction: str = "holm"
    currency: str = NO_CURRENCY
    as_of: dt.date | None = None
    data_version: int | None = None
    code_version: str = ""
    sql: str = field(default="", repr=False)
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        from workbench.metrics.answer import code_version

        order = {"bad": 0, "warn": 1, "info": 2}
        worst_first = tuple(sorted(self.warnings, key=lambda item: order[item.status]))
        object.__setattr__(self, "warnings", worst_first)
        object.__setattr__(self, "code_version", self.code_version or code_version())

    @property
    def alpha(self) -> float:
        """Chance of an interval that misses: 1 − `level`."""
        return round(1 - self.level, 12)

    def sentence(self, lang: str = "en") -> str:
        """The conclusion in words."""
        return self.verdict.sentence(lang)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values: days in ISO form, missing and infinite numbers as None."""
        names = ("kind", "method", "level", "correction", "currency", "data_version", "code_version")
        return {
            **{name: getattr(self, name) for name in names},
            "by": list(self.by),
            "units": dict(self.units),
            "as_of": safe(self.as_of),
            "verdict": {lang: self.sentence(lang) for lang in i18n.LANGUAGES},
            "warnings": [
                {"code": item.code, "status": item.status}
                | {lang: item.sentence(lang) for lang in i18n.LANGUAGES}
                for item in self.warnings
            ],
            "srm": self.srm and safe(vars(self.srm)),
            "rows": [safe(row) for row in self.table.to_dict("records")],
        }

    def to_html(self, lang: str = "en") -> str:
        """Verdict, warnings, a table of at most 20 rows, method and versions."""
        from workbench.compare.html import html

        return html(self, lang)

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that spreadsheets open rightly (UTF-8 with a mark); also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def with_(self, **changes: Any) -> Comparison:
        """The same answer with some attributes replaced."""
        return replace(self, **changes)

    def _repr_html_(self) -> str:
        return self.to_html()


def safe(value: Any) -> Any:
    """A value as JSON can hold it."""
    import pandas as pd

    if isinstance(value, Mapping):
        return {str(name): safe(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [safe(item) for item in value]
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, dt.date):  # a pandas Timestamp is one too
        return value.isoformat()[:10]
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain


def _joined(parts: tuple[Remark, ...], lang: str) -> str:
    return ("" if lang == "zh" else " ").join(part.sentence(lang) for part in parts)
