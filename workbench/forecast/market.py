"""Series from outside: markets, search indices, competitors, weather, mentions; the table `external`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, unknown
from workbench.forecast import frames
from workbench.forecast.bundle import Bundle
from workbench.forecast.events import UNITS
from workbench.metrics import periods
from workbench.metrics.dimensions import breakdown, named

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

GROUP = "market"
"""What the names of these series begin with, before a colon."""

TABLE = "external"
BY = ("region",)


def read(
    store: Store,
    name: str,
    by: str | Sequence[str] | None = None,
    where: Mapping[str, Any] | None = None,
    period: Any = "all",
) -> Bundle:
    """One series a region, in steps of days, weeks or months as they are.

    An index does not add up: without a breakdown the rows without region are the whole.

    Args:
        store: The store. name: Of the series. by: `region`, or nothing. where: Filter on `region`.
        period: Days.

    Raises:
        QuestionError: for an unknown series, another dimension or filter, or values by region only.
        InputError: for a series of one day.
    """
    regions, asked = _regions(where), breakdown(by)
    for dimension in (*asked, *(where or {})):
        if dimension not in BY:
            raise QuestionError(
                f"An outside series is known by region, not by {dimension}.",
                "Tell it apart by region, or not at all.",
            )
    rows = _rows(store, name)
    rows = rows[rows["region"].isin(regions)] if regions else rows
    rows = _inside(_parts(rows) if asked else _whole(rows, name), period)
    if rows.empty:
        raise QuestionError(
            f"The series {name!r} has no value in this period or region.", "Widen period or region."
        )
    return _bundle(store, name, asked, regions, rows)


def listed(store: Store) -> pd.DataFrame:
    """What there is, in order: one row a series, region and day, with its unit."""
    rows: pd.DataFrame = store.query(
        _measured(store).order_by(["series", "region", "local_date"])
    ).to_pandas()
    return rows


def money_in(unit: str) -> str:
    """The currency that the unit of a series names; empty where it is none."""
    from workbench.sources.words import currencies

    return unit.upper() if unit.upper() in currencies() else ""


def _measured(store: Store) -> Any:
    """Rows that measure something instead of marking days."""
    table = store.table(TABLE)
    rows = table.filter(table.value.notnull(), table.unit.isnull() | ~table.unit.isin(UNITS))
    return rows.select("series", "region", "local_date", "value", unit=rows.unit.fill_null(""))


def _rows(store: Store, name: str) -> pd.DataFrame:
    """The rows of one series.

    Raises:
        QuestionError: where there is none of that name.
    """
    if TABLE in store.tables:
        measured = _measured(store)
        rows: pd.DataFrame = store.query(measured.filter(measured.series == name)).to_pandas()
        if len(rows):
            return rows.assign(region=rows["region"].fillna(""))
        names = store.query(measured.select("series").distinct()).to_pandas()["series"]
        raise unknown("outside series", name, sorted(names))
    raise QuestionError(
        f"There is no outside series {name!r}.", "Import a table of series, days and values first."
    )


def _regions(where: Mapping[str, Any] | None) -> tuple[str, ...]:
    return named("region", dict(where or {}).get("region"))


def _parts(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of regions; those of the whole where there is no other."""
    inside = rows[rows["region"] != ""]
    return inside if len(inside) else rows


def _whole(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of the whole, or of the only region there is.

    Raises:
        QuestionError: for several regions and no whole.
    """
    found = sorted({*rows["region"]})
    if len(found) > 1 and "" not in found:
        raise QuestionError(
            f"The series {name!r} has values of {len(found)} regions, which do not add up.",
            "Tell it apart by region, or keep one region.",
        )
    return rows[rows["region"] == found[0]] if found else rows


def _inside(rows: pd.DataFrame, period: Any) -> pd.DataFrame:
    if rows.empty:
        return rows
    first, last = rows["local_date"].min(), rows["local_date"].max()
    days = period if isinstance(period, periods.Period) else periods.resolve(period, last, first)
    return rows[(rows["local_date"] >= days.start) & (rows["local_date"] <= days.end)]


def _bundle(
    store: Store, name: str, by: tuple[str, ...], regions: tuple[str, ...], rows: pd.DataFrame
) -> Bundle:
    found = frames.read(rows, "local_date", "value", by)
    code = money_in(str(rows["unit"].iloc[0]))
    return replace(
        found,
        name=f"{GROUP}:{name}",
        unit="money" if code else "",
        currency=code,
        sums=False,
        money=code,
        where={"region": regions} if regions else {},
        data_version=store.version,
    )
