"""What a newer data version brought: files, rows, days, and how far numbers that were known have moved."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.errors import StoreError, WorkbenchError
from workbench.i18n import formats, text
from workbench.metrics.periods import Period
from workbench.sources import listing
from workbench.store.history import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from workbench.data import Store

LOOKED_AT = 28
"""Last days that were known before, in which changed numbers are looked for."""
METRICS = ("cost", "conversions", "revenue")
SAME = 1e-9
"""Relative difference under which two sums are the same."""
FACTS = "performance_hourly"

FILE = ("file", "source", "table", "rows", "aside", "status", "import_id")
RESTATED = ("metric", "days", "first", "last", "before", "after", "change", "added", "accounts")


@dataclass(frozen=True, eq=False)
class News:
    """What changed from one data version to a later one.

    Attributes:
        before, now: Numbers of the versions; equal where there is nothing older to compare with.
        written_at: UTC instant at which the later one was written; None for an empty workspace.
        acts: What made the versions between: `import`, `commit`, `undo`, `compact`, `upgrade`.
        files: Imports that came in: `file`, `source`, `table`, `rows` (in the data), `aside`, `status`,
            `import_id`.
        undone: Imports that were taken back.
        tables: Names of the tables that changed.
        day_before, day_now: Last day with data, then and now.
        restated: One row a metric whose known days have other numbers now: `metric`, `days` (how many of
            accounts that had them), `first`, `last` of them, `before`, `after` (sums of these accounts over
            all days looked at), `change` (relative), `added` (what came of accounts that had not had these
            days, over `before`), `accounts` (how many such).
        compared: Whether the numbers of both versions could be compared.
        names: Metric → language → what it is called.
    """

    before: int
    now: int
    written_at: dt.datetime | None
    acts: tuple[str, ...]
    files: pd.DataFrame
    undone: int
    tables: tuple[str, ...]
    day_before: dt.date | None
    day_now: dt.date | None
    restated: pd.DataFrame
    compared: bool
    names: dict[str, dict[str, str]]

    @property
    def data_version(self) -> int:
        """The later version."""
        return self.now

    @property
    def rows(self) -> int:
        """Rows that the files brought."""
        return int(self.files["rows"].sum())

    @property
    def days_new(self) -> int:
        """Days that the data reaches further than before."""
        if self.day_before is None or self.day_now is None:
            return 0
        return max((self.day_now - self.day_before).days, 0)

    @property
    def table(self) -> pd.DataFrame:
        """The files."""
        return self.files

    def sentences(self, lang: str = "en") -> tuple[str, ...]:
        """What changed: the versions and what came in first, then each further thing."""
        if self.before == self.now:
            return (text("quality.news_first", lang, now=self.now),)
        return tuple(_told(self, lang))

    def sentence(self, lang: str = "en") -> str:
        """All of it in one line."""
        return ("" if lang == "zh" else " ").join(self.sentences(lang))

    def to_frame(self) -> pd.DataFrame:
        """The files."""
        return self.files.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        return {
            "before": self.before,
            "now": self.now,
            "written_at": self.written_at.isoformat() if self.written_at else None,
            "acts": list(self.acts),
            "files": self.files.to_dict("records"),
            "undone": self.undone,
            "tables": list(self.tables),
            "days_new": self.days_new,
            "restated": self.restated.astype({"first": str, "last": str}).to_dict("records"),
        }

    def to_csv(self) -> bytes:
        """The files as CSV that no spreadsheet runs."""
        from workbench import exports

        return exports.csv(self.files)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.files.to_html(index=False)}"


@right_kinds
def news(store: Store, before: int | None = None, days: int = LOOKED_AT) -> News:
    """What the store's data version brought since an earlier one.

    Numbers are compared over the last `days` days that were known before: a platform that corrects a day,
    an import that is undone and an account that is delivered late all move them.

    Args:
        store: The workspace, at any version.
        before: The earlier version; None: the one before the store's that is still kept.
        days: Last known days that are compared.

    Raises:
        StoreError: for an earlier version that is none, or later than the store's.
    """
    known = [number for number in numbers(store.path) if number < store.version]
    number = before if before is not None else (known[-1] if known else store.version)
    if not 0 <= number <= store.version:
        raise StoreError(
            f"Version {number} is not before version {store.version}.", "Name an earlier version."
        )
    older = _older(store, number) if number < store.version else None
    versions = [
        row for row in store.versions().to_dict("records") if number < row["version"] <= store.version
    ]
    ids = [name for row in versions for name in row["imports"].split(", ") if name]
    files, undone = _files(store, ids)
    compared = older is not None and _may_differ(versions)
    return News(
        before=number,
        now=store.version,
        written_at=store.written_at,
        acts=tuple(row["act"] for row in reversed(versions)),
        files=files,
        undone=undone,
        tables=tuple(sorted({name for row in versions for name in row["tables"].split(", ") if name})),
        day_before=older.as_of if older else None,
        day_now=store.as_of,
        restated=_restated(older, store, days) if older and compared else _table([], RESTATED),
        compared=older is not None,
        names={
            name: {lang: store.metrics[name].label(lang, short=True) for lang in ("en", "zh")}
            for name in METRICS
        },
    )


def _older(store: Store, number: int) -> Store | None:
    """The store at an earlier version; None where that is no longer kept."""
    try:
        return store.at(number)
    except StoreError:
        return None


def _may_differ(versions: list[dict[Any, Any]]) -> bool:
    """Whether a version in between changed what people see; tidying up does not."""
    return any(FACTS in row["tables"] and row["act"] not in ("compact", "upgrade") for row in versions)


def _files(store: Store, ids: list[str]) -> tuple[pd.DataFrame, int]:
    """The imports that are in the data, and how many were taken back."""
    found = {row["import_id"]: row for row in listing.imports(store).to_dicts()}
    there = [found[name] for name in dict.fromkeys(ids) if name in found]
    rows = [_file(row) for row in there if row["status"] != "UNDONE"]
    return _table(rows, FILE), sum(row["status"] == "UNDONE" for row in there)


def _file(row: dict[str, Any]) -> dict[str, Any]:
    """An import as a row of `News.files`."""
    counts = {"rows": row["rows_ok"], "aside": row["rows_quarantined"]}
    return {name: row[name] for name in FILE if name in row} | counts


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))


def _restated(older: Store, store: Store, days: int) -> pd.DataFrame:
    """Metrics whose last known days have other numbers now."""
    last = older.as_of
    if last is None or store.as_of is None:
        return _table([], RESTATED)
    first = last - dt.timedelta(days=days - 1)
    period = Period(first, last, f"{first}..{last}")
    now, currency = _cells(store, period)
    then, _ = _cells(older, period, currency)
    moved = (_moved(name, then[name], now[name]) for name in METRICS)
    return _table([row for row in moved if row], RESTATED)


def _moved(metric: str, then: pd.Series, now: pd.Series) -> dict[str, Any] | None:
    """How far one metric has moved on days of accounts that were known, and what came to them; None: nothing.

    Args:
        metric: Its id. then, now: Sums by day, source and account.
    """
    both = then.fillna(0.0).to_frame("then").join(now.fillna(0.0).to_frame("now"), how="left").fillna(0.0)
    cells = both.index[(both["then"] - both["now"]).abs() > SAME * both["then"].abs().clip(lower=1.0)]
    more = now[~now.index.isin(then.index)].fillna(0.0)
    more = more[more != 0]
    if not len(cells) and not len(more):
        return None
    before, after = float(both["then"].sum()), float(both["now"].sum())
    touched = {cell[0] for cell in cells}
    return {
        "metric": metric,
        "days": len(touched),
        "first": min(touched, default=None),
        "last": max(touched, default=None),
        "before": before,
        "after": after,
        "change": after / before - 1 if before else float("nan"),
        "added": float(more.sum()) / before if before else float("nan"),
        "accounts": len({cell[1:] for cell in more.index}),
    }


def _cells(store: Store, period: Period, currency: str | None = None) -> tuple[pd.DataFrame, str | None]:
    """Sums by day, source and account, and their currency; none where the version has no such days."""
    from workbench.metrics import trend

    by = ("source", "account")
    try:
        answer = trend(store, METRICS, by=by, period=period, grain="day", currency=currency)
    except WorkbenchError:
        return _table([], ("date", *by, *METRICS)).set_index(["date", *by]).astype(float), None
    table = answer.table.astype(dict.fromkeys(by, object)).fillna(dict.fromkeys(by, ""))
    table["date"] = [day.date() if hasattr(day, "date") else day for day in table["date"]]
    found = table.set_index(["date", *by])[list(METRICS)].astype(float).dropna(how="all")
    return found, answer.currency or None


def _told(found: News, lang: str) -> Iterator[str]:
    """Each thing that changed."""
    counts = {"files": len(found.files), "rows": formats.number(found.rows, lang)}
    step = {"before": found.before, "now": found.now}
    if len(found.files):
        yield text("quality.news_files", lang, **step, **counts)
    else:
        yield text("quality.news_other", lang, **step)
    if aside := int(found.files["aside"].sum()):
        yield text("quality.news_aside", lang, rows=formats.number(aside, lang))
    if found.undone:
        yield text("quality.news_undone", lang, imports=found.undone)
    if found.days_new:
        yield text("quality.news_days", lang, days=found.days_new, day=formats.date(found.day_now, lang))
    if "targets" in found.tables:
        yield text("quality.news_targets", lang)
    if not found.compared:
        yield text("quality.news_gone", lang, before=found.before)
        return
    changed, more = (found.restated[found.restated[name] > 0] for name in ("days", "accounts"))
    if len(changed):
        yield _changes(found, changed, lang)
    if len(more):
        yield text(
            "quality.news_added",
            lang,
            accounts=more["accounts"].max(),
            changes=_listed(found, more, "added", lang),
        )
    if found.restated.empty and FACTS in found.tables:
        yield text("quality.news_same", lang)


def _changes(found: News, rows: pd.DataFrame, lang: str) -> str:
    """How far known days have moved."""
    first, last = rows["first"].min(), rows["last"].max()
    when = formats.date(last, lang)
    if first < last:
        when = text("quality.news_span", lang, first=formats.date(first, lang), last=when)
    said = _listed(found, rows, "change", lang)
    return text("quality.news_restated", lang, days=rows["days"].max(), when=when, changes=said)


def _listed(found: News, rows: pd.DataFrame, column: str, lang: str) -> str:
    """Each metric with its relative change."""
    shown = zip(rows["metric"], rows[column], strict=True)
    parts = [f"{found.names[name][lang]} {formats.change(value, lang)}" for name, value in shown]
    return ("、" if lang == "zh" else ", ").join(parts)
