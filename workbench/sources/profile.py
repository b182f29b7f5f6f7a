"""Profiles: what is special about one platform's exports, as data.

A profile is one TOML file in this folder or in a workspace's `profiles/`; adding a platform is
adding a file. `generic.toml` documents every key.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from workbench.errors import InputError, SettingsError, unknown
from workbench.schema import CONVERSION_KINDS, DELIVERY_FACTS, TIME_BASES
from workbench.sources.typed import allowed, made, tables, texts
from workbench.sources.words import FACTOR, PLUS, terms

GENERIC = "generic"

TEXTS = [
    "advertiser",
    "account",
    "channel",
    "campaign_id",
    "campaign",
    "ad_group_id",
    "ad_group",
    "ad_id",
    "ad",
    "creative",
    "keyword",
    "region",
    "device",
    "audience",
    "placement",
    "currency",
]
TIMES = ("local_date", "local_hour", "end_date")
MONEY = ("cost", "revenue")
OUTCOMES = {"orders": "order", "leads": "lead", "new_customers": "new_customer"}
COUNTS = tuple(column.name for column in DELIVERY_FACTS if column.unit == "count")
LABELS = ("goal", "attribution_window")
CANONICAL = (*TIMES, *TEXTS, *LABELS, *COUNTS, "reach", *MONEY, "conversions", *OUTCOMES)
"""Names that a mapping may use on its left side."""

METRICS = (*COUNTS, *MONEY, "conversions", *OUTCOMES)
"""Canonical columns of which a file must have one to be a performance report."""

SUMMED = (*COUNTS, *MONEY, "conversions", *OUTCOMES)
"""Canonical columns that may be the sum of several of a file's: `impression_1 + impression_2`."""

ZONES = ("account", "choice")
"""Whose clock a platform reports in: the account's, or the one that was chosen for the report (often UTC)."""

REFUSALS = ("month", "counts_or_amounts", "unnamed_split")
"""Why a kind of file cannot be imported: keys of sentences (`refused_…`)."""

Headers = tuple[str, ...]


@dataclass(frozen=True)
class Goal:
    """One conversion column of a platform.

    Attributes:
        name: Goal name stored with the rows.
        headers: Spellings of the count's header.
        value: Spellings of the header of its value.
        kind: One of `schema.CONVERSION_KINDS`.
        time_basis: One of `schema.TIME_BASES`.
        window: Attribution window, where the platform has a fixed one.
        labels: Spellings of the header of a column that says what each row counts.
        aside: Whether it counts no conversion: kept under its own name, never taken for the goal.
    """

    name: str
    headers: Headers
    value: Headers = ()
    labels: Headers = ()
    kind: str = "other"
    time_basis: str = "unknown"
    window: str = ""
    aside: bool = False


@dataclass(frozen=True)
class Breakdown:
    """A column that splits an ad object's rows further.

    Attributes:
        name: Its part of the slice's `breakdown`.
        headers: Spellings of its header.
        to: Canonical dimension that takes the value; empty where there is none.
        values: The platform's value → the canonical one.
    """

    name: str
    headers: Headers
    to: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """One kind of file of a platform.

    Attributes:
        id: Name of the kind, for sentences.
        needs: Each entry's header (or one of its spellings) must be present.
        likes: Headers that make it likelier.
        files: Patterns of file names (`*_actions*`), where headers alone do not tell kinds apart.
        columns: Canonical column → spellings; overrides the profile's.
        goals: Conversion columns, where this kind has others than the profile.
        units: `cost` or `revenue` → `units`, `fen`, `li` or `micros`.
        clock: `hour` or `day` where the file's kind says so; empty: as the values say.
        timezone, currency: Where this kind of file has only one.
        refuse: Why such files cannot be imported, one of `REFUSALS`; empty where they can.
        example: A few documented lines of such a file.
    """

    id: str
    needs: tuple[Headers, ...] = ()
    likes: Headers = ()
    files: Headers = ()
    columns: Mapping[str, Headers] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    clock: Literal["", "hour", "day"] = ""
    timezone: str = ""
    currency: str = ""
    refuse: str = ""
    example: str = ""


