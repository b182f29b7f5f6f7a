"""Profiles: what is special about one platform's exports, as data.

A profile is one TOML file in this folder or in a workspace's `profiles/`; adding a platform is
adding a file. `generic.toml` documents every key.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from workbench.errors import InputError, SettingsError, WorkbenchError, unknown
from workbench.schema import CONVERSION_KINDS, DELIVERY_FACTS, TIME_BASES
from workbench.sources.words import FACTOR

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

Headers = tuple[str, ...]
Made = TypeVar("Made", bound="Goal | Breakdown | Variant | Profile")


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
    """

    name: str
    headers: Headers
    value: Headers = ()
    labels: Headers = ()
    kind: str = "other"
    time_basis: str = "unknown"
    window: str = ""


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
        columns: Canonical column → spellings; overrides the profile's.
        units: `cost` or `revenue` → `units`, `fen` or `micros`.
        clock: `hour` or `day` where the file's kind says so; empty: as the values say.
        example: A few documented lines of such a file.
    """

    id: str
    needs: tuple[Headers, ...] = ()
    likes: Headers = ()
    columns: Mapping[str, Headers] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    clock: Literal["", "hour", "day"] = ""
    example: str = ""


@dataclass(frozen=True)
class Profile:
    """Everything the engine has to know about one platform.

    Attributes:
        id, en, zh: Source id and the platform's names.
        channel: Channel of its rows where no column says it.
        timezone, currency: Where the platform has only one; empty: unknown.
        restated_days: Days back that the platform goes on correcting, because conversions come late.
        missing: Values that mean unknown, besides the usual ones.
        totals: Beginnings of the first cell of totals rows, besides the usual ones.
        ignore: Headers that neither are facts nor split rows (rates, synchronisation stamps).
        lacks: Headers that no file of the platform has (a column of platforms, say).
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
    currency: str = ""
    restated_days: int = 30
    missing: Headers = ()
    totals: Headers = ()
    ignore: Headers = ()
    lacks: Headers = ()
    columns: Mapping[str, Headers] = field(default_factory=dict)
    goals: tuple[Goal, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()
    variants: tuple[Variant, ...] = ()
    fingerprint: str = ""

    def spellings(self, variant: Variant, column: str) -> Headers:
        """Headers that may hold `column` in a file of this kind, the likeliest first."""
        return variant.columns.get(column, self.columns.get(column, ()))

    def words(self) -> set[str]:
        """Every header the profile knows."""
        columns = [*self.columns.values(), *(s for v in self.variants for s in v.columns.values())]
        goals = [headers for goal in self.goals for headers in (goal.headers, goal.value, goal.labels)]
        splits = [split.headers for split in self.breakdowns]
        return {word for group in (*columns, *goals, *splits, self.ignore) for word in group}


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
        entry = tomllib.loads(text.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None
    parts = {
        "goals": tuple(_goal(item, file) for item in _tables(entry, "goals", file)),
        "breakdowns": tuple(_breakdown(item, file) for item in _tables(entry, "breakdowns", file)),
        "variants": tuple(_variant(item, file) for item in _tables(entry, "variants", file)),
    }
    values = {**entry, **parts, "columns": _columns(entry.get("columns", {}), file)}
    profile = _made(Profile, values | {"fingerprint": hashlib.sha256(text).hexdigest()[:16]}, file)
    if not profile.variants:
        raise SettingsError("It has no [[variants]].", "Describe at least one kind of file.", str(file))
    return profile


def _goal(item: Mapping[str, Any], file: Path) -> Goal:
    goal = _made(Goal, item, file)
    _allowed("kind", goal.kind, CONVERSION_KINDS, file)
    _allowed("time_basis", goal.time_basis, TIME_BASES, file)
    return goal


def _breakdown(item: Mapping[str, Any], file: Path) -> Breakdown:
    split = _made(Breakdown, item, file)
    if split.to:
        _allowed("dimension", split.to, TEXTS, file)
    return split


def _variant(item: Mapping[str, Any], file: Path) -> Variant:
    needs = tuple((need,) if isinstance(need, str) else tuple(need) for need in item.get("needs", ()))
    columns = _columns(item.get("columns", {}), file)
    variant = _made(Variant, {**item, "needs": needs, "columns": columns}, file)
    for unit in variant.units.values():
        _allowed("unit", unit, FACTOR, file)
    _allowed("clock", variant.clock, ("", "hour", "day"), file)
    return variant


def _columns(entry: Any, file: Path) -> dict[str, Headers]:
    if not isinstance(entry, dict):
        raise SettingsError("'columns' is no table.", "Write [columns] and lists below it.", str(file))
    for name in entry:
        _allowed("column", name, CANONICAL, file)
    return {name: _texts(name, value, file) for name, value in entry.items()}


def _tables(entry: Mapping[str, Any], key: str, file: Path) -> list[Mapping[str, Any]]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise SettingsError(f"{key!r} is no list of tables.", f"Write [[{key}]].", str(file))
    return value


def _made(kind: type[Made], values: Mapping[str, Any], file: Path) -> Made:
    """A dataclass from a TOML table: no unknown key, none missing, lists of texts as tuples."""
    known = {item.name: item for item in fields(kind)}
    for name in values:
        if name not in known:
            raise unknown("key", name, set(known) - {"fingerprint"}, SettingsError, str(file))
    for name, item in known.items():
        if name not in values and item.default is MISSING and item.default_factory is MISSING:
            raise SettingsError(f"The key {name!r} is missing.", "Add it.", str(file))
    return kind(**{name: _value(name, value, known[name].type, file) for name, value in values.items()})


def _value(name: str, value: Any, kind: Any, file: Path) -> Any:
    if kind == "Headers":
        return _texts(name, value, file)
    if kind == "str" and not isinstance(value, str):
        raise SettingsError(f"{name!r} is {value!r}, which is no text.", "Put it in quotes.", str(file))
    if kind == "int" and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise SettingsError(f"{name!r} is {value!r}, which is no number of days.", "Write 30.", str(file))
    if str(kind).startswith("Mapping") and not isinstance(value, dict):
        raise SettingsError(f"{name!r} is {value!r}, which is no table.", "Write { … = … }.", str(file))
    return value


def _texts(name: str, value: Any, file: Path) -> Headers:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise SettingsError(f"{name!r} is {value!r}, which is no list of texts.", 'Write ["…"].', str(file))
    return tuple(value)


def _allowed(kind: str, value: str, allowed: Any, file: Path) -> None:
    if value not in allowed:
        error: WorkbenchError = unknown(kind, value, allowed, SettingsError, str(file))
        raise error
