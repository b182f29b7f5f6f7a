"""What the numbers of a plan are of: days of a period, currency, scope, what stands behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.i18n import text

WEEK = 7
SOURCES = {"claimed": "platform-claimed", "calibrated": "calibrated", "modelled": "own"}
"""Label of a model → source of a plan on its curves."""
KNOWN = (*SOURCES.values(), "imported")
"""Sources that have a name for readers."""


@dataclass(frozen=True)
class Basis:
    """What a plan's amounts and responses are of.

    Attributes:
        days: Days that a row's amounts are for; None where that is not known.
        currency: ISO 4217 code; empty where it is not known.
        where: Dimension → values that were kept; empty: everything.
        source: `platform-claimed`, `calibrated`, `own`, `imported`, or empty where it is not known.
        data_version: Version of the store; None for what comes from no store.
    """

    days: int | None = None
    currency: str = ""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    source: str = ""
    data_version: int | None = None

    def label(self, lang: str = "en") -> str:
        """What stands behind the numbers, in words: 平台口径 until something calibrates it."""
        return source_label(self.source, lang)

    def columns(self) -> dict[str, Any]:
        """What is known of it, as columns of a table that leaves the house."""
        scope = "; ".join(f"{name}: {', '.join(values)}" for name, values in self.where.items())
        found = {
            "currency": self.currency,
            "period_days": self.days,
            "scope": scope,
            "source": self.source,
            "data_version": self.data_version,
        }
        return {name: value for name, value in found.items() if value not in ("", None)}


def basis(*tables: Any) -> Basis:
    """What the first table that says so in its `.attrs` is of; empty where none does.

    Args:
        tables: CurveTables or plans' tables; None is left out.
    """
    for table in tables:
        said = getattr(table, "attrs", None) or {}
        if "source" in said or "period_days" in said:
            where = {str(name): strings(values) for name, values in (said.get("where") or {}).items()}
            return Basis(
                said.get("period_days"),
                said.get("currency") or "",
                where,
                said.get("source") or "",
                said.get("data_version"),
            )
    return Basis()


def source_label(source: str, lang: str = "en") -> str:
    """A source in words; empty for one that is not known."""
    return text(f"plans.source_{source.replace('-', '_')}", lang) if source in KNOWN else source


def strings(values: Any) -> tuple[str, ...]:
    """A value or several as a tuple of texts."""
    each = (values,) if isinstance(values, str) else values
    return tuple(str(value) for value in each)