@dataclass(frozen=True)
class Profile:
    """Everything the engine has to know about one platform.

    Attributes:
        id, en, zh: Source id and the platform's names.
        channel: Channel of its rows where no column says it.
        timezone, currency: Where the platform has only one; empty: unknown.
        zone: Whose clock it reports in, one of `ZONES`.
        restated_days: Days back that the platform goes on correcting, because conversions come late.
        missing: Values that mean unknown, besides the usual ones.
        totals: Beginnings of the first cell of totals rows, besides the usual ones.
        ignore: Headers that neither are facts nor split rows (rates, synchronisation stamps).
        lacks: Headers that no file of the platform has (a column of platforms, say).
        endings: What the platform puts behind names of ad objects and is no part of them.
        footers: Beginnings of lines below the table that are no rows.
        columns: Canonical column → spellings.
        goals: Conversion columns, the default goal first.
        breakdowns, variants: See there.
        fingerprint: Hash of the file.
    """

    id: str
    en: str
    zh: str
    channel: str = ""
    timezone: str = ""
    zone: str = "account"
    currency: str = ""
    restated_days: int = 30
    missing: Headers = ()
    totals: Headers = ()
    ignore: Headers = ()
    lacks: Headers = ()
    endings: Headers = ()
    footers: Headers = ()
    columns: Mapping[str, Headers] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    variants: tuple[Variant, ...] = ()
    fingerprint: str = ""

    def spellings(self, variant: Variant, column: str) -> Headers:
        """Headers that may hold `column` in a file of this kind, the likeliest first."""
        return variant.columns.get(column, self.columns.get(column, ()))

    def goals_of(self, variant: Variant) -> tuple[Goal, ...]:
        """Conversion columns that a file of this kind may have."""
        return variant.goals or self.goals

    def every_goal(self) -> tuple[Goal, ...]:
        """Conversion columns of all kinds of files."""
        return (*self.goals, *(goal for variant in self.variants for goal in variant.goals))

    def words(self) -> set[str]:
        """Every header the profile knows."""
        columns = [*self.columns.values(), *(s for v in self.variants for s in v.columns.values())]
        goals = [headers for goal in self.every_goal() for headers in (goal.headers, goal.value, goal.labels)]
        splits = [split.headers for split in self.breakdowns]
        groups = (*columns, *goals, *splits, self.ignore)
        return {word for group in groups for text in group for word in (text, *terms(text))}


def profiles(workspace: Path | None = None) -> dict[str, Profile]:
    """The built-in profiles and a workspace's own, by source id; an own one may replace a built-in.

    Raises:
        SettingsError: for a profile that is not valid, naming file and key.
    """
    found = dict(_builtin())
    folder = workspace / "profiles" if workspace else None
    for file in sorted(folder.glob("*.toml")) if folder and folder.is_dir() else ():
        profile = read(file)
        found[profile.id] = profile
    return found


def pick(source: str, known: Mapping[str, Profile]) -> Profile:
    """Return the profile called `source`.

    Raises:
        InputError: if there is none.
    """
    if source not in known:
        raise unknown("source", source, known, InputError)
    return known[source]


@cache
def _builtin() -> dict[str, Profile]:
    folder = Path(__file__).with_name("profiles")
    return {profile.id: profile for profile in map(read, sorted(folder.glob("*.toml")))}


def read(file: Path) -> Profile:
    """Read and validate one profile.

    Raises:
        SettingsError: when it is no valid profile.
    """
    try:
        text = file.read_bytes()
        entry = tomllib.loads(text.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None
    parts = {
        "goals": _goals(entry, file),
        "breakdowns": tuple(_breakdown(item, file) for item in tables(entry, "breakdowns", file)),
        "variants": tuple(_variant(item, file) for item in tables(entry, "variants", file)),
    }
    values = {**entry, **parts, "columns": _columns(entry.get("columns", {}), file)}
    values["fingerprint"] = hashlib.sha256(text).hexdigest()[:16]
    profile = made(Profile, values, file, hidden=("fingerprint",))
    allowed("zone", profile.zone, ZONES, file)
    if not profile.variants:
        raise SettingsError("It has no [[variants]].", "Describe at least one kind of file.", str(file))
    return profile


def _goals(entry: Mapping[str, Any], file: Path) -> tuple[Goal, ...]:
    goals = tuple(made(Goal, item, file) for item in tables(entry, "goals", file))
    for goal in goals:
        allowed("kind", goal.kind, CONVERSION_KINDS, file)
        allowed("time_basis", goal.time_basis, TIME_BASES, file)
    return goals


def _breakdown(item: Mapping[str, Any], file: Path) -> Breakdown:
    split = made(Breakdown, item, file)
    if split.to:
        allowed("dimension", split.to, TEXTS, file)
    return split


def _variant(item: Mapping[str, Any], file: Path) -> Variant:
    parts = {
        "needs": tuple((need,) if isinstance(need, str) else tuple(need) for need in item.get("needs", ())),
        "columns": _columns(item.get("columns", {}), file),
        "goals": _goals(item, file),
    }
    variant = made(Variant, {**item, **parts}, file)
    for unit in variant.units.values():
        allowed("unit", unit, FACTOR, file)
    allowed("clock", variant.clock, ("", "hour", "day"), file)
    allowed("refusal", variant.refuse, ("", *REFUSALS), file)
    return variant


def _columns(entry: Any, file: Path) -> dict[str, Headers]:
    if not isinstance(entry, dict):
        raise SettingsError("'columns' is no table.", "Write [columns] and lists below it.", str(file))
    for name in entry:
        allowed("column", name, CANONICAL, file)
    found = {name: texts(name, value, file) for name, value in entry.items()}
    for name, headers in found.items():
        if name not in SUMMED and any(PLUS in header for header in headers):
            raise SettingsError(f"{name!r} cannot be a sum.", f"Sums: {', '.join(SUMMED)}.", str(file))
    return found
