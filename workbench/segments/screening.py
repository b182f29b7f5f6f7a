"""Which columns can tell customers apart, and why the others cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.i18n import formats
from workbench.segments.people import ID
from workbench.segments.scaling import is_number, numbers, texts

if TYPE_CHECKING:
    import pandas as pd

MOSTLY = 0.95
"""Share of one value from which a column tells too few customers apart."""
GAPS = 0.5
ALIKE = 0.95
"""Rank correlation from which two measures say the same."""
MOST_LEVELS = 50
FEW_FOR_IDS = 20


@dataclass(frozen=True)
class LeftOut:
    """A column that was not used.

    Attributes:
        column: Its name.
        reason: Why: `constant`, `mostly`, `identifier`, `levels`, `gaps`, `date`, `twin`, `flag`,
            `describes`, `defines` or `leak`.
        values: What its sentence names.
    """

    column: str
    reason: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)

    def sentence(self, lang: str) -> str:
        """The reason in words."""
        from workbench.segments.naming import feature

        shown = {
            key: formats.percent(value, lang, 0) if isinstance(value, float) else feature(str(value), lang)
            for key, value in self.values.items()
        }
        return i18n.text(f"clusters.left_{self.reason}", lang, column=feature(self.column, lang), **shown)


@dataclass(frozen=True)
class Screened:
    """Columns by use.

    Attributes:
        shaping: Features that say which customers are alike.
        describing: Categorical columns and flags that describe groups, and shape nothing.
        left_out: Columns not used at all, and what only describes, with the reason.
    """

    shaping: tuple[str, ...]
    describing: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def screened(table: pd.DataFrame, features: Sequence[str] | None = None) -> Screened:
    """Choose the columns that shape clusters, and those that describe them.

    Args:
        table: Customers, one a row.
        features: Columns that shall shape; those that cannot (constants) are still left out. None:
            all measures; flags and categorical columns describe, unless there is no measure.
    """
    names = [str(name) for name in table.columns if name != ID]
    asked = None if features is None else list(dict.fromkeys(features))
    refused = {name: why for name in names if (why := _unfit(table[name], name, asked))}
    fit = [name for name in names if name not in refused]
    measures = [name for name in fit if is_number(table[name]) and not _is_flag(table[name])]
    traits = [name for name in fit if name not in measures]
    if asked is None:
        twins = _twins(table, measures)
        refused |= twins
        shaping = [name for name in measures if name not in twins] or traits
    else:
        shaping = [name for name in asked if name not in refused]
    describing = [name for name in traits if name not in shaping]
    if asked is None:
        refused |= {name: LeftOut(name, "describes") for name in describing}
    return Screened(tuple(shaping), tuple(describing), tuple(refused.values()))


def _unfit(column: pd.Series, name: str, asked: Sequence[str] | None) -> LeftOut | None:
    """Why a column cannot be used; None where it can. What was asked for only has to differ."""
    import pandas as pd

    known = column.dropna()
    if not len(known) or known.nunique() == 1:
        return LeftOut(name, "constant")
    if pd.api.types.is_datetime64_any_dtype(column) or _holds_dates(known):
        return LeftOut(name, "date")
    if asked is not None and name in asked:
        return None
    if len(known) < (1 - GAPS) * len(column):
        return LeftOut(name, "gaps", {"share": float(column.isna().mean())})
    if is_number(column):
        return _unfit_number(known, name)
    levels = texts(known)
    if levels.nunique() > MOST_LEVELS or levels.nunique() > len(known) / 2 >= FEW_FOR_IDS / 2:
        return LeftOut(name, "identifier" if levels.nunique() > len(known) / 2 else "levels")
    return _mostly(levels, name)


def _unfit_number(known: pd.Series, name: str) -> LeftOut | None:
    whole = bool((known == known.round()).all())
    if whole and len(known) >= FEW_FOR_IDS and known.is_unique:
        return LeftOut(name, "identifier")
    return None if _is_flag(known) else _mostly(known, name)


def _mostly(known: pd.Series, name: str) -> LeftOut | None:
    share = float(known.value_counts(normalize=True).iloc[0])
    return LeftOut(name, "mostly", {"share": share}) if share >= MOSTLY else None


def _is_flag(column: pd.Series) -> bool:
    return int(column.dropna().nunique()) <= 2


def _holds_dates(known: pd.Series) -> bool:
    """Whether texts or objects are dates."""
    import datetime as dt

    first = known.iloc[0]
    if isinstance(first, dt.date):
        return True
    if not isinstance(first, str):
        return False
    import re

    return bool(
        known.head(50).map(lambda text: bool(re.match(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", str(text)))).all()
    )


def _twins(table: pd.DataFrame, names: Sequence[str]) -> dict[str, LeftOut]:
    """Measures that rank customers as an earlier one does."""
    import pandas as pd

    if len(names) < 2:
        return {}
    ranks = pd.DataFrame({name: numbers(table[name]) for name in names}).corr("spearman").to_numpy(float)
    found: dict[str, LeftOut] = {}
    for at, name in enumerate(names):
        alike = [names[i] for i in range(at) if names[i] not in found and abs(ranks[at, i]) > ALIKE]
        if alike:
            found[name] = LeftOut(name, "twin", {"other": alike[0]})
    return found
