"""How the data stands now: which version since when, which platforms are late, what came in last."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.i18n import formats, text
from workbench.quality.review import today_of
from workbench.quality.thresholds import Thresholds
from workbench.sources import listing

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

LANDED = 8
"""Imports that are listed, the newest first."""

PLATFORM = ("source", "accounts", "late", "first_day", "last_day", "behind", "status")
LAST = (
    *("imported_at", "file", "source", "table", "rows", "aside", "start_date", "end_date", "verdict"),
    "import_id",
)


@dataclass(frozen=True, eq=False)
class Standing:
    """How the data of a workspace stands.

    Attributes:
        data_version: Version of the store. written_at: UTC instant since when it is current; None: empty.
        as_of: Last day with delivery or conversions; None where there is none.
        today: Day against which freshness is judged. behind: Days from `as_of` to it.
        platforms: One row a source: `source`, `accounts`, `late` (accounts that are), `first_day`,
            `last_day`, `behind` (days from its latest account, of those that are late the latest one, to
            `today`), `status` (`on_time`, `late`, `ended`: long before the newest of the workspace).
        tables: One row a table: `table`, `rows`, `imported_at` (UTC; missing where no import filled it).
        landed: The newest imports: `imported_at` (UTC), `file`, `source`, `table`, `rows` (in the data),
            `aside` (rows set aside), `start_date`, `end_date`, `verdict` (`published`, `aside`, `review`,
            `undone`), `import_id`.
        limits: When something counts as late.
    """

    data_version: int
    written_at: dt.datetime | None
    as_of: dt.date | None
    today: dt.date
    platforms: pd.DataFrame
    tables: pd.DataFrame
    landed: pd.DataFrame
    limits: Thresholds

    @property
    def behind(self) -> int | None:
        """Days from the last day of the data to today; None without data."""
        return (self.today - self.as_of).days if self.as_of else None

    @property
    def late(self) -> bool:
        """Whether the newest data lie further back than they should."""
        return self.behind is not None and self.behind > self.limits.late

    @property
    def late_platforms(self) -> pd.DataFrame:
        """The rows of `platforms` with an account that is late."""
        return self.platforms[self.platforms["late"] > 0]

    @property
    def table(self) -> pd.DataFrame:
        """The platforms."""
        return self.platforms

    def sentence(self, lang: str = "en") -> str:
        """Whether the data is up to date, in one sentence."""
        if self.as_of is None:
            return text("quality.stand_empty", lang)
        day = formats.date(self.as_of, lang)
        if self.late:
            return text("quality.stand_late", lang, day=day, days=self.behind)
        waiting = len(self.late_platforms)
        if waiting:
            return text("quality.stand_some", lang, day=day, late=waiting, all=len(self.platforms))
        return text("quality.stand_well", lang, day=day)

    def to_frame(self) -> pd.DataFrame:
        """The platforms."""
        return self.platforms.copy()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        return {
            "data_version": self.data_version,
            "written_at": self.written_at.isoformat() if self.written_at else None,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "today": self.today.isoformat(),
            "behind": self.behind,
            "late": self.late,
            **{name: _plain(getattr(self, name)) for name in ("platforms", "tables", "landed")},
        }

    def to_csv(self) -> bytes:
        """The platforms as CSV that no spreadsheet runs."""
        from workbench import exports

        return exports.csv(self.platforms)

    def _repr_html_(self) -> str:
        return f"<p>{self.sentence()}</p>{self.platforms.to_html(index=False)}"


@right_kinds
def standing(store: Store, today: dt.date | None = None, thresholds: Thresholds | None = None) -> Standing:
    """How the data stands: its version, how late each platform is, and what came in last.

    Args:
        store: The workspace, at any version.
        today: Day against which freshness is judged; None: today in the workspace's time zone, or for a
            past version the day on which it was written.
        thresholds: When something counts as late or ended.
    """
    limits, day = thresholds or Thresholds(), today or today_of(store)
    return Standing(
        data_version=store.version,
        written_at=store.written_at,
        as_of=store.as_of,
        today=day,
        platforms=_platforms(store, day, limits),
        tables=listing.contents(store).table,
        landed=_landed(store),
        limits=limits,
    )


def _platforms(store: Store, today: dt.date, limits: Thresholds) -> pd.DataFrame:
    import pandas as pd

    rows: dict[str, list[dict[str, Any]]] = {}
    for row in listing.freshness(store).to_dicts():
        rows.setdefault(str(row["source"]), []).append(row)
    return pd.DataFrame(
        [_platform(name, each, today, limits) for name, each in rows.items()], columns=list(PLATFORM)
    )


def _platform(
    source: str, accounts: list[dict[str, Any]], today: dt.date, limits: Thresholds
) -> dict[str, Any]:
    """One source: it is late where an account is that has not ended."""
    past = {row["account"]: (today - row["last_day"]).days for row in accounts}
    late = [
        past[row["account"]]
        for row in accounts
        if past[row["account"]] > limits.late and row["behind"] <= limits.ended
    ]
    ended = all(row["behind"] > limits.ended for row in accounts)
    return {
        "source": source,
        "accounts": len(accounts),
        "late": len(late),
        "first_day": min(row["first_day"] for row in accounts),
        "last_day": max(row["last_day"] for row in accounts),
        "behind": max(late, default=min(past.values())),
        "status": "late" if late else "ended" if ended else "on_time",
    }


def _landed(store: Store) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {
            **{name: row[name] for name in LAST if name in row},
            "rows": row["rows_ok"],
            "aside": row["rows_quarantined"],
            "verdict": _verdict(row),
        }
        for row in listing.imports(store).to_dicts()[:LANDED]
    ]
    return pd.DataFrame(rows, columns=list(LAST))


def _verdict(row: dict[str, Any]) -> str:
    """What became of an import: in the data as it is, without some rows, with open questions, taken back."""
    if row["status"] == "UNDONE":
        return "undone"
    if row["rows_quarantined"]:
        return "aside"
    return "published" if row["status"] == "PASS" else "review"


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    import pandas as pd

    return [
        {
            str(name): None if pd.isna(value) else value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in row.items()
        }
        for row in table.astype(object).to_dict("records")
    ]
