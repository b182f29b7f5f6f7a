"""Whether a file's rates can be: a wrong column or money unit shows there first.

The ranges by channel and currency are data, in `plausible.toml`. Nothing is refused for them: the
review says what to check and how to correct it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.schema import NO_CURRENCY
from workbench.sources.mapping import Layout
from workbench.sources.measures import stated_unit
from workbench.sources.parse import Parsed
from workbench.sources.review import Finding, finding

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ENOUGH = {"ctr": 1000, "cpm": 1000, "cpc": 10}
"""Impressions or clicks under which a rate says nothing."""

ROWS = 20
"""Rows from which amounts without any decimals are odd."""

HUNDREDTH = 100

Range = tuple[float, float]


@dataclass(frozen=True)
class Rates:
    """A whole file's rates; None where they say nothing."""

    ctr: float | None
    cpm: float | None
    cpc: float | None


def plausible(
    connection: DuckDBPyConnection, parsed: Parsed, made: Layout, channel: str | None, lang: str
) -> list[Finding]:
    """What is odd about the whole file's rates.

    Args:
        connection: Holds `checked`.
        parsed, made: How the file was read.
        channel: Channel of all rows, where the user says it.
        lang: Language of the sentences.
    """
    found = _rates(connection, parsed)
    limits = ranges(channel or made.profile.channel, _currency(connection, parsed))
    told = []
    for name, (low, high) in limits.items():
        rate = getattr(found, name)
        if rate is not None and not low <= rate <= high:
            told.append(
                finding("REVIEW", f"odd_{name}", lang, value=_shown(rate), low=_shown(low), high=_shown(high))
            )
    return told or _whole(connection, parsed, made, found, limits, lang)


def ranges(channel: str, currency: str) -> dict[str, Range]:
    """What the rates of a channel usually are.

    Args:
        channel: Canonical channel; empty: not known.
        currency: ISO 4217 code; `XXX`: not known.

    Returns:
        `ctr`, and `cpm` and `cpc` in units of the currency where it can be judged.
    """
    data = _data()
    kind = "search" if channel == "search" else "other"
    found: dict[str, Range] = {"ctr": (0.0, float(data["ctr"][kind if channel else "unknown"]))}
    for name in ("cpm", "cpc"):
        own = data[name].get(currency)
        factor = 1.0 if own else data["per_dollar"].get(currency)
        if factor:
            table = own or data[name]["USD"]
            low, high = table[kind] if channel else (table["other"][0], table["search"][1])
            found[name] = (low * factor, high * factor)
    return found


@cache
def _data() -> Mapping[str, Any]:
    file = Path(__file__).with_name("plausible.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _currency(connection: DuckDBPyConnection, parsed: Parsed) -> str:
    """The file's currency; that of no rate where rows have several."""
    if "currency" not in parsed.texts:
        return parsed.currency
    rows = connection.execute(
        "SELECT DISTINCT coalesce(upper(t_currency), ?) FROM checked WHERE state = 'ok'", [parsed.currency]
    ).fetchall()
    return str(rows[0][0]) if len(rows) == 1 else ""


def _rates(connection: DuckDBPyConnection, parsed: Parsed) -> Rates:
    names = {item.total for item in parsed.measures}
    columns = ", ".join(
        f"sum(s_{name})::DOUBLE" if name in names else "NULL" for name in ("impressions", "clicks", "cost")
    )
    row = connection.execute(f"SELECT {columns} FROM checked WHERE state = 'ok'").fetchall()[0]
    impressions, clicks, cost = (None if value is None else float(value) for value in row)
    money = None if cost is None else cost / 1e6
    seen = impressions or 0.0
    return Rates(
        ctr=_rate(clicks, impressions) if seen >= ENOUGH["ctr"] else None,
        cpm=_rate(money, impressions, 1000) if seen >= ENOUGH["cpm"] else None,
        cpc=_rate(money, clicks) if (clicks or 0) >= ENOUGH["cpc"] else None,
    )


def _rate(top: float | None, bottom: float | None, scale: float = 1.0) -> float | None:
    return scale * top / bottom if top and bottom else None


def _whole(
    connection: DuckDBPyConnection,
    parsed: Parsed,
    made: Layout,
    rates: Rates,
    limits: Mapping[str, Range],
    lang: str,
) -> list[Finding]:
    """Amounts without any decimals that would be plausible as hundredths too: fen or cents?"""
    said = stated_unit(made) or made.units.get("cost") or parsed.currency in _data()["whole"]["currencies"]
    known = [
        (rate, limits[name]) for name in ("cpm", "cpc") if (rate := getattr(rates, name)) and name in limits
    ]
    if said or parsed.currency == NO_CURRENCY or not known:
        return []
    if not all(low <= rate / HUNDREDTH for rate, (low, _) in known):
        return []
    header = made.columns["cost"]
    column = next(f"v_{item.name}" for item in parsed.measures if item.fact == "cost")
    rows, whole = connection.execute(
        f"SELECT count(*), count(*) FILTER ({column} = trunc({column})) FROM checked "
        f"WHERE state = 'ok' AND {column} <> 0"
    ).fetchall()[0]
    if rows < ROWS or whole < rows:
        return []
    return [finding("REVIEW", "odd_whole", lang, header=header, rows=rows)]


def _shown(rate: float) -> str:
    return f"{rate:,.4g}" if abs(rate) < 10_000 else f"{rate:,.0f}"
