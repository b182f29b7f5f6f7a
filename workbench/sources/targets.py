"""Targets and planned spend by channel, from a planner's table: all of it or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.privacy import audit
from workbench.schema import TABLES
from workbench.sources import planned, quotes
from workbench.sources.planned import FACTS, MICROS, MONEY, Row
from workbench.sources.words import normal
from workbench.store import shared
from workbench.store.changes import Change
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    import pandas as pd

    from workbench.store.store import Store

TABLE = "targets"


@dataclass(frozen=True)
class LoadedTargets:
    """What came of loading targets.

    Attributes:
        targets: Rows of the file.
        channels: Channels that they are for.
        start, end: First and last day planned.
        replaced: Earlier rows that were replaced, in whole or in part.
        unknown: Channels without any delivery so far, each with the nearest known one (or empty).
        data_version: Version of the store after it.
    """

    targets: int
    channels: tuple[str, ...]
    start: dt.date
    end: dt.date
    replaced: int
    unknown: tuple[tuple[str, str], ...]
    data_version: int

    @property
    def status(self) -> str:
        """`PASS`, or `REVIEW` where a channel has no delivery."""
        return "REVIEW" if self.unknown else "PASS"

    def headline(self, lang: str) -> str:
        """The result in one sentence."""
        names = ("、" if lang == "zh" else ", ").join(self.channels)
        values = {name: getattr(self, name) for name in ("status", "targets", "start", "end", "replaced")}
        return i18n.text("targets.loaded", lang, channels=names, **values)

    def doubts(self, lang: str) -> list[str]:
        """One sentence a channel without delivery."""
        return [
            i18n.text(f"targets.unknown{'_near' if near else ''}", lang, channel=channel, near=near)
            for channel, near in self.unknown
        ]


@on_this_machine
def load_targets(
    store: Store,
    targets: str | Path | Any,
    currency: str | None = None,
    instead_of: tuple[dt.date, dt.date] | None = None,
) -> LoadedTargets:
    """Load planned sums by channel; days of a channel that were planned before are planned anew.

    An earlier target that covers further days keeps its share of those: it was spread evenly over its days.

    Args:
        store: The workspace; it moves to the new data version.
        targets: CSV, XLSX or Parquet file, or a frame (pandas, Polars, Arrow): `channel`, `month` (2026-11)
            or `start_date` and `end_date`, and any of `cost`, `revenue` (currency units), `conversions`,
            `clicks`, `impressions`; `currency` where they differ. Chinese headers are known, too.
        currency: ISO 4217 code of the amounts; None: the workspace's.
        instead_of: First and last day whose earlier targets all go, also those of channels that the table
            does not name; the table may then be empty. None: only what is planned anew goes.

    Returns:
        What was loaded. The audit log has its line first.

    Raises:
        InputError: for a table that cannot be read, or any cell that cannot be used, with its line: nothing
            is loaded then.
        StoreError: when it cannot be written.
    """
    code = quotes.currency(currency) or store.settings.currency or ""
    store.check_present()
    rows = _read(store, targets, code, instead_of is not None)
    with store.writing(), audit.recorded(store.path, TABLE, counts={"rows": len(rows)}, table=TABLE):
        kept, replaced = _cut(known(store), rows, instead_of)
        store.commit([_change([*kept, *rows])])
    channels = tuple(dict.fromkeys(row["channel"] for row in rows))
    days = [*(row[name] for row in rows for name in ("start_date", "end_date")), *(instead_of or ())]
    return LoadedTargets(
        targets=len(rows),
        channels=channels,
        start=min(days),
        end=max(days),
        replaced=replaced,
        unknown=_strange(channels, store.members("channel")),
        data_version=store.version,
    )


def _read(store: Store, given: Any, currency: str, may_be_empty: bool) -> list[Row]:
    """The targets of a table."""
    sheet = quotes.sheet(given, planned.headers())
    lines = list(sheet.rows)
    if may_be_empty and not lines:
        return []
    return [row for _, row in planned.read(replace(sheet, rows=lines), currency, named(store))]


def targets(store: Store) -> pd.DataFrame:
    """The targets of a workspace, as `load_targets` takes them: a table to change and load again.

    Args:
        store: The workspace.

    Returns:
        `channel, start_date, end_date, currency, cost, revenue, impressions, clicks, conversions`, amounts in
        currency units, by channel and day.
    """
    import pandas as pd

    rows = sorted(known(store), key=lambda row: (row["channel"] or "", row["start_date"]))
    shown = [
        {name: row[name] for name in ("channel", "start_date", "end_date", "currency")}
        | {name: _units(row, name) for name in FACTS}
        for row in rows
    ]
    return pd.DataFrame(shown, columns=["channel", "start_date", "end_date", "currency", *FACTS])


def _units(row: Row, name: str) -> float | None:
    value: float | None = row[FACTS[name]]
    return value / MICROS if name in MONEY and value is not None else value


def named(store: Store) -> dict[str, str]:
    """What people call a channel → its id."""
    labels = {
        normal(label): value
        for lang in i18n.LANGUAGES
        for (dimension, value), label in store.labels(lang).items()
        if dimension == "channel"
    }
    return labels | {normal(name): name for name in store.members("channel")}


def known(store: Store) -> list[Row]:
    """Every target as the store has it."""
    if TABLE not in store.tables:
        return []
    found: list[Row] = shared.held(store, "sources.targets", lambda: _every(store))
    return [dict(row) for row in found]


def _every(store: Store) -> list[Row]:
    rows: list[Row] = store.query(store.table(TABLE).select(*TABLES[TABLE].names)).to_pylist()
    return rows


def _cut(
    earlier: Iterable[Row], new: Sequence[Row], cleared: tuple[dt.date, dt.date] | None = None
) -> tuple[list[Row], int]:
    """Earlier targets without the days that are planned anew, and how many of them lost days."""
    kept, replaced = [], 0
    gone = [] if cleared is None else [{"start_date": cleared[0], "end_date": cleared[1]}]
    for row in earlier:
        pieces = [(row["start_date"], row["end_date"])]
        for other in (*new, *gone):
            if other.get("channel", row["channel"]) == row["channel"]:
                pieces = [piece for span in pieces for piece in _without(span, other)]
        whole = (row["end_date"] - row["start_date"]).days + 1
        replaced += sum((last - first).days + 1 for first, last in pieces) < whole
        kept += [part(row, first, last) for first, last in pieces]
    return kept, replaced


def _without(span: tuple[dt.date, dt.date], other: Row) -> list[tuple[dt.date, dt.date]]:
    """What is left of some days without those of another target."""
    day = dt.timedelta(days=1)
    before = (span[0], min(span[1], other["start_date"] - day))
    after = (max(span[0], other["end_date"] + day), span[1])
    if other["start_date"] > span[1] or other["end_date"] < span[0]:
        return [span]
    return [(first, last) for first, last in (before, after) if first <= last]


def part(row: Row, first: dt.date, last: dt.date) -> Row:
    """A target of some of its days: it is spread evenly."""
    days, whole = (last - first).days + 1, (row["end_date"] - row["start_date"]).days + 1
    if days == whole:
        return row
    facts = {name: _share(row[name], days / whole, name) for name in FACTS.values()}
    return {**row, "start_date": first, "end_date": last, **facts}


def _share(value: float | None, share: float, name: str) -> float | int | None:
    if value is None:
        return None
    return value * share if name == "conversions" else round(value * share)


def _change(rows: Sequence[Row]) -> Change:
    import pyarrow as pa

    schema = TABLES[TABLE].arrow()
    columns = {name: pa.array([row[name] for row in rows], schema.field(name).type) for name in schema.names}
    return Change(TABLE, pa.table(columns, schema=schema), "all")


def _strange(channels: Iterable[str], known: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (channel, next(iter(get_close_matches(channel, known, n=1)), ""))
        for channel in channels
        if channel not in known
    )
