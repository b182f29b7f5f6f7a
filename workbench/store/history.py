"""Time travel: which versions a workspace keeps, and the one that was current at a moment."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from operator import index
from pathlib import Path
from typing import TYPE_CHECKING, SupportsIndex
from zoneinfo import ZoneInfo

from workbench.errors import StoreError
from workbench.store import pointer
from workbench.store.pointer import Version

if TYPE_CHECKING:
    import pandas as pd

When = int | str | date | datetime
"""A version's number, a moment, or a day, which means its end."""

COLUMNS = ("version", "written_at", "act", "imports", "tables", "current")


def numbers(root: Path) -> list[int]:
    """Numbers of the kept versions, the oldest first; what a killed writer left beyond is none."""
    newest = pointer.number(root)
    found = (int(file.stem) for file in (root / "versions").glob("*.json") if file.stem.isdecimal())
    return sorted(number for number in found if 0 < number <= newest)


def at(root: Path, when: When, timezone: str = "") -> Version:
    """The version with a number, or the one that was current at a moment.

    Args:
        root: Folder of the workspace.
        when: Number; moment (ISO 8601 or datetime); or day, meaning its end.
        timezone: Zone of days and of moments that have none; empty: UTC.

    Raises:
        StoreError: for a version that never was or is no longer kept, naming the kept ones.
    """
    kept = numbers(root)
    number = _number(when)
    wanted = when if isinstance(when, str) else number if number is not None else str(when)
    if number is None:
        number = _current_at(root, kept, _moment(when, timezone))
    found = pointer.past(root, number) if number in kept else None
    if found is None:
        raise _gone(root, wanted, number, kept)
    return found


def frame(root: Path) -> pd.DataFrame:
    """The kept versions, the newest first.

    Returns:
        Columns `version`, `written_at` (UTC), `act` (what made it), `imports` (ids), `tables` (changed
        ones), `current` (whether it is the newest).
    """
    import pandas as pd

    kept = [version for number in reversed(numbers(root)) if (version := pointer.past(root, number))]
    newest = max((version.number for version in kept), default=0)
    rows = [
        (
            version.number,
            datetime.fromisoformat(version.written_at),
            version.act,
            ", ".join(version.imports),
            ", ".join(version.changed),
            version.number == newest,
        )
        for version in kept
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.assign(written_at=pd.to_datetime(table["written_at"], utc=True))


def span(root: Path, kept: list[int]) -> str:
    """The kept versions in words."""
    if not kept:
        return "No version is kept"
    first, last = (pointer.past(root, number) for number in (kept[0], kept[-1]))
    days = " to ".join(version.written_at[:16] for version in (first, last) if version)
    gaps = "" if len(kept) == kept[-1] - kept[0] + 1 else f", {len(kept)} of them"
    return f"Kept are versions {kept[0]} to {kept[-1]}{gaps}, written {days} UTC"


def _number(when: When) -> int | None:
    if isinstance(when, bool):
        raise _unclear(when)
    if isinstance(when, SupportsIndex):  # NumPy's whole numbers, too: they stand in `versions()`
        return index(when)
    return int(when) if isinstance(when, str) and when.strip().isdecimal() and len(when.strip()) < 7 else None


def _moment(when: When, timezone: str) -> datetime:
    """The instant that is meant; a day means its last one."""
    zone = ZoneInfo(timezone) if timezone else UTC
    if isinstance(when, str):
        when = _parsed(when)
    if not isinstance(when, datetime):
        if not isinstance(when, date):
            raise _unclear(when)
        next_day = when + timedelta(days=1)
        return datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone) - timedelta(microseconds=1)
    return when if when.tzinfo else when.replace(tzinfo=zone)


def _parsed(text: str) -> date | datetime:
    text = text.strip()
    try:
        return (
            date.fromisoformat(text) if re.fullmatch(r"[0-9-]{8,10}", text) else datetime.fromisoformat(text)
        )
    except ValueError:
        raise _unclear(text) from None


def _unclear(when: object) -> StoreError:
    return StoreError(
        f"{when!r} is no version and no time.",
        "Give a version's number, a day like 2026-03-31, or a time like 2026-03-31T18:00+08:00.",
    )


def _current_at(root: Path, kept: list[int], moment: datetime) -> int:
    """The last kept version written by a moment: times rise with the numbers, so halves are enough."""
    low, high = 0, len(kept)
    while low < high:
        middle = (low + high) // 2
        version = pointer.past(root, kept[middle])
        if version and datetime.fromisoformat(version.written_at) <= moment:
            low = middle + 1
        else:
            high = middle
    return kept[low - 1] if low else 0


def _gone(root: Path, wanted: When, number: int, kept: list[int]) -> StoreError:
    if number > pointer.number(root):
        what = f"There is no version {wanted} yet."
    elif isinstance(wanted, str) and not wanted.isdecimal():
        what = f"The data of {wanted} is no longer kept, or there was none yet."
    else:
        what = f"Version {wanted} is no longer kept." if number else f"Version {wanted} holds no data."
    return StoreError(what, f"{span(root, kept)}.", str(root))
