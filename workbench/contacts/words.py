"""Small words of the answers of this room."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.i18n import text
from workbench.i18n.formats import number, percent

if TYPE_CHECKING:
    import pandas as pd


def named(names: Mapping[str, Any], column: str, value: str, lang: str) -> str:
    """A method or segment as the store's labels show it."""
    return str(names.get(column, {}).get(lang, {}).get(value, value))


def rate(row: Any, name: str, lang: str, prefix: str | None = None) -> str:
    """A share with its interval; `prefix` is that of the columns of its ends, the name itself if None."""
    before = f"{name}_" if prefix is None else prefix
    value, low, high = (percent(row[key], lang, 1) for key in (name, f"{before}low", f"{before}high"))
    return text("contact_effects.interval", lang, value=value, low=low, high=high)


def days(value: float, lang: str) -> str:
    """Days, whole."""
    return number(value, lang) if math.isfinite(value) else "∞"


def plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON values: what is not finite is None."""
    return [
        {
            str(name): None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    ]
